"""Exercise 5.19: answers written from its statement and stub alone."""

import torch

from ..collect import right, wrong


@right("5.19")
def remembered_frames(n_frames, memory):
    t = torch.arange(n_frames)[:, None]
    s = torch.arange(n_frames)[None, :]
    return (s < t) & ((s >= t - memory) | (s == 0))


@right("5.19")
def remembered_frames(n_frames, memory):
    mask = torch.zeros(n_frames, n_frames, dtype=torch.bool)
    for t in range(1, n_frames):
        mask[t, max(0, t - memory) : t] = True
        mask[t, 0] = True
    return mask


@right("5.19")
def remembered_frames(n_frames, memory):
    earlier = torch.ones(n_frames, n_frames).tril(-1)
    too_old = torch.ones(n_frames, n_frames).tril(-memory - 1)
    mask = (earlier - too_old).bool()
    mask[1:, 0] = True
    return mask


@right("5.19")
def remembered_frames(n_frames, memory):
    frames = range(n_frames)
    rows = [[s < t and (t - s <= memory or not s) for s in frames] for t in frames]
    return torch.tensor(rows)


@wrong("5.19", "a frame fetches from itself")
def remembered_frames(n_frames, memory):
    t = torch.arange(n_frames)[:, None]
    s = torch.arange(n_frames)[None, :]
    return (s <= t) & ((s >= t - memory) | (s == 0))


@wrong("5.19", "itself counts as one of the memory")
def remembered_frames(n_frames, memory):
    t = torch.arange(n_frames)[:, None]
    s = torch.arange(n_frames)[None, :]
    return (s < t) & ((s > t - memory) | (s == 0))


@wrong("5.19", "frame 0 is forgotten")
def remembered_frames(n_frames, memory):
    t = torch.arange(n_frames)[:, None]
    s = torch.arange(n_frames)[None, :]
    return (s < t) & (s >= t - memory)


@wrong("5.19", "frame 0 fetches from itself")
def remembered_frames(n_frames, memory):
    t = torch.arange(n_frames)[:, None]
    s = torch.arange(n_frames)[None, :]
    return ((s < t) & (s >= t - memory)) | (s == 0)


@wrong("5.19", "rows and columns exchanged")
def remembered_frames(n_frames, memory):
    t = torch.arange(n_frames)[None, :]
    s = torch.arange(n_frames)[:, None]
    return (s < t) & ((s >= t - memory) | (s == 0))


@wrong("5.19", "all earlier frames: memory is not used")
def remembered_frames(n_frames, memory):
    return torch.ones(n_frames, n_frames, dtype=torch.bool).tril(-1)


@wrong("5.19", "later frames within the memory as well")
def remembered_frames(n_frames, memory):
    t = torch.arange(n_frames)[:, None]
    s = torch.arange(n_frames)[None, :]
    mask = ((t - s).abs() <= memory) & (s != t)
    mask[1:, 0] = True
    return mask


@wrong("5.19", "only the frame that is memory steps back, and frame 0")
def remembered_frames(n_frames, memory):
    t = torch.arange(n_frames)[:, None]
    s = torch.arange(n_frames)[None, :]
    return (s < t) & ((s == t - memory) | (s == 0))


@wrong("5.19", "one frame too many")
def remembered_frames(n_frames, memory):
    mask = torch.zeros(n_frames, n_frames, dtype=torch.bool)
    for t in range(1, n_frames):
        mask[t, max(0, t - memory - 1) : t] = True
        mask[t, 0] = True
    return mask


@wrong("5.19", "a negative start of the slice: the first rows stay empty")
def remembered_frames(n_frames, memory):
    mask = torch.zeros(n_frames, n_frames, dtype=torch.bool)
    for t in range(1, n_frames):
        mask[t, t - memory : t] = True
        mask[t, 0] = True
    return mask


@wrong("5.19", "the first frames of the clip are remembered, not the last ones")
def remembered_frames(n_frames, memory):
    t = torch.arange(n_frames)[:, None]
    s = torch.arange(n_frames)[None, :]
    return (s < t) & (s < memory)


@wrong("5.19", "integers 0 and 1")
def remembered_frames(n_frames, memory):
    mask = torch.zeros(n_frames, n_frames, dtype=torch.long)
    for t in range(1, n_frames):
        mask[t, max(0, t - memory) : t] = 1
        mask[t, 0] = 1
    return mask


@wrong("5.19", "True where nothing is fetched")
def remembered_frames(n_frames, memory):
    t = torch.arange(n_frames)[:, None]
    s = torch.arange(n_frames)[None, :]
    return ~((s < t) & ((s >= t - memory) | (s == 0)))


@wrong("5.19", "a list of the frames for each frame")
def remembered_frames(n_frames, memory):
    return [
        sorted({0, *range(max(0, t - memory), t)}) if t else [] for t in range(n_frames)
    ]


@wrong("5.19", "frame 0 takes a place of the memory")
def remembered_frames(n_frames, memory):
    mask = torch.zeros(n_frames, n_frames, dtype=torch.bool)
    for t in range(1, n_frames):
        mask[t, max(0, t - memory + 1) : t] = True
        mask[t, 0] = True
    return mask
