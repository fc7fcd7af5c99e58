"""The page *How we know*: what it writes, and that every experiment is on it."""

from bookbuild.evidence import page, record
from bookbuild.evidence.experiment import Arm, experiments


def test_a_cell_shows_the_mean_and_the_spread_or_one_number():
    assert page.cell([0.5], 1, 100.0) == "50.0"
    assert page.cell([0.1, 0.2, 0.6], 1, 100.0) == "30.0 (10.0 to 60.0)"
    assert page.cell([-0.0512], 3, 1.0) == "−0.051"
    assert page.cell([-0.0001], 2, 1.0) == "0.00"


def test_a_figure_that_an_arm_does_not_have_leaves_its_cell_empty(monkeypatch):
    made = next(iter(experiments().values()))
    toy = type(made)(
        **{
            **made.__dict__,
            "units": {
                "a": ("A", 0, 1.0),
                "b": ("B", 0, 1.0),
                "never": ("never", 0, 1.0),
            },
            "arms": {
                "one": Arm(len, "idea", "x", (0,)),
                "two": Arm(len, "rival", "", (0,)),
            },
        }
    )
    lines = page.table(
        toy, {"one": {"0": {"a": 1.0}}, "two": {"0": {"b": 2.0}}}
    ).splitlines()
    assert lines[0] == "| | part | budget | A | B | seeds |"
    assert lines[2:] == [
        "| one | idea | x | 1 |  | 1 |",
        "| two | rival |  |  | 2 | 1 |",
    ]


def test_every_experiment_is_recorded_and_on_the_page():
    text = page.page()
    for name, made in experiments().items():
        assert not record.missing(name, made), name
        assert set(record.read(name)["arms"]) == set(made.arms), name
        assert f"## {made.title}\n" in text
        assert f"({made.chapter})" in text
