"""Chapter 6's training and its rival: counted right, seeded, and better than a guess."""

import math

import pytest
import torch

from attention_course.attention_today import LanguageModel
from attention_course.data.novel import load_novel, novel_vocabulary
from attention_course.lab.language import (
    CountingModel,
    bits_a_character,
    make_repeats,
    repeats_right,
    train_language_model,
    train_repeater,
)

SMALL = {"d_model": 16, "d_hidden": 16, "n_layers": 1}


class Even(LanguageModel):
    """A model that expects every token alike."""

    def forward(self, tokens, **_):
        return torch.zeros(*tokens.shape, self.n_tokens), None


def even() -> LanguageModel:
    return Even(len(novel_vocabulary()), **SMALL)


def test_a_model_that_knows_nothing_takes_log2_of_the_vocabulary():
    bits = bits_a_character(even(), load_novel("held-out")[:500])
    assert bits == pytest.approx(math.log2(len(novel_vocabulary())))


class Clock(LanguageModel):
    """Sure of the next letter of "abc…", and nowhere else."""

    def forward(self, tokens, **_):
        logits = torch.zeros(*tokens.shape, self.n_tokens)
        following = (tokens + 1) % self.n_tokens
        return logits.scatter(-1, following.unsqueeze(-1), 50.0), None


def test_bits_are_those_of_the_next_character():
    clock = Clock(len(novel_vocabulary()), **SMALL)
    assert bits_a_character(clock, "abcdefghijklm", length=4) < 1e-6
    assert bits_a_character(clock, "aaaaaaaaaaaaa", length=4) > 50


def test_what_is_skipped_is_not_counted():
    clock = Clock(len(novel_vocabulary()), **SMALL)
    text = "zzcdezzcdezzcdez"  # in each piece of five the first two are unexpected
    assert bits_a_character(clock, text, length=5, skip=2) > 10  # e is not before z
    assert bits_a_character(clock, "zzcdeX", length=4, skip=2) < 1e-6


def test_a_text_that_is_too_short_is_named():
    with pytest.raises(ValueError, match="text: expected more than 64 characters"):
        bits_a_character(even(), "short")
    with pytest.raises(ValueError, match="skip: expected less than length = 4, got 4"):
        bits_a_character(even(), "long enough", length=4, skip=4)


@pytest.mark.parametrize("order", [1, 2, 3, 4])
@pytest.mark.parametrize("context", ["", "a", "ab", "the c", "zq"])
def test_the_counting_model_gives_probabilities(order, context):
    text = "the cat sat on the mat and the cat ran"
    model = CountingModel(text, order)
    each = [model.probability(context, symbol) for symbol in sorted(set(text))]
    assert min(each) > 0
    assert sum(each) == pytest.approx(1)


def test_the_counting_model_by_hand():
    model = CountingModel("aab", 2)
    alone = {"a": (2 - 0.75) / 3 + 0.75 * 2 / 3 / 2, "b": 0.25 / 3 + 0.75 * 2 / 3 / 2}
    assert model.probability("", "a") == pytest.approx(alone["a"])
    after_a = (1 - 0.75) / 2 + 0.75 * 2 / 2 * alone["b"]
    assert model.probability("xa", "b") == pytest.approx(after_a)
    assert model.probability("b", "b") == pytest.approx(alone["b"])  # b ends the text
    text = "ab"
    expected = -(math.log2(alone["a"]) + math.log2(after_a)) / 2
    assert model.bits_a_character(text) == pytest.approx(expected)


def test_repeats_come_back_after_their_period():
    strings = make_repeats(17, period=5, length=13, seed=3)
    assert strings.shape == (17, 13)
    assert torch.equal(strings[:, 5:], strings[:, :-5])
    assert all(len(set(row[:5].tolist())) == 5 for row in strings)
    assert torch.equal(strings, make_repeats(17, period=5, length=13, seed=3))
    assert not torch.equal(strings, make_repeats(17, period=5, length=13, seed=4))
    with pytest.raises(ValueError, match="period: expected at most 26, got 27"):
        make_repeats(1, period=27, length=30, seed=0)


class Copier(LanguageModel):
    """Says what stood one period back: right from the second round on."""

    period = 5

    def forward(self, tokens, **_):
        said = tokens.roll(self.period - 1, dims=1)
        return torch.nn.functional.one_hot(said, 26).float(), None


@pytest.mark.parametrize(("period", "right"), [(5, 1.0), (4, 0.0), (6, 0.0)])
def test_only_the_right_period_is_right(period, right):
    strings = make_repeats(17, period=5, length=16, seed=3)
    copier = Copier(26, **SMALL)
    copier.period = period
    assert repeats_right(copier, strings, 5) == right


@pytest.mark.slow
def test_training_is_seeded_and_learns():
    state = torch.random.get_rng_state()
    text = load_novel("held-out")[:4_000]
    one, history = train_language_model(steps=60, **SMALL)
    same, again = train_language_model(steps=60, **SMALL)
    other, _ = train_language_model(steps=60, seed=1, **SMALL)
    assert torch.equal(torch.random.get_rng_state(), state)
    assert history.losses == again.losses
    assert bits_a_character(one, text) == bits_a_character(same, text)
    assert bits_a_character(one, text) != bits_a_character(other, text)
    assert bits_a_character(one, text) < 5 < bits_a_character(even(), text)
    blind, _ = train_language_model(steps=60, window=1, **SMALL)
    assert bits_a_character(blind, text, window=1) != bits_a_character(one, text)


@pytest.mark.slow
def test_the_repeater_is_seeded():
    strings = make_repeats(20, period=4, length=33, seed=0)
    one, same = train_repeater(steps=5), train_repeater(steps=5)
    assert one.config["d_model"] == 48
    assert torch.equal(one(strings)[0], same(strings)[0])
