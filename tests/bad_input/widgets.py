"""The widgets, with good arguments and their kinds. A widget must also show itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from attention_course import widgets
from tests.bad_input.chapters import some
from tests.bad_input.kinds import (
    Argument,
    choice,
    count,
    finite,
    floats,
    given,
    model,
    number,
    object_of,
    pixels,
    place,
    seed,
    sizes,
    switch,
    text,
    texts,
)
from tests.bad_input.survey import Entry, entry
from tests.widgets.clip_follower.example import clip, random_follower, random_frames
from tests.widgets.head_viewer.example import SENTENCES, ToyEncoder
from tests.widgets.patch_attention_viewer.example import ToyReader, random_scans
from tests.widgets.text_writer.example import TOY, toy_writer
from tests.widgets.training_map.example import recording as training_recording
from tests.widgets.translators import PAIRS, SOURCE, TARGET, toy_translator
from tests.widgets.video_pad.example import random_decoder
from tests.widgets.video_player.example import videos, windows

READER = ToyReader()
TRANSLATOR = toy_translator("additive")
FIXED = toy_translator("fixed")
CLIPS = [clip()]
STEPS = widgets.DecodingStepper.record({5: FIXED}, PAIRS, SOURCE, TARGET, max_length=9)
HEADS = widgets.HeadViewer.record(ToyEncoder(), SENTENCES)
SCANS = random_scans()
LOOKS = READER.record()
DECODER = random_decoder((2, 4, 4), (1, 2, 2))
TRAINED = training_recording()
WRITER = toy_writer()
WRITTEN = widgets.TextWriter.record(WRITER, "ab", 2, vocabulary=TOY)
FILMS = widgets.VideoPad.record(DECODER, some(1, 1, 2, 2, 1))


def shown(kind: type) -> Callable[..., None]:
    def show(**given: Any) -> None:
        widget = kind(**given)
        repr(widget), widget.fallback(), widget._repr_mimebundle_()

    return show


def optional(argument: Argument) -> Argument:
    return argument.without("None")


def two_numbers(good: list[float], **bad: Any) -> Argument:
    """A list of two numbers."""
    return given(
        good,
        nothing=None,
        a_number=3.0,
        a_string="ab",
        one=[0.5],
        three=[0.5] * 3,
        a_nan=[0.5, float("nan")],
        booleans=[True, False],
        **bad,
    )


def recordings(good: list[Any]) -> Argument:
    """What ``record`` returns, and what people pass in its place."""
    first = good[0]
    bad: dict[str, Any] = {
        "None": None,
        "a string": "x",
        "none": [],
        "numbers": [3],
        "one alone": first,
        "a field less": [dict(list(first.items())[1:])],
        "a field more": [{**first, "more": 1}],
    }
    for field in first:
        bad[f"{field} is None"] = [{**first, field: None}]
    return Argument(good, bad)


def widget(kind: type, /, **arguments: Argument) -> Entry:
    return entry(f"widgets.{kind.__name__}", shown(kind), **arguments)


ENTRIES = [
    widget(
        widgets.AlignmentViewer,
        translations=texts(["abc"]).also(none=[], a_field_less=[{"text": "a"}]),
        model=optional(model(TRANSLATOR)),
        source=optional(object_of(SOURCE)),
        target=optional(object_of(TARGET)),
        picked=place(0, most=0),
        step=place(0, most=99),
        max_length=count(9),
        in_browser=text(""),
    ),
    widget(
        widgets.CacheCounter,
        n_layers=count(32, most=128),
        n_heads=count(32, most=64).also(no_power_of_two=12),
        n_kv_heads=count(8, most=64).also(no_power_of_two=12),
        d_head=count(128, low=16, most=256),
        length=count(4096, most=131_072).also(no_power_of_two=1_000),
        bytes_per_number=count(2, most=4).also(no_power_of_two=3),
    ),
    widget(
        widgets.ClipFollower,
        recordings=recordings(CLIPS),
        picked=place(0, most=0),
        way=choice("trained"),
        extent=place(2, most=6),
        frame=place(1, most=4),
        row=optional(place(5, most=10)),
        column=optional(place(5, most=12)),
        arrows=switch(False),
        painting=text("").also(too_short="00", no_digits="x" * 36),
    ),
    widget(
        widgets.DecodingStepper,
        recordings=recordings(STEPS).without("expected is None"),
        text=optional(choice(PAIRS[0].source)),
        d_context=optional(count(5, most=5)),
        step=count(1, most=99),
    ),
    widget(
        widgets.DigitPad,
        recordings=recordings(SCANS),
        picked=place(0, most=2),
        layer=optional(place(0, most=2)),
        head=place(0, most=3),
        in_browser=text(""),
    ),
    widget(
        widgets.EmbeddingExplorer,
        table=optional(finite(some(5, 3))),
        token=optional(place(1, most=4)),
        component=place(0, most=2),
        words=optional(texts(["a", "b"])),
        seed=seed(),
    ),
    widget(
        widgets.EmbeddingExplorer,
        vocab_size=optional(count(5, most=12)),
        dim=optional(count(3, most=8)),
    ),
    widget(
        widgets.HeadViewer,
        recordings=recordings(HEADS),
        encoder=given(ToyEncoder(), a_string="encoder", a_number=3),
        picked=place(0, most=2),
        layer=place(0, most=2),
        head=place(0, most=4),
        token=optional(place(1, most=6)),
        in_browser=text(""),
    ),
    widget(
        widgets.NeighbourhoodExplorer,
        sizes=sizes((2, 3, 3)),
        context_sizes=sizes((2, 3, 3)).without("None"),
        extent=sizes((1, 1, 1)).without("zeros"),
        cell=optional(sizes((1, 1, 1)))
        .without("zeros", "booleans")
        .also(outside=(9, 9, 9)),
        causal=switch(False),
        seed=seed(),
    ),
    widget(
        widgets.OnlineSoftmax,
        scores=optional(finite(some(4))).also(
            two_axes=some(4, 1), too_large=torch.full((4,), 1e3)
        ),
        values=optional(finite(some(4, 2))).also(one_short=some(3, 2)),
        block=optional(count(2, most=4)),
        step=place(1, most=4),
        order=choice("rising"),
    ),
    widget(
        widgets.PatchAttentionViewer,
        recordings=recordings(LOOKS),
        picked=place(0, most=4),
        layer=optional(place(0, most=1)),
        head=place(0, most=2),
        token=place(0, most=10),
    ),
    widget(
        widgets.PatchExplorer,
        photo=optional(pixels(some(16, 16, 1)).also(channels=some(16, 16, 2))),
        patch=count(4).also(that_divides_not=5),
        d_model=count(10),
        n_pictures=count(1),
        picked=optional(place(1, most=15)),
    ),
    widget(
        widgets.TrainingMap,
        recording=given(
            TRAINED,
            nothing=None,
            a_string="x",
            none={},
            a_list=[TRAINED],
            a_field_less=dict(list(TRAINED.items())[1:]),
            a_field_more={**TRAINED, "more": 1},
            **{f"{field} is None": {**TRAINED, field: None} for field in TRAINED},
        ),
        step=optional(place(0, most=2)),
        word=place(0, most=8),
    ),
    entry(
        "widgets.TrainingMap.record",
        widgets.TrainingMap.record,
        tables=given(
            {0: some(3, 2), 5: some(3, 2)},
            nothing=None,
            none={},
            a_list=[some(3, 2)],
            a_tensor=some(3, 2),
            of_strings={0: "x"},
            named={"a": some(3, 2)},
            one_row_short={0: some(2, 2)},
        ),
        words=texts(["a", "b", "c"]).also(one_short=["a", "b"]).without("numbers"),
        shown=given(
            ["a", "b"], nothing=None, a_string="ab", unknown=["a", "z"], one=["a"]
        ),
        kinds=given(
            {"a": "x", "b": "y"}, nothing=None, a_list=["x"], one_short={"a": "x"}
        ),
    ),
    widget(
        widgets.PositionExplorer,
        d_model=count(8).also(odd=7),
        base=number(100.0, negative=-1.0, zero=0.0),
        first=place(1, most=10**6),
        second=place(2, most=10**6),
    ),
    widget(
        widgets.RotaryDial,
        first=place(7, most=63),
        second=place(5, most=63),
        base=count(100, low=10, most=10_000).also(no_power_of_ten=99),
    ),
    widget(
        widgets.ScoreExplorer,
        n_queries=optional(count(2, most=8)),
        n_keys=optional(count(3, most=8)),
        d_k=optional(count(4)),
        score=choice("dot"),
        temperature=number(1.0, negative=-1.0, zero=0.0),
        mask=choice("causal").also(floats=some(2, 3)),
        n_padding=optional(place(1, most=3)),
        picked=place(0, most=1),
        seed=seed(),
    ),
    widget(
        widgets.ScoreExplorer,
        query=optional(finite(some(2, 4))),
        key=optional(finite(some(3, 4))),
        value=optional(finite(some(3, 2))),
    ),
    widget(
        widgets.TextWriter,
        recordings=recordings(WRITTEN),
        model=optional(model(WRITER)),
        vocabulary=optional(object_of(TOY)),
        picked=place(0, most=2),
        temperature=number(1.0, too_cold=0.05, too_hot=2.5),
        top_k=optional(count(3, most=18)),
        seed=place(0, most=99),
        layer=optional(place(0, most=1)),
        head=place(0, most=2),
        in_browser=text(""),
    ),
    widget(
        widgets.VideoPad,
        recordings=recordings(FILMS),
        model=optional(model(DECODER)),
        picked=place(0, most=0),
        kind=choice("cross"),
        layer=optional(place(0, most=1)),
        head=place(0, most=1),
        frame=optional(place(0, most=1)),
        row=optional(place(0, most=1)),
        column=optional(place(0, most=1)),
        in_browser=text(""),
    ),
    widget(
        widgets.VideoPlayer,
        videos=given(
            dict(videos().items()),
            nothing=None,
            none={},
            a_list=[some(2, 3, 3)],
            four_axes={"large": some(2, 3, 3, 3)},
            of_strings={"a": "x"},
            nan={"a": torch.full((2, 3, 3), float("nan"))},
            to_255={"a": torch.full((2, 3, 3), 255.0)},
        ),
        weights=optional(finite(windows())),
        query=choice("large").without("None"),
        context=choice("small").without("None"),
        fps=count(4),
        frame=place(0, most=99),
        row=optional(place(1, most=10)),
        column=optional(place(1, most=10)),
    ),
    widget(
        widgets.GruStep,
        x=number(1.0, outside=5.5),
        before=two_numbers([0.5, -0.5], outside=[1.5, 0.0]),
        w_r=two_numbers([0.5, -0.5]),
        w_z=two_numbers([0.5, -0.5]),
        w_n=two_numbers([0.5, -0.5]),
        u_n=given(
            [[0.5, 1.0], [1.0, 0.5]],
            nothing=None,
            a_number=3,
            flat=[0.5, 1.0],
            one_row=[[0.5, 1.0]],
            of_strings=[["a", "b"]] * 2,
        ),
    ),
    widget(
        widgets.WorkedExample,
        query=optional(finite(some(2, 4))),
        key=optional(finite(some(2, 4))),
        value=optional(finite(some(2, 4))),
        d_k=count(4),
        scaled=switch(True),
        picked=place(0, most=1),
        words=texts(["a", "b"]).also(three=["a", "b", "c"]),
    ),
    entry(
        "widgets.ClipFollower.record",
        widgets.ClipFollower.record,
        model=model(random_follower()),
        frames=floats(random_frames()),
        name=text("a clip"),
        credit=text("nobody"),
        rate=count(8),
        masks=given(
            None,
            a_list=[torch.ones(11, 13) > 0],
            beyond={5: torch.ones(11, 13) > 0},
            floats={0: torch.ones(11, 13)},
            small={0: torch.ones(3, 3) > 0},
        ),
    ),
    entry(
        "widgets.DecodingStepper.record",
        widgets.DecodingStepper.record,
        models=given(
            {5: FIXED},
            nothing=None,
            a_list=[FIXED],
            of_strings={5: "model"},
            another={5: torch.nn.Linear(2, 2)},
        ),
        texts=given(PAIRS, nothing=None, a_string="abc", none=[], numbers=[1]),
        source=object_of(SOURCE),
        target=object_of(TARGET),
        max_length=count(9),
    ),
    entry(
        "widgets.HeadViewer.record",
        widgets.HeadViewer.record,
        encoder=given(ToyEncoder(), nothing=None, a_string="x"),
        sentences=texts(["a b"]).also(none=[]),
    ),
    entry(
        "widgets.PatchAttentionViewer.record",
        widgets.PatchAttentionViewer.record,
        model=model(READER),
        images=floats(READER.images).also(
            nan=READER.images * float("nan"), to_255=255 * READER.images
        ),
        labels=given(
            torch.arange(5),
            nothing=None,
            a_list=[1, 2],
            that_broadcast=torch.tensor([1]),
            floats=torch.arange(5.0),
            too_many=torch.arange(6),
        ),
    ),
    entry(
        "widgets.TextWriter.record",
        widgets.TextWriter.record,
        model=model(WRITER),
        beginning=text("ab").also(empty=""),
        n=count(2, low=0),
        temperature=number(1.0, negative=-1.0, zero=0.0),
        top_k=optional(count(3)),
        seed=seed(),
        vocabulary=object_of(TOY).without("None"),
    ),
    entry(
        "widgets.VideoPad.record",
        widgets.VideoPad.record,
        model=model(DECODER),
        small=pixels(some(1, 1, 2, 2, 1)),
    ),
]
