"""Bad input is answered by a sentence with the caller's own argument in it.

Every kind of mistake is tried on every argument that it can be made with;
``python -m tests.bad_input.survey`` prints the share by module.
"""

import re
import signal
from importlib import import_module
from pathlib import Path

import pytest

from tests.bad_input.calls import ENTRIES
from tests.bad_input.survey import Case, cases, is_clear, outcome

ROOT = Path(__file__).parents[2]

# What is answered by torch or by Python, or by the name of another argument.
BY_OTHERS = {
    "attention.stack_weights(parts: of_nothing)",
    "attention.stack_weights(parts: a_number)",
    "attention.stack_weights(parts: of_strings)",
    "encoder_decoder.GRUDecoder(context: another model)",
    "encoder_decoder.sequence_loss(model: another model)",
    "pictures.charts.curves(x: one_short)",
    "lab.vision.digits_right(model: the class)",
    "lab.vision.digits_right(model: another model)",
    "lab.vision.enlarge(model: the class)",
    "lab.vision.enlarge(model: another model)",
}
# Plain containers, calls without arguments, and what only the package itself calls.
LEFT_OUT = {
    *("Listing", "Mistake", "Progress", "Drawing", "draw", "drawing", "drawings"),
    *("Batch", "DatePair", "Decoded", "Digits", "Encoded", "Encoding", "History"),
    *("Pair", "Source", "TokenTable", "Tokens", "Translation", "CourseWidget"),
    *("Clip", "clip_masks", "fetch_same_place"),
    *("Corpus", "Definitions", "SkipGramRun", "load_definitions"),
    *(
        "date_vocabulary",
        "iso_vocabulary",
        "load_encoder",
        "load_token_table",
        "novel_vocabulary",
    ),
    *("PretrainedEncoder", "PretrainedUnavailable", "residual", "run_blocks"),
    *(
        "Score",
        "Exercise",
        "Question",
        "Report",
        "find",
        "register",
        "exercise",
        "Note",
    ),
}
every = pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)


@pytest.fixture(autouse=True)
def _no_alarm_is_left():
    before = signal.getsignal(signal.SIGALRM)
    yield
    signal.signal(signal.SIGALRM, before)


@every
def test_every_bad_value_gets_a_clear_error(entry):
    found = {f"{case}": outcome(case) for case in cases([entry])}
    unclear = {case for case, (kind, _) in found.items() if kind != "clear"}
    assert unclear - BY_OTHERS == set(), found


@pytest.mark.parametrize(
    "entry", [e for e in ENTRIES if not e.slow], ids=lambda entry: entry.name
)
def test_good_values_are_taken_and_numpys_numbers_are_good(entry):
    good = {name: each.good for name, each in entry.arguments.items()}
    entry.function(**good)
    for name, argument in entry.arguments.items():
        for value in argument.as_good.values():
            entry.function(**{**good, name: value})


def test_every_callable_of_the_api_page_is_tried():
    page = (ROOT / "book" / "api.md").read_text(encoding="utf-8")
    rooms = set(re.findall(r"^### `attention_course\.([\w.]+)`", page, re.M))
    assert len(rooms) > 20
    tried = {entry.name for entry in ENTRIES}
    missing = set()
    for room in rooms - {"shapes"}:  # the checks themselves
        module = import_module(f"attention_course.{room}")
        for name in set(module.__all__) - LEFT_OUT:
            thing = getattr(module, name)
            of = getattr(thing, "__module__", "").removeprefix("attention_course.")
            if callable(thing) and not {f"{room}.{name}", f"{of}.{name}"} & tried:
                missing.add(f"{room}.{name}")
    assert missing == set()


def test_an_unclear_answer_is_told_from_a_clear_one():
    assert is_clear(ValueError("size: expected a number, got 'x'"), "size")
    for said in (
        "sizes: expected a number, got 'x'",  # another argument
        "size: expected a number",
        "size: got 'x'",
        "'x' is not a number",
    ):
        assert not is_clear(ValueError(said), "size")
    assert not is_clear(AttributeError("size: expected a number, got 'x'"), "size")


@pytest.mark.parametrize(
    ("function", "kind"),
    [
        (lambda size: None, "silent"),
        (lambda size: [][size], "unclear"),
        (lambda size: signal.pause(), "hang"),
    ],
)
def test_a_function_without_checks_is_found_out(function, kind, monkeypatch):
    from tests.bad_input import survey
    from tests.bad_input.kinds import count

    monkeypatch.setattr(survey, "SECONDS", 1)
    case = Case(survey.entry("f", function, size=count(3)), "size", "negative")
    assert outcome(case)[0] == kind
