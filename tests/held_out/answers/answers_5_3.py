"""Exercise 5.3: answers written from its statement and stub alone."""

import itertools

import numpy as np
import torch

from ..collect import right, wrong


@right("5.3")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_h // ph, n_w // pw, pf, ph, pw, -1)
    return x.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(len(tokens), n_f, n_h, n_w, -1)


@right("5.3")
def tokens_to_video(tokens, sizes, patch):
    pf, ph, pw = patch
    C = tokens.shape[-1] // (pf * ph * pw)
    video = torch.zeros(tokens.shape[0], *sizes, C, dtype=tokens.dtype)
    corners = itertools.product(*(range(0, n, p) for n, p in zip(sizes, patch)))
    for t, (f, h, w) in enumerate(corners):
        block = tokens[:, t].reshape(-1, pf, ph, pw, C)
        video[:, f : f + pf, h : h + ph, w : w + pw] = block
    return video


@right("5.3")
def tokens_to_video(tokens, sizes, patch):
    f, h, w = (n // p for n, p in zip(sizes, patch))
    x = tokens.unflatten(2, (*patch, -1)).unflatten(1, (f, h, w))
    x = torch.einsum("bfhwpqrc->bfphqwrc", x)
    return x.flatten(5, 6).flatten(3, 4).flatten(1, 2)


@right("5.3")
def tokens_to_video(tokens, sizes, patch):
    a = tokens.detach().numpy()
    f, h, w = (n // p for n, p in zip(sizes, patch))
    a = a.reshape((a.shape[0], f, h, w) + tuple(patch) + (-1,))
    rows = np.concatenate([a[:, :, :, i] for i in range(w)], axis=-2)
    columns = np.concatenate([rows[:, :, i] for i in range(h)], axis=-3)
    return torch.from_numpy(np.concatenate([columns[:, i] for i in range(f)], axis=1))


@right("5.3")
def tokens_to_video(tokens, sizes, patch):
    # where does each number of the video stand among the tokens?
    (F_, H, W), (pf, ph, pw) = sizes, patch
    C = tokens.shape[-1] // (pf * ph * pw)
    i, j, k, c = torch.meshgrid(*map(torch.arange, (F_, H, W, C)), indexing="ij")
    t = (i // pf * (H // ph) + j // ph) * (W // pw) + k // pw
    n = ((i % pf * ph + j % ph) * pw + k % pw) * C + c
    return tokens[:, t, n]


@wrong("5.3", "a single reshape")
def tokens_to_video(tokens, sizes, patch):
    return tokens.reshape(tokens.shape[0], *sizes, -1)


@wrong("5.3", "channels taken to be first inside a block")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_h // ph, n_w // pw, -1, pf, ph, pw)
    return x.permute(0, 1, 5, 2, 6, 3, 7, 4).reshape(len(tokens), n_f, n_h, n_w, -1)


@wrong("5.3", "the permutation of 5.2 once more instead of its inverse")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_h // ph, n_w // pw, pf, ph, pw, -1)
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(len(tokens), n_f, n_h, n_w, -1)


@wrong("5.3", "cuts the tokens as if block and pixel axes alternated already")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, -1)
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(len(tokens), n_f, n_h, n_w, -1)


@wrong("5.3", "blocks placed column by column")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_w // pw, n_h // ph, pf, ph, pw, -1)
    return x.permute(0, 1, 4, 3, 5, 2, 6, 7).reshape(len(tokens), n_f, n_h, n_w, -1)


@wrong("5.3", "pixels inside a block read column by column")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_h // ph, n_w // pw, pf, pw, ph, -1)
    return x.permute(0, 1, 4, 2, 6, 3, 5, 7).reshape(len(tokens), n_f, n_h, n_w, -1)


@wrong("5.3", "blocks: frames taken to run fastest")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_h // ph, n_w // pw, n_f // pf, pf, ph, pw, -1)
    return x.permute(0, 3, 4, 1, 5, 2, 6, 7).reshape(len(tokens), n_f, n_h, n_w, -1)


@wrong("5.3", "pixels inside a block: frames taken to run fastest")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_h // ph, n_w // pw, ph, pw, pf, -1)
    return x.permute(0, 1, 6, 2, 4, 3, 5, 7).reshape(len(tokens), n_f, n_h, n_w, -1)


@wrong("5.3", "three channels taken for granted")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_h // ph, n_w // pw, pf, ph, pw, 3)
    return x.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(len(tokens), n_f, n_h, n_w, 3)


@wrong("5.3", "block and pixel axes in the wrong order: spreads the blocks out")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_h // ph, n_w // pw, pf, ph, pw, -1)
    return x.permute(0, 4, 1, 5, 2, 6, 3, 7).reshape(len(tokens), n_f, n_h, n_w, -1)


@wrong("5.3", "takes every block for a cube")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), p = sizes, patch[0]
    x = tokens.reshape(len(tokens), n_f // p, n_h // p, n_w // p, p, p, p, -1)
    return x.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(len(tokens), n_f, n_h, n_w, -1)


@wrong("5.3", "channels first in the result, (B, C, F, H, W)")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_h // ph, n_w // pw, pf, ph, pw, -1)
    x = x.permute(0, 7, 1, 4, 2, 5, 3, 6)
    return x.reshape(len(tokens), x.shape[1], n_f, n_h, n_w)


@wrong("5.3", "block axes not joined with the pixel axes")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_h // ph, n_w // pw, pf, ph, pw, -1)
    return x.permute(0, 1, 4, 2, 5, 3, 6, 7)


@wrong("5.3", "sizes read as (F, W, H)")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_w, n_h), (pf, pw, ph) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_h // ph, n_w // pw, pf, ph, pw, -1)
    return x.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(len(tokens), n_f, n_h, n_w, -1)


@wrong("5.3", "sizes taken as numbers of blocks")
def tokens_to_video(tokens, sizes, patch):
    (f, h, w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), f, h, w, pf, ph, pw, -1)
    return x.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(
        len(tokens), f * pf, h * ph, w * pw, -1
    )


@wrong("5.3", "loses the batch: the first video only")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens[0].reshape(n_f // pf, n_h // ph, n_w // pw, pf, ph, pw, -1)
    return x.permute(0, 3, 1, 4, 2, 5, 6).reshape(n_f, n_h, n_w, -1)


@wrong(
    "5.3",
    "every block is put at the same corner of its frame: offsets not multiplied by the patch",
)
def tokens_to_video(tokens, sizes, patch):
    pf, ph, pw = patch
    C = tokens.shape[-1] // (pf * ph * pw)
    video = torch.zeros(tokens.shape[0], *sizes, C, dtype=tokens.dtype)
    counts = [n // p for n, p in zip(sizes, patch)]
    for t, (f, h, w) in enumerate(itertools.product(*map(range, counts))):
        video[:, f : f + pf, h : h + ph, w : w + pw] = tokens[:, t].reshape(
            -1, pf, ph, pw, C
        )
    return video


@wrong("5.3", "squeezes: axes of length 1 vanish")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_h // ph, n_w // pw, pf, ph, pw, -1)
    x = x.permute(0, 1, 4, 2, 5, 3, 6, 7).reshape(len(tokens), n_f, n_h, n_w, -1)
    return x.squeeze()


@wrong("5.3", "view after permute fails")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.view(len(tokens), n_f // pf, n_h // ph, n_w // pw, pf, ph, pw, -1)
    return x.permute(0, 1, 4, 2, 5, 3, 6, 7).view(len(tokens), n_f, n_h, n_w, -1)


@wrong("5.3", "blocks column by column, and channels first in a block (two mistakes)")
def tokens_to_video(tokens, sizes, patch):
    (n_f, n_h, n_w), (pf, ph, pw) = sizes, patch
    x = tokens.reshape(len(tokens), n_f // pf, n_w // pw, n_h // ph, -1, pf, ph, pw)
    return x.permute(0, 1, 5, 3, 6, 2, 7, 4).reshape(len(tokens), n_f, n_h, n_w, -1)
