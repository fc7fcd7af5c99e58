"""How a loss comes back to what was read: autograd against differences."""

import pytest
import torch
from torch.nn.functional import cross_entropy

from attention_course.data.sequences import Pair, Vocabulary, make_batch
from attention_course.encoder_decoder import EncoderDecoder
from attention_course.lab.translation import gradient_paths

LETTERS = Vocabulary("abcdefg")
PAIR = Pair("gabed", "bag")


def model(context):
    torch.manual_seed(0)
    sizes = {"d_embedding": 3, "d_encoder": 10, "d_decoder": 10, "d_context": 7}
    return EncoderDecoder(11, 11, context=context, **sizes).double()


def losses(network, change):
    """Each token's loss, with ``change`` added to the vectors that the encoder reads."""
    batch = make_batch([PAIR], LETTERS, LETTERS)
    hook = network.encoder.embedding.register_forward_hook(
        lambda module, given, result: result + change
    )
    with torch.no_grad():
        logits, _ = network(batch.source, batch.source_mask, batch.target_in)
    hook.remove()
    return cross_entropy(logits[0], batch.target_out[0], reduction="none")


@pytest.mark.parametrize("context", ["fixed", "additive"])
def test_the_norms_are_those_of_small_differences(context):
    network = model(context)
    found = gradient_paths(network, PAIR, LETTERS, LETTERS)
    assert found.shape == (4, 5)  # b, a, g, <end>; five letters read
    step = 1e-5
    for j in range(5):
        slopes = torch.zeros(4, 3, dtype=torch.double)
        for k in range(3):
            change = torch.zeros(1, 5, 3, dtype=torch.double)
            change[0, j, k] = step
            both = losses(network, change) - losses(network, -change)
            slopes[:, k] = both / (2 * step)
        torch.testing.assert_close(
            found[:, j], slopes.norm(dim=-1), atol=1e-6, rtol=1e-4
        )


def test_a_frozen_model_is_measured_too_and_nothing_is_left_behind():
    network = model("dot").requires_grad_(False)
    with torch.no_grad():
        found = gradient_paths(network, PAIR, LETTERS, LETTERS)
    assert found.shape == (4, 5)
    assert not network.encoder.embedding._forward_hooks
    assert all(parameter.grad is None for parameter in network.parameters())
