"""Chapter 2: what the answers say is true."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
import torch

from attention_course import (
    encoder_decoder,
)
from attention_course.data import copy_task, sequences
from attention_course.exercises import (
    find,
)

pytestmark = pytest.mark.slow


@torch.no_grad()
def test_the_answers_of_chapter_2_are_true() -> None:
    letters = copy_task.copy_vocabulary()
    torch.manual_seed(0)
    model = encoder_decoder.EncoderDecoder(len(letters), len(letters), d_context=128)
    context = model.decoder.context
    for max_length in (5, 10):
        pairs = copy_task.make_copies(32, seed=0, min_length=2, max_length=max_length)
        batch = sequences.make_batch(pairs, letters, letters)
        encoded = model.encode(batch.source, batch.source_mask)
        vectors, _ = context(model.decoder.start(encoded), encoded)
        assert f"**`{tuple(vectors.shape)}`**" in find("2.1").answer
    n_bits = 128 * 32
    n_letters = next(n for n in itertools.count() if 3 * n > n_bits)
    assert f"**{n_bits} bits**" in find("2.1").answer
    assert f"**{n_letters} letters**" in find("2.1").answer

    # 2.10: sources turned round and the two GRUs swapped give the same C.
    before, _ = context(model.decoder.start(encoded), encoded)
    encoder = model.encoder
    encoder.forwards, encoder.backwards = encoder.backwards, encoder.forwards
    weight = context.to_context.weight
    weight.copy_(torch.cat(weight.chunk(2, dim=1)[::-1], dim=1))
    turned = encoder_decoder.reverse_each(batch.source.unsqueeze(-1), batch.source_mask)
    encoded = model.encode(turned.squeeze(-1), batch.source_mask)
    after, _ = context(model.decoder.start(encoded), encoded)
    torch.testing.assert_close(after, before)


def test_the_experiment_of_chapter_2_runs_and_shows_what_the_answer_says() -> None:
    """Copying and writing backwards differ by no more than two seeds may."""
    cells = re.findall(r"```python\n(.*?)```", find("2.10").text, re.DOTALL)
    assert len(cells) == 1
    functions, loop = cells[0].split("\n\n\nfor reverse in")
    assert "written_right(reverse, seed)" in loop
    namespace: dict[str, Any] = {}
    exec(functions, namespace)
    means = {}
    for reverse in (False, True):
        for seed in (1, 2):
            shares = namespace["written_right"](reverse, seed)
            assert shares[3] > 0.8
            assert shares[6] < 0.6
            assert shares[3] > shares[4] > shares[5] > shares[6]
            means[reverse, seed] = sum(shares.values()) / len(shares)
    copied, backwards = (means[r, 1] + means[r, 2] for r in (False, True))
    assert abs(copied - backwards) / 2 < 0.15


def test_the_second_gru_can_be_silenced_as_the_answer_says() -> None:
    hook = re.search(r"register_forward_hook\((lambda .*?\))\)`", find("2.10").answer)
    assert hook is not None
    encoder = encoder_decoder.GRUEncoder(7, 3, 10)
    encoder.backwards.register_forward_hook(eval(hook[1]))
    tokens, mask = sequences.pad([[4, 5, 6], [5, 4]])
    states = encoder(tokens, mask).states
    assert states[..., 5:].abs().max() == 0
    assert states[..., :5].abs().max() > 0
