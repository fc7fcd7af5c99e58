"""The experiments of chapters 2 and 3: seeded, comparable, and counted right."""

import pytest
import torch

from attention_course import experiments
from attention_course.data.dates import make_dates
from attention_course.encoder_decoder import Translation
from attention_course.experiments import (
    copies_right,
    dates_right,
    train_copier,
    train_translator,
)


def same(first: torch.nn.Module, second: torch.nn.Module) -> bool:
    pairs = zip(first.parameters(), second.parameters(), strict=True)
    return all(torch.equal(a, b) for a, b in pairs)


def small(seed: int, context: str = "fixed", n_train: int = 192):
    return train_translator(context, epochs=2, lr=4e-3, seed=seed, n_train=n_train)


@pytest.fixture(scope="module")
def trained():
    return small(0)


def test_a_seed_fixes_everything_and_another_changes_it(trained):
    state = torch.random.get_rng_state()
    (model, history), (again, history_again) = trained, small(0)
    assert torch.equal(torch.random.get_rng_state(), state), "the caller's numbers"
    assert same(model, again)
    assert history.losses == history_again.losses
    assert not same(model, small(1, n_train=8)[0])


def test_only_the_context_differs_between_the_settings(trained):
    fixed, attention = trained[0], small(0, "additive", n_train=8)[0]
    for part in ("encoder", "decoder.embedding"):
        shapes = [
            [p.shape for p in model.get_submodule(part).parameters()]
            for model in (fixed, attention)
        ]
        assert shapes[0] == shapes[1]
    assert fixed.config["context"] == "fixed"
    assert attention.config["context"] == "additive"


def test_the_history_scores_validation_days_after_each_epoch(trained):
    _, history = trained
    assert len(history.scores) == 2
    assert len(history.losses) == 2 * 3  # 192 dates in batches of 64
    assert history.losses[-1] < history.losses[0]


def test_dates_right_counts_exact_matches(monkeypatch):
    pairs = make_dates(5, seed=0)
    texts = [pair.target for pair in pairs]
    texts[1] = "1" + texts[1]

    def pretend(model, sources, source, target, *, max_length):
        assert sources == [pair.source for pair in pairs]
        assert max_length >= len("2024-01-01") + 1
        return [Translation(text, "", (), None) for text in texts]

    monkeypatch.setattr(experiments, "translate", pretend)
    assert dates_right(None, pairs) == pytest.approx(4 / 5)


def test_copies_right_asks_for_strings_of_the_length(monkeypatch):
    asked = []

    def pretend(model, sources, source, target, *, max_length):
        asked.extend(sources)
        assert max_length > len(sources[0])
        copies = [*sources[:-3], "", "x", sources[-1] + "a"]
        return [Translation(text, "", (), None) for text in copies]

    monkeypatch.setattr(experiments, "translate", pretend)
    assert copies_right(None, 7, n=12) == pytest.approx(9 / 12)
    assert {len(text) for text in asked} == {7}
    assert len(set(asked)) > 6


def test_a_copier_learns_short_strings():
    model = train_copier("fixed", d_context=16, seed=0)
    assert copies_right(model, 1) > 0.9
    assert copies_right(model, 1) > copies_right(model, 10)
