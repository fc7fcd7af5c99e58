"""Chapter 6's text writer: what may come, what is drawn, where the model looks."""

from collections import Counter

import pytest
import torch
import traitlets

from attention_course.attention_today import next_probabilities
from attention_course.widgets import TextWriter
from attention_course.widgets.text_writer import _drawn, random_share
from tests.widgets.helpers import Page
from tests.widgets.text_writer.example import TOY, text_writer, toy_writer

LONG = "a bad cab " * 8  # more than the model reads


@pytest.fixture(scope="module")
def model():
    return toy_writer()


def expected_after(model, text):
    """What torch says after the last 64 characters of a text."""
    tokens = torch.tensor([TOY.encode(character)[0] for character in text][-64:])
    with torch.no_grad():
        logits, weights = model(tokens, need_weights=True)
    return logits[-1, 4:].double(), weights[..., -1, :].double()


@pytest.mark.parametrize("text", ["a", "abc\n", LONG[:64], LONG[:65], LONG])
def test_it_shows_what_the_model_expects_and_looks_at(model, text):
    writer = TextWriter(TextWriter.record(model, "a", vocabulary=TOY), model, TOY)
    writer.text = text
    logits, weights = expected_after(model, text)
    torch.testing.assert_close(writer.logits(), logits, rtol=0, atol=1e-4)
    for layer in range(2):
        for head in range(3):
            writer.set_state({"layer": layer, "head": head})
            found = writer.weights()
            torch.testing.assert_close(found, weights[layer, head], rtol=0, atol=0.002)
    assert len(found) == min(len(text), 64)


def test_the_dials_are_those_of_the_chapter():
    writer = text_writer(temperature=0.7, top_k=5)
    expected = next_probabilities(writer.logits(), temperature=0.7, top_k=5)
    assert torch.equal(writer.probabilities(), expected)
    assert int((expected > 0).sum()) == 5
    assert text_writer().top_k == len(TOY) - 4


def test_it_writes_step_by_step_what_it_draws(model):
    written = TextWriter.record(
        model, "cab", 30, temperature=1.3, top_k=7, seed=5, vocabulary=TOY
    )
    assert len(written) == 31
    writer = TextWriter(written, model, TOY, temperature=1.3, top_k=7, seed=5)
    for step, now in enumerate(written[:-1]):
        writer.picked = step
        assert written[step + 1]["text"] == now["text"] + writer.drawn()
    # From where nothing is recorded it goes on as it was recorded.
    writer.text = "cab"
    for now in written:
        assert writer.recording() == now
        writer.text += writer.drawn()


def test_the_same_seed_writes_the_same_and_another_seed_another_text(model):
    def last(seed):
        return TextWriter.record(model, "a", 40, seed=seed, vocabulary=TOY)[-1]["text"]

    assert last(3) == last(3)
    assert len({last(seed) for seed in range(10)}) == 10


def test_characters_are_drawn_as_often_as_they_are_probable():
    writer = text_writer(temperature=1.5, top_k=6)
    chances = writer.probabilities()
    shares = [random_share(seed, place) for seed in range(100) for place in range(100)]
    assert min(shares) >= 0
    assert max(shares) < 1
    counts = Counter(_drawn(chances, share) for share in shares)
    for n, chance in enumerate(chances.tolist()):
        assert counts[n] / 10_000 == pytest.approx(chance, abs=0.02)
    assert set(counts) == set(chances.nonzero().flatten().tolist())


def test_rounding_never_draws_what_has_no_chance():
    assert _drawn(torch.tensor([0.0, 0.3, 0.0, 0.6, 0.0]), 0.95) == 3
    assert _drawn(torch.tensor([0.0, 1.0]), 0.0) == 1


def test_numbers_that_draw_have_no_neighbours_in_common():
    """Neither along a text nor from seed to seed: correlations near zero."""
    shares = torch.tensor(
        [[random_share(s, p) for p in range(100)] for s in range(100)]
    )
    for one, other in (
        (shares[:, 1:], shares[:, :-1]),
        (shares[1:], shares[:-1]),
    ):
        both = torch.stack([one.flatten(), other.flatten()])
        assert abs(float(torch.corrcoef(both)[0, 1])) < 0.03


def test_the_summary_and_the_view_without_scripts_say_the_same(model):
    text = "a bad\n cab"
    writer = TextWriter(
        TextWriter.record(model, text, 6, vocabulary=TOY),
        vocabulary=TOY,
        temperature=0.5,
        top_k=4,
    )
    assert "after …a␣bad↵␣cab the model expects" in writer.summary()
    assert "at temperature 0.5, of the best 4," in writer.summary()
    page = Page(writer)
    chances = writer.probabilities()
    plain = writer.logits().softmax(-1)
    shown = {row[0]: row[1:] for row in page.rows if len(row[1]) == 5}
    assert len(shown) == 10
    for symbol, (before, after) in shown.items():
        n = writer.symbols.index({"␣": " ", "↵": "\n"}.get(symbol, symbol))
        assert float(before) == pytest.approx(float(plain[n]), abs=0.00051)
        assert float(after) == pytest.approx(float(chances[n]), abs=0.00051)
    assert writer.recordings[-1]["text"] in page.text
    weight = float(writer.weights().max())
    assert f"<td>{weight:.2f}</td>" in page.text


def test_without_a_model_nothing_is_read():
    recordings = text_writer().recordings
    writer = TextWriter(recordings, vocabulary=TOY, picked=3)
    writer.text = "abc"
    assert (writer.answer, writer.typing) == ({}, False)
    assert writer.recording() == recordings[3]


def test_a_model_in_training_is_left_in_training_and_read_without(model):
    model.train()
    recordings = TextWriter.record(model, "ab", 2, vocabulary=TOY)
    assert model.training
    model.eval()
    assert recordings == TextWriter.record(model, "ab", 2, vocabulary=TOY)


def test_what_does_not_fit_is_refused(model):
    recordings = TextWriter.record(model, "ab", 2, vocabulary=TOY)
    with pytest.raises(ValueError, match="logits: expected 75 numbers"):
        TextWriter(recordings)
    with pytest.raises(ValueError, match="model: expected one for the vocabulary's 79"):
        TextWriter.record(model, "ab")
    with pytest.raises(ValueError, match="beginning: expected at least one"):
        TextWriter.record(model, "", vocabulary=TOY)
    with pytest.raises(ValueError, match="n: expected at most 400 characters"):
        TextWriter.record(model, "a" * 200, 201, vocabulary=TOY)
    with pytest.raises(ValueError, match="weights: expected 12 bytes, got 6"):
        TextWriter([recordings[0] | {"weights": "AAAAAAAA"}], vocabulary=TOY)
    writer = TextWriter(recordings, model, TOY)
    for name, wrong in (
        ("picked", 3),
        ("top_k", 0),
        ("top_k", 19),
        ("seed", 100),
        ("temperature", 0.05),
        ("temperature", 2.5),
        ("layer", 2),
        ("head", 3),
        ("text", "a" * 401),
    ):
        with pytest.raises(traitlets.TraitError, match=f"{name}: expected"):
            setattr(writer, name, wrong)
