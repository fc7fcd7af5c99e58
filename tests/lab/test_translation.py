"""The experiments of chapters 2 to 4: seeded, comparable, and counted right."""

import pytest
import torch

from attention_course.data.dates import date_vocabulary, iso_vocabulary, make_dates
from attention_course.data.sequences import END, START, make_batch
from attention_course.encoder_decoder import Translation
from attention_course.lab import translation
from attention_course.lab.training import load_model, save_model
from attention_course.lab.translation import (
    copies_right,
    dates_right,
    train_copier,
    train_transformer,
    train_translator,
    transformer_dates_right,
    write_dates,
)
from attention_course.self_attention import Transformer

pytestmark = pytest.mark.slow


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

    monkeypatch.setattr(translation, "translate", pretend)
    assert dates_right(None, pairs) == pytest.approx(4 / 5)


def test_copies_right_asks_for_strings_of_the_length(monkeypatch):
    asked = []

    def pretend(model, sources, source, target, *, max_length):
        asked.extend(sources)
        assert max_length > len(sources[0])
        copies = [*sources[:-3], "", "x", sources[-1] + "a"]
        return [Translation(text, "", (), None) for text in copies]

    monkeypatch.setattr(translation, "translate", pretend)
    assert copies_right(None, 7, n=12) == pytest.approx(9 / 12)
    assert {len(text) for text in asked} == {7}
    assert len(set(asked)) > 6


def test_a_copier_learns_short_strings():
    model = train_copier("fixed", d_context=16, seed=0)
    assert copies_right(model, 1) > 0.9
    assert copies_right(model, 1) > copies_right(model, 10)


# --- chapter 4's Transformer ---------------------------------------------------


@pytest.fixture(scope="module")
def transformer():
    return train_transformer(epochs=2, lr=4e-3, n_train=192)


def dates_batch(n: int = 7, seed: int = 3):
    pairs = make_dates(n, seed=seed)
    return pairs, make_batch(pairs, date_vocabulary(), iso_vocabulary())


def test_the_transformer_is_seeded_and_learns(transformer):
    model, history = transformer
    state = torch.random.get_rng_state()
    again, history_again = train_transformer(epochs=2, lr=4e-3, n_train=192)
    assert torch.equal(torch.random.get_rng_state(), state), "the caller's numbers"
    assert same(model, again)
    assert history.losses == history_again.losses
    assert len(history.losses) == 2 * 3
    assert len(history.scores) == 2
    assert history.losses[-1] < history.losses[0]
    other, _ = train_transformer(epochs=1, lr=4e-3, seed=1, n_train=8)
    assert not same(model, other)


def test_the_transformer_sees_neither_padding_nor_later_targets(transformer):
    model, _ = transformer
    pairs, batch = dates_batch()
    assert not batch.source_mask.all(), "some rows are padded"
    logits, none = model(batch.source, batch.source_mask, batch.target_in)
    assert none is None
    for i, pair in enumerate(pairs):
        one = make_batch([pair], date_vocabulary(), iso_vocabulary())
        alone, _ = model(one.source, one.source_mask, one.target_in)
        torch.testing.assert_close(logits[i], alone[0], atol=1e-5, rtol=1e-5)
    changed = batch.target_in.clone()
    changed[:, 5] = (changed[:, 5] + 1) % len(iso_vocabulary())
    others, _ = model(batch.source, batch.source_mask, changed)
    assert torch.equal(others[:, :5], logits[:, :5])
    assert not torch.allclose(others[:, 5:], logits[:, 5:])


def test_the_transformer_knows_the_order_of_its_source(transformer):
    model, _ = transformer
    _, batch = dates_batch(n=1)
    turned = batch.source.flip(1)
    states = model.encode(batch.source, batch.source_mask)
    mirrored = model.encode(turned, batch.source_mask).flip(1)
    assert (states - mirrored).abs().max() > 0.1


def test_the_transformers_weights_look_at_real_places_only(transformer):
    model, _ = transformer
    _, batch = dates_batch()
    inputs = batch.source, batch.source_mask, batch.target_in
    _, weights = model(*inputs, need_weights=True)
    assert weights.shape == (7, 2, 4, *batch.target_in.shape[1:], batch.source.shape[1])
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(weights.shape[:-1]))
    padding = ~batch.source_mask[:, None, None, None].expand_as(weights)
    assert weights[padding].abs().max() == 0


def test_writing_takes_the_likeliest_symbol_of_what_was_written(transformer):
    model, _ = transformer
    pairs, _ = dates_batch()
    texts = [pair.source for pair in pairs]
    written = write_dates(model, texts, max_length=9)
    assert written == [write_dates(model, [text], max_length=9)[0] for text in texts]
    for text, answer in zip(texts, written, strict=True):
        source = torch.tensor([date_vocabulary().encode(text)])
        mask = torch.ones_like(source, dtype=torch.bool)
        read = [START]
        while len(read) <= 9 and read[-1] != END:
            logits, _ = model(source, mask, torch.tensor([read]))
            read.append(int(logits[0, -1].argmax()))
        assert answer == iso_vocabulary().decode(read)


class Parrot(Transformer):
    """Stands in for a model: writes given symbols, one a step."""

    def __init__(self, *answers: list[int]) -> None:
        super().__init__(5, 5)
        self.answers, self.steps = answers, 0

    def encode(self, source, mask):
        return source

    def decode(self, written, states, mask):
        step, self.steps = written.shape[1] - 1, self.steps + 1
        symbols = torch.tensor([answer[step] for answer in self.answers])
        one_hot = torch.nn.functional.one_hot(symbols, len(iso_vocabulary()))
        return one_hot[:, None].float().expand(-1, step + 1, -1), None


def test_writing_stops_when_all_have_ended_or_at_the_limit():
    first, second = iso_vocabulary().encode("19"), iso_vocabulary().encode("2024")
    parrot = Parrot([*first, END, 5, 5, 5], [*second, END, 5])
    assert write_dates(parrot, ["a", "b"]) == ["19", "2024"]
    assert parrot.steps == 5
    endless = Parrot(iso_vocabulary().encode("1" * 20))
    assert write_dates(endless, ["a"], max_length=7) == ["1" * 7]


def test_transformer_dates_right_counts_exact_matches(monkeypatch):
    pairs = make_dates(5, seed=0)
    texts = [pair.target for pair in pairs]
    texts[1] = texts[1][:-1]

    def pretend(model, sources):
        assert sources == [pair.source for pair in pairs]
        return texts

    monkeypatch.setattr(translation, "write_dates", pretend)
    assert transformer_dates_right(None, pairs) == pytest.approx(4 / 5)


def test_a_transformer_is_kept_and_names_what_is_too_long(transformer, tmp_path):
    model, _ = transformer
    save_model(model, tmp_path / "model.safetensors")
    loaded = load_model(Transformer, tmp_path / "model.safetensors")
    assert same(model, loaded)
    assert loaded.config == model.config
    small = Transformer(11, 7, n_layers=1, d_model=6, n_heads=3, d_hidden=5, n_places=4)
    fits, longer = (
        torch.ones(2, 4, dtype=torch.long),
        torch.ones(2, 5, dtype=torch.long),
    )
    small(fits, fits.bool(), fits)
    with pytest.raises(ValueError, match="source: expected at most 4 tokens, got 5"):
        small(longer, longer.bool(), fits)
    with pytest.raises(ValueError, match="target_in: expected at most 4 tokens, got 5"):
        small(fits, fits.bool(), longer)


# --- where the reader has changed torch's settings -----------------------------


@pytest.fixture
def trainers(monkeypatch):
    """All three, each on a few pairs."""
    for name in ("make_copies", "make_dates"):
        make = getattr(translation, name)
        few = lambda n, make=make, **how: make(8, **how)  # noqa: E731
        monkeypatch.setattr(translation, name, few)
    return [
        lambda: small(0, "additive", n_train=8)[0],
        lambda: train_copier("fixed", d_context=16),
        lambda: train_transformer(epochs=1, lr=4e-3, n_train=8)[0],
    ]


def test_a_default_of_double_trains_in_double(trainers):
    torch.set_default_dtype(torch.float64)
    try:
        for train in trainers:
            parameters = list(train().parameters())
            assert {p.dtype for p in parameters} == {torch.float64}
            assert all(p.isfinite().all() for p in parameters)
    finally:
        torch.set_default_dtype(torch.float32)


def test_training_needs_no_gradients_around_it(trainers):
    for train in trainers:
        with torch.no_grad():
            trained = train()
            assert not torch.is_grad_enabled()
        assert same(trained, train())
