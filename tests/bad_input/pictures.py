"""The callables of pictures and exercises, with good arguments and their kinds."""

from __future__ import annotations

from attention_course import exercises
from attention_course.pictures import charts, grids, heatmaps, show, words
from tests.bad_input.chapters import real, some
from tests.bad_input.kinds import (
    by_name,
    choice,
    count,
    finite,
    given,
    labels,
    mask,
    number,
    pixels,
    several,
    switch,
    text,
    texts,
)
from tests.bad_input.survey import entry

NAMES = {"x_name": text("x"), "title": text("A title")}
HEAT = {
    "rows": labels(["a", "b"]).without("None"),
    "columns": labels(["a", "b", "c"]).without("None"),
}
NAMED = {
    "row_name": text("row"),
    "column_name": text("column"),
    "title": text("A title"),
}
PICTURES = [
    entry(
        "pictures.charts.bars",
        charts.bars,
        values=by_name(number(2.0, infinite=float("inf"))),
        **NAMES,
        log=switch(False),
    ),
    entry(
        "pictures.charts.curves",
        charts.curves,
        x=given(
            [1.0, 2.0],
            nothing=None,
            a_string="12",
            a_number=3,
            of_strings=["a", "b"],
            nan=[1.0, float("nan")],
            none=[],
            one_short=[1.0],
        ),
        runs=by_name(finite(some(3, 2))),
        **NAMES,
        y_name=text("y"),
        limits=given(
            (0.0, 1.0),
            a_number=3,
            of_strings=("a", "b"),
            of_one=(1.0,),
            nan=(0.0, float("nan")),
        ),
        log=switch(False),
    ),
    entry(
        "pictures.charts.word_map",
        charts.word_map,
        points=finite(some(3, 2)),
        words=labels(["a", "b", "c"]),
        groups=labels(["a", "b", "c"]),
        title=text("A title"),
    ),
    entry(
        "pictures.grids.film",
        grids.film,
        videos=by_name(pixels(some(2, 4, 4, 1)).also(channels=some(2, 4, 4, 2))),
        title=text("A title"),
    ),
    entry(
        "pictures.grids.patch_picture",
        grids.patch_picture,
        picture=pixels(some(4, 4, 1)).also(channels=some(4, 4, 2)),
        patch=count(2).also(that_divides_not=3),
        picked=given(
            (0, 1),
            a_number=3,
            of_strings=("a", "b"),
            of_one=(1,),
            outside=(0, 9),
            negative=(-1, 0),
            floats=(0.5, 1.5),
        ),
    ),
    entry(
        "pictures.grids.pictures",
        grids.pictures,
        images=several(pixels(some(4, 4, 1)).also(channels=some(4, 4, 2))),
        titles=labels(["a"]),
    ),
    entry(
        "pictures.grids.voxels",
        grids.voxels,
        panels=by_name(
            by_name(
                mask(real(2, 3, 4))
                .without("another shape")
                .also(no_cells=real(0, 3, 4), two_axes=real(3, 4))
            )
        ),
    ),
    entry(
        "pictures.heatmaps.heatmap",
        heatmaps.heatmap,
        values=finite(some(2, 3)).without("integers", "booleans"),
        **HEAT,
        **NAMED,
        signed=switch(False),
        numbers=switch(True).without("None"),
        path=given(
            [0, 1],
            nothing=None,
            a_number=1,
            a_string="01",
            outside=[2],
            before=[-1],
            floats=[0.5],
        ),
    ),
    entry(
        "pictures.heatmaps.attention_picture",
        heatmaps.attention_picture,
        picture=pixels(some(4, 4, 1)).also(channels=some(4, 4, 2)),
        weights=finite(some(1, 2, 2)),
        cells=given(
            [(0, 1)],
            nothing=None,
            a_number=3,
            numbers=[1],
            outside=[(0, 9)],
            floats=[(0.5, 1.0)],
            strings=["ab"],
        ),
    ),
    entry(
        "pictures.show.show",
        show.show,
        obj=given(charts.bars, nothing=None, a_string="bars", a_number=3, builtin=len),
        docstring=switch(False),
    ),
    entry(
        "pictures.words.of_bars",
        words.of_bars,
        values=by_name(number(2.0)).without("nan inside"),
        **NAMES,
    ),
    entry(
        "pictures.words.of_heatmap",
        words.of_heatmap,
        data=given(
            [[1.0, 2.0]], nothing=None, a_string="12", one_axis=[1.0], empty=[[]]
        ),
        rows=labels(["a"]),
        columns=labels(["a", "b"]),
        **NAMED,
    ),
    entry(
        "pictures.words.table_of_heatmap",
        words.table_of_heatmap,
        data=given([[1.0, 2.0]], nothing=None, a_string="12", one_axis=[1.0]),
        rows=labels(["a"]),
        columns=labels(["a", "b"]),
        row_name=text("row"),
        column_name=text("column"),
    ),
    entry(
        "pictures.words.of_curves",
        words.of_curves,
        x=given(
            [1.0, 2.0],
            nothing=None,
            a_string="12",
            of_strings=["a", "b"],
            none=[],
            one_short=[1.0],
        ),
        means=given(
            {"a": [1.0, 2.0]},
            nothing=None,
            a_list=[[1.0, 2.0]],
            of_strings={"a": ["x", "y"]},
            longer={"a": [1.0, 2.0, 3.0]},
        ),
        **NAMES,
        y_name=text("y"),
    ),
    entry(
        "pictures.words.of_points",
        words.of_points,
        points=given([[1.0, 2.0]], nothing=None, a_string="12", one_axis=[1.0]),
        words=labels(["a"]),
        groups=labels(["a"]),
        title=text("A title"),
    ),
    entry(
        "pictures.words.of_panels",
        words.of_panels,
        panels=texts(["a"]).also(none=[]),
        title=text("A title"),
    ),
    entry(
        "pictures.words.tell",
        words.tell,
        fig=given(charts.bars({"a": 1.0}), nothing=None, a_string="fig"),
        words=text("words"),
        table=given(None, a_string="table", a_list=[]),
    ),
]

ID = choice("1.2").also(a_question="1.99")
EXERCISES = [
    entry("exercises.check", exercises.check, exercise_id=ID),
    entry(
        "exercises.hint",
        exercises.hint,
        exercise_id=ID,
        number=count(1, most=20).without("None"),
    ),
    entry("exercises.solution", exercises.solution, exercise_id=ID),
    entry(
        "exercises.exercises",
        exercises.exercises,
        chapter=count(1).without("None"),
    ),
    entry(
        "exercises.progress",
        exercises.progress,
        chapter=count(1).without("None"),
    ),
]

ENTRIES = [*PICTURES, *EXERCISES]
