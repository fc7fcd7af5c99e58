"""Exercise 5.2: answers written from its statement and stub alone."""

import itertools

import numpy as np
import torch

from ..collect import right, wrong


@right("5.2")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    x = x.permute(0, 1, 3, 5, 2, 4, 6, 7)
    return x.reshape(B, -1, pf * ph * pw * C)


@right("5.2")
def video_to_tokens(video, patch):
    pf, ph, pw = patch
    tokens = []
    for f in range(0, video.shape[1], pf):
        for h in range(0, video.shape[2], ph):
            for w in range(0, video.shape[3], pw):
                tokens.append(video[:, f : f + pf, h : h + ph, w : w + pw].flatten(1))
    return torch.stack(tokens, dim=1)


@right("5.2")
def video_to_tokens(video, patch):
    x = video
    for axis, p in enumerate(patch, start=1):
        x = x.unfold(axis, p, p)
    x = x.movedim(4, -1)  # channels behind the pixels
    return x.flatten(4).flatten(1, 3)


@right("5.2")
def video_to_tokens(video, patch):
    a = video.detach().numpy()
    pf, ph, pw = patch
    blocks = [
        np.stack(
            [
                v[f : f + pf, h : h + ph, w : w + pw].reshape(-1)
                for f, h, w in itertools.product(
                    range(0, v.shape[0], pf),
                    range(0, v.shape[1], ph),
                    range(0, v.shape[2], pw),
                )
            ]
        )
        for v in a
    ]
    return torch.from_numpy(np.stack(blocks))


@right("5.2")
def video_to_tokens(video, patch):
    pf, ph, pw = patch
    x = video.unflatten(3, (-1, pw)).unflatten(2, (-1, ph)).unflatten(1, (-1, pf))
    return torch.einsum("bfphqwrc->bfhwpqrc", x).flatten(4).flatten(1, 3)


@wrong("5.2", "a single reshape: strips instead of boxes")
def video_to_tokens(video, patch):
    pf, ph, pw = patch
    return video.reshape(video.shape[0], -1, pf * ph * pw * video.shape[-1])


@wrong("5.2", "forgets to move the blocks of the width in front of the pixels")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    x = x.permute(0, 1, 3, 2, 4, 5, 6, 7)
    return x.reshape(B, -1, pf * ph * pw * C)


@wrong("5.2", "channels first inside a block")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    return x.permute(0, 1, 3, 5, 7, 2, 4, 6).reshape(B, -1, pf * ph * pw * C)


@wrong("5.2", "blocks column by column")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    return x.permute(0, 1, 5, 3, 2, 4, 6, 7).reshape(B, -1, pf * ph * pw * C)


@wrong("5.2", "pixels inside a block column by column")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    return x.permute(0, 1, 3, 5, 2, 6, 4, 7).reshape(B, -1, pf * ph * pw * C)


@wrong("5.2", "blocks: frames run fastest")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    return x.permute(0, 3, 5, 1, 2, 4, 6, 7).reshape(B, -1, pf * ph * pw * C)


@wrong("5.2", "pixels inside a block: frames run fastest")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    return x.permute(0, 1, 3, 5, 4, 6, 2, 7).reshape(B, -1, pf * ph * pw * C)


@wrong("5.2", "takes every block for a cube")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    p = patch[0]
    x = video.reshape(B, n_f // p, p, n_h // p, p, n_w // p, p, C)
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(B, -1, p * p * p * C)


@wrong("5.2", "inner and outer axes swapped in the reshape: takes every n-th pixel")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, pf, n_f // pf, ph, n_h // ph, pw, n_w // pw, C)
    return x.permute(0, 2, 4, 6, 1, 3, 5, 7).reshape(B, -1, pf * ph * pw * C)


@wrong("5.2", "batch and tokens in one axis")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(-1, pf * ph * pw * C)


@wrong("5.2", "blocks left as a grid, (B, F', H', W', ...)")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).flatten(4)


@wrong("5.2", "axes swapped, (B, numbers, T)")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    return x.permute(0, 2, 4, 6, 7, 1, 3, 5).reshape(B, pf * ph * pw * C, -1)


@wrong("5.2", "height and width of the block swapped")
def video_to_tokens(video, patch):
    pf, pw, ph = patch
    tokens = []
    for f in range(0, video.shape[1], pf):
        for h in range(0, video.shape[2], ph):
            for w in range(0, video.shape[3], pw):
                tokens.append(video[:, f : f + pf, h : h + ph, w : w + pw].flatten(1))
    return torch.stack(tokens, dim=1)


@wrong("5.2", "a list of tokens")
def video_to_tokens(video, patch):
    pf, ph, pw = patch
    tokens = []
    for f in range(0, video.shape[1], pf):
        for h in range(0, video.shape[2], ph):
            for w in range(0, video.shape[3], pw):
                tokens.append(video[:, f : f + pf, h : h + ph, w : w + pw].flatten(1))
    return tokens


@wrong("5.2", "stacks the tokens in front of the batch")
def video_to_tokens(video, patch):
    pf, ph, pw = patch
    tokens = []
    for f in range(0, video.shape[1], pf):
        for h in range(0, video.shape[2], ph):
            for w in range(0, video.shape[3], pw):
                tokens.append(video[:, f : f + pf, h : h + ph, w : w + pw].flatten(1))
    return torch.stack(tokens)


@wrong("5.2", "averages the pixels of a block")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    return x.mean(dim=(2, 4, 6)).flatten(1, 3)


@wrong("5.2", "windows overlap: the loop moves on by one cell")
def video_to_tokens(video, patch):
    pf, ph, pw = patch
    x = video.unfold(1, pf, 1).unfold(2, ph, 1).unfold(3, pw, 1).movedim(4, -1)
    return x.flatten(4).flatten(1, 3)


@wrong("5.2", "squeezes: axes of length 1 vanish")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    return x.permute(0, 1, 3, 5, 2, 4, 6, 7).reshape(B, -1, pf * ph * pw * C).squeeze()


@wrong("5.2", "cuts each frame for itself: a block holds one frame")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f, n_h // ph, ph, n_w // pw, pw, C)
    return x.permute(0, 1, 2, 4, 3, 5, 6).reshape(B, -1, pf * ph * pw * C)


@wrong("5.2", "channels first and blocks column by column (two mistakes)")
def video_to_tokens(video, patch):
    B, n_f, n_h, n_w, C = video.shape
    pf, ph, pw = patch
    x = video.reshape(B, n_f // pf, pf, n_h // ph, ph, n_w // pw, pw, C)
    return x.permute(0, 1, 5, 3, 7, 2, 4, 6).reshape(B, -1, pf * ph * pw * C)
