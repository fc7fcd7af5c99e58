"""Chapter 2: the solutions agree with the package and torch."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from attention_course import (
    encoder_decoder,
)
from attention_course.data import copy_task, sequences
from attention_course.exercises import (
    exercises,
)
from attention_course.exercises.chapter_2.search_beams import LANGUAGES
from tests.exercises.helpers import (
    SEEDS,
    Attempt,
    cases,
    code,
)


def test_the_chapter_has_enough_of_both_kinds() -> None:
    kinds = [row[2] for row in exercises(2)]
    assert len(kinds) >= 8
    assert kinds.count("code") >= 5
    assert kinds.count("predict") == len(kinds) - kinds.count("code") >= 2


@pytest.mark.parametrize("seed", SEEDS)
def test_real_places_and_pad_rows(seed: int) -> None:
    real_places = code("2.2").solution
    for pad_rows, (rows, _) in cases("2.3", seed):
        tokens, mask = sequences.pad(rows)
        assert torch.equal(pad_rows(rows, sequences.PAD), tokens)
        assert torch.equal(real_places(torch.tensor([len(row) for row in rows])), mask)


@pytest.mark.parametrize("seed", SEEDS)
def test_decoder_inputs(seed: int) -> None:
    pairs = copy_task.make_copies(11, seed=seed, min_length=1, max_length=7)
    letters = copy_task.copy_vocabulary()
    batch = sequences.make_batch(pairs, letters, letters)
    special = sequences.START, sequences.END, sequences.PAD
    target_in = code("2.4").solution(batch.target_out, *special)
    assert torch.equal(target_in, batch.target_in)


@pytest.mark.parametrize("seed", SEEDS)
def test_reverse_rows(seed: int) -> None:
    for reverse_rows, (tokens, mask) in cases("2.6", seed):
        reversed_ = encoder_decoder.reverse_each(tokens.unsqueeze(-1), mask).squeeze(-1)
        assert torch.equal(reverse_rows(tokens, mask)[mask], reversed_[mask])
        assert torch.equal(reverse_rows(reverse_rows(tokens, mask), mask), tokens)


@pytest.mark.parametrize("seed", SEEDS)
def test_share_of_exact(seed: int) -> None:
    for share_of_exact, (written, expected, mask) in cases("2.9", seed):
        texts = [
            [str(row[real].tolist()) for row, real in zip(side, mask, strict=True)]
            for side in (written, expected)
        ]
        share = encoder_decoder.exact_match(*texts)
        assert share_of_exact(written, expected, mask) == pytest.approx(share)


@pytest.mark.parametrize("seed", SEEDS)
def test_loss_of_real_tokens(seed: int) -> None:
    class Says(nn.Module):
        """A model that gives the logits it was made with."""

        def __init__(self, logits: Tensor) -> None:
            super().__init__()
            self.logits = logits

        def forward(self, *batch: Tensor) -> tuple[Tensor, None]:
            return self.logits, None

    for loss, (logits, target, mask) in cases("2.5", seed):
        batch = sequences.Batch(target, mask, target, target, mask)
        wanted = encoder_decoder.sequence_loss(Says(logits), batch)
        torch.testing.assert_close(loss(logits, target, mask), wanted)


@pytest.mark.parametrize("seed", SEEDS)
def test_decode_one_step_is_a_cell_of_torch(seed: int) -> None:
    for one_step, args in cases("2.7", seed):
        token, state, context, table, from_input, from_state, to_logits = args
        cell = nn.RNNCell(from_input.shape[1], from_state.shape[0], bias=False)
        cell.load_state_dict({"weight_ih": from_input, "weight_hh": from_state})
        next_token, next_state = one_step(*args)
        x = torch.cat([nn.functional.embedding(token, table), context], dim=-1)
        torch.testing.assert_close(next_state, cell(x, state))
        assert torch.equal(next_token, (to_logits @ next_state.T).argmax(0))


@pytest.mark.parametrize("seed", SEEDS)
@torch.no_grad()
def test_write_greedily(seed: int) -> None:
    letters = copy_task.copy_vocabulary(3)
    torch.manual_seed(seed)
    model = encoder_decoder.EncoderDecoder(
        len(letters), len(letters), d_embedding=5, d_encoder=14, d_decoder=11
    )
    for weight in model.decoder.parameters():
        weight *= 4  # else all rows write the same
    pairs = copy_task.make_copies(17, seed=seed, min_length=1, max_length=7)
    batch = sequences.make_batch(pairs, letters, letters)
    encoded = model.encode(batch.source, batch.source_mask)

    def step(token: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        return model.decoder(token, state, encoded)[:2]

    write_greedily = code("2.8").solution
    special = sequences.START, sequences.END, sequences.PAD
    for max_length in (3, 13):
        written = write_greedily(
            step, model.decoder.start(encoded), *special, max_length
        )
        decoded = encoder_decoder.greedy_decode(
            model, batch.source, batch.source_mask, max_length=max_length
        )
        assert torch.equal(written, decoded.tokens)
        assert len(written.unique(dim=0)) > 1


def every_sequence(
    step: Attempt, start: int, end: int, max_length: int
) -> Iterator[tuple[float, list[int]]]:
    """List every sequence that ends, or is cut, with its log-probability per token."""

    def grow(tokens: list[int], total: float) -> Iterator[tuple[float, list[int]]]:
        if tokens and (tokens[-1] == end or len(tokens) == max_length):
            yield total / len(tokens), tokens
            return
        log_p = step(torch.tensor([[start, *tokens]]))[0].tolist()
        for token, value in enumerate(log_p):
            yield from grow([*tokens, token], total + value)

    return grow([], 0.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_beam_search_lies_between_greedy_and_exhaustive_search(seed: int) -> None:
    gains = []
    for search, (step, start, end, width, max_length) in cases("2.11", seed):
        tokens = [start]
        while len(tokens) <= max_length and (len(tokens) == 1 or tokens[-1] != end):
            tokens.append(int(step(torch.tensor([tokens]))[0].argmax()))
        greedy, greedy_score = search(step, start, end, 1, max_length)
        assert greedy.tolist() == tokens[1:]

        best_score, best = max(every_sequence(step, start, end, 4))
        tokens_found, score = search(step, start, end, 10_000, 4)
        assert tokens_found.tolist() == best
        assert score == pytest.approx(best_score, abs=1e-5)

        _, beam_score = search(step, start, end, width, max_length)
        gains.append(beam_score - greedy_score)
    assert sum(gain > 0.01 for gain in gains) >= 2  # what the languages were chosen for


def test_each_language_tells_most_mistakes_of_a_beam_search() -> None:
    """The languages were searched for. Should one lose its point, this says which."""
    wrong = code("2.11").mistakes
    searched_for = list(cases("2.11", 0))[: len(LANGUAGES)]
    for search, args in searched_for:
        right = search(*args)[0].tolist()
        found = [known.attempt(*args)[0].tolist() for known in wrong]
        assert sum(tokens != right for tokens in found) >= 4


@pytest.mark.parametrize("seed", SEEDS)
def test_gated_step_is_the_package_s_and_torch_s(seed: int) -> None:
    for gated_step, (x, state, from_input, from_state) in cases("2.12", seed):
        cell = nn.GRUCell(x.shape[-1], state.shape[-1])
        with torch.no_grad():
            cell.weight_ih.copy_(from_input)
            cell.weight_hh.copy_(from_state)
            cell.bias_ih.zero_()
            cell.bias_hh.zero_()
            expected = encoder_decoder.gru_step(x, state, cell)
        ours = gated_step(x, state, from_input, from_state)
        torch.testing.assert_close(ours, expected)
        torch.testing.assert_close(ours, cell(x, state).detach())
