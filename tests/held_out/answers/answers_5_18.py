"""Exercise 5.18: answers written from its statement and stub alone."""

import math

import torch

from ..collect import right, wrong


@right("5.18")
def extent_for_motion(motion, gap, stride):
    far = motion.abs().flatten(0, 2).max(0).values * gap
    return math.ceil(far[0].item() / stride), math.ceil(far[1].item() / stride)


@right("5.18")
def extent_for_motion(motion, gap, stride):
    cells = torch.ceil(motion.abs() * gap / stride)
    return int(cells[..., 0].max()), int(cells[..., 1].max())


@right("5.18")
def extent_for_motion(motion, gap, stride):
    def cells(pixels):
        most = max(float(pixels.max()), -float(pixels.min())) * gap
        whole = int(most // stride)
        return whole + (whole * stride < most)

    return cells(motion[..., 0]), cells(motion[..., 1])


@right("5.18")
def extent_for_motion(motion, gap, stride):
    e_h, e_w = (motion * gap / stride).abs().amax(dim=(0, 1, 2)).ceil().int().tolist()
    return (e_h, e_w)


@wrong("5.18", "floor: a part of a cell is dropped")
def extent_for_motion(motion, gap, stride):
    far = motion.abs().amax(dim=(0, 1, 2)) * gap
    return int(far[0] // stride), int(far[1] // stride)


@wrong("5.18", "rounds to the nearest cell")
def extent_for_motion(motion, gap, stride):
    far = motion.abs().amax(dim=(0, 1, 2)) * gap / stride
    return round(far[0].item()), round(far[1].item())


@wrong("5.18", "always one more: floor plus 1")
def extent_for_motion(motion, gap, stride):
    far = motion.abs().amax(dim=(0, 1, 2)) * gap / stride
    return int(far[0]) + 1, int(far[1]) + 1


@wrong("5.18", "no absolute value: up and left are forgotten")
def extent_for_motion(motion, gap, stride):
    far = motion.amax(dim=(0, 1, 2)) * gap / stride
    return math.ceil(far[0].item()), math.ceil(far[1].item())


@wrong("5.18", "forgets the gap")
def extent_for_motion(motion, gap, stride):
    far = motion.abs().amax(dim=(0, 1, 2)) / stride
    return math.ceil(far[0].item()), math.ceil(far[1].item())


@wrong("5.18", "forgets the stride: pixels, not cells")
def extent_for_motion(motion, gap, stride):
    far = motion.abs().amax(dim=(0, 1, 2)) * gap
    return math.ceil(far[0].item()), math.ceil(far[1].item())


@wrong("5.18", "the mean motion instead of the largest")
def extent_for_motion(motion, gap, stride):
    far = motion.abs().mean(dim=(0, 1, 2)) * gap / stride
    return math.ceil(far[0].item()), math.ceil(far[1].item())


@wrong("5.18", "columns first")
def extent_for_motion(motion, gap, stride):
    far = motion.abs().amax(dim=(0, 1, 2)) * gap / stride
    return math.ceil(far[1].item()), math.ceil(far[0].item())


@wrong("5.18", "one extent for both axes")
def extent_for_motion(motion, gap, stride):
    most = math.ceil(motion.abs().max().item() * gap / stride)
    return most, most


@wrong("5.18", "rounds up before the gap is multiplied")
def extent_for_motion(motion, gap, stride):
    far = (motion.abs().amax(dim=(0, 1, 2)) / stride).ceil() * gap
    return int(far[0]), int(far[1])


@wrong("5.18", "ceil of signed numbers, then the absolute value")
def extent_for_motion(motion, gap, stride):
    far = (motion * gap / stride).ceil().abs().amax(dim=(0, 1, 2))
    return int(far[0]), int(far[1])


@wrong("5.18", "divides by the gap and multiplies by the stride")
def extent_for_motion(motion, gap, stride):
    far = motion.abs().amax(dim=(0, 1, 2)) * stride / gap
    return math.ceil(far[0].item()), math.ceil(far[1].item())


@wrong("5.18", "length of the motion for both axes")
def extent_for_motion(motion, gap, stride):
    far = math.ceil(motion.norm(dim=-1).max().item() * gap / stride)
    return far, far


@wrong("5.18", "the first frame alone")
def extent_for_motion(motion, gap, stride):
    far = motion[0].abs().amax(dim=(0, 1)) * gap / stride
    return math.ceil(far[0].item()), math.ceil(far[1].item())


@wrong("5.18", "adds up the motion of all frames")
def extent_for_motion(motion, gap, stride):
    far = motion.sum(0).abs().amax(dim=(0, 1)) * gap / stride
    return math.ceil(far[0].item()), math.ceil(far[1].item())


@wrong("5.18", "floats")
def extent_for_motion(motion, gap, stride):
    far = (motion.abs().amax(dim=(0, 1, 2)) * gap / stride).ceil()
    return far[0].item(), far[1].item()


@wrong("5.18", "at least one cell even where nothing moves")
def extent_for_motion(motion, gap, stride):
    far = motion.abs().amax(dim=(0, 1, 2)) * gap / stride
    return max(1, math.ceil(far[0].item())), max(1, math.ceil(far[1].item()))


@wrong("5.18", "three extents, with the gap for the frames")
def extent_for_motion(motion, gap, stride):
    far = motion.abs().amax(dim=(0, 1, 2)) * gap / stride
    return gap, math.ceil(far[0].item()), math.ceil(far[1].item())
