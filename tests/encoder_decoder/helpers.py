"""What the tests of encoder and decoder share: small models and batches."""

import torch

from attention_course.data.sequences import PAD
from attention_course.encoder_decoder import EncoderDecoder

# Pairwise different sizes: an axis taken for another cannot pass.
N_SOURCE, N_TARGET, D_EMBEDDING, D_ENCODER, D_CONTEXT = 17, 13, 5, 14, 11


LENGTHS = [7, 2, 1, 5]


T_OUT = 3


EXACT = {"atol": 1e-6, "rtol": 0}


def build(
    context: str, dtype: torch.dtype = torch.float32, seed: int = 0, **sizes: int
):
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        given = {
            "d_embedding": D_EMBEDDING,
            "d_encoder": D_ENCODER,
            "d_context": D_CONTEXT,
        }
        given["d_decoder"] = D_ENCODER if "dot" in context else 19
        model = EncoderDecoder(
            N_SOURCE, N_TARGET, context=context, **{**given, **sizes}
        )
        with (
            torch.no_grad()
        ):  # far from the small starting weights, where all looks alike
            for parameter in model.parameters():
                parameter.mul_(2.0)
    return model.to(dtype)


def draw_tokens(n: int, *shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randint(4, n, shape, generator=torch.Generator().manual_seed(seed))


def draw_batch():
    """Sources of different lengths, padded, and targets of one length."""
    mask = torch.arange(max(LENGTHS)) < torch.tensor(LENGTHS)[:, None]
    source = draw_tokens(N_SOURCE, *mask.shape).masked_fill(~mask, PAD)
    target_in = draw_tokens(N_TARGET, len(LENGTHS), T_OUT, seed=1)
    return source, mask, target_in
