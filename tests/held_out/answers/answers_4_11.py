"""Exercise 4.11: answers written from its statement and stub alone."""

import numpy as np
import torch

from ..collect import right, wrong


@right("4.11")
def is_equivariant(layer, x):
    with torch.no_grad():
        y = layer(x)
        for seed in range(8):
            order = torch.randperm(
                len(x), generator=torch.Generator().manual_seed(seed)
            )
            if not torch.allclose(layer(x[order]), y[order], rtol=1e-3, atol=1e-4):
                return False
    return True


@right("4.11")
def is_equivariant(layer, x):
    # neighbours swapped: every order comes from such swaps
    T = x.shape[0]
    y = layer(x).detach()
    size = y.abs().max().item() + 1e-6

    def swap(t):
        order = list(range(T))
        order[t], order[t + 1] = order[t + 1], order[t]
        return order

    return all(
        ((layer(x[swap(t)]).detach() - y[swap(t)]).abs().max() / size).item() < 1e-4
        for t in range(T - 1)
    )


@right("4.11")
def is_equivariant(layer, x):
    y = layer(x).detach().double().numpy()
    worst = 0.0
    rng = np.random.default_rng(0)
    for _ in range(10):
        order = rng.permutation(len(x))
        z = layer(x[torch.from_numpy(order)]).detach().double().numpy()
        worst = max(worst, float(np.abs(z - y[order]).max()))
    return worst <= 1e-4 * max(1.0, float(np.abs(y).max()))


@right("4.11")
def is_equivariant(layer, x):
    torch.manual_seed(1)
    verdicts = []
    for _ in range(6):
        matrix = torch.eye(len(x), dtype=x.dtype)[torch.randperm(len(x))]
        before, after = layer(matrix @ x), matrix @ layer(x)
        verdicts.append(torch.allclose(before, after, rtol=1e-4, atol=1e-4))
    return False not in verdicts


@wrong("4.11", "compares exactly: rounding makes attention fail")
def is_equivariant(layer, x):
    order = torch.randperm(len(x))
    return torch.equal(layer(x[order]), layer(x)[order])


@wrong("4.11", "tests invariance: the result must not move at all")
def is_equivariant(layer, x):
    order = torch.randperm(len(x))
    return torch.allclose(layer(x[order]), layer(x), atol=1e-4)


@wrong("4.11", "undoes the shuffle instead of applying it to the result")
def is_equivariant(layer, x):
    order = torch.randperm(len(x))
    return torch.allclose(layer(x[order]), layer(x)[order.argsort()], atol=1e-4)


@wrong("4.11", "shuffles the numbers of the vectors, not the places")
def is_equivariant(layer, x):
    order = torch.randperm(x.shape[1])
    return torch.allclose(layer(x[:, order]), layer(x)[:, order], atol=1e-4)


@wrong("4.11", "answer inverted")
def is_equivariant(layer, x):
    order = torch.randperm(len(x))
    return not torch.allclose(layer(x[order]), layer(x)[order], rtol=1e-3, atol=1e-4)


@wrong("4.11", "returns a tensor")
def is_equivariant(layer, x):
    order = torch.randperm(len(x))
    y = layer(x)
    return ((layer(x[order]) - y[order]).abs() < 1e-4 * (1 + y.abs().max())).all()


@wrong("4.11", "tries only the reverse order, which symmetric convolutions survive")
def is_equivariant(layer, x):
    return torch.allclose(layer(x.flip(0)), layer(x).flip(0), rtol=1e-3, atol=1e-4)


@wrong("4.11", "tries only a shift round the ring")
def is_equivariant(layer, x):
    return torch.allclose(
        layer(x.roll(1, 0)), layer(x).roll(1, 0), rtol=1e-3, atol=1e-4
    )


@wrong("4.11", "swaps only the first two places")
def is_equivariant(layer, x):
    order = torch.arange(len(x))
    order[0], order[1] = 1, 0
    return torch.allclose(layer(x[order]), layer(x)[order], rtol=1e-3, atol=1e-4)


@wrong("4.11", "swaps only the first and the last place")
def is_equivariant(layer, x):
    order = torch.arange(len(x))
    order[0], order[-1] = len(x) - 1, 0
    return torch.allclose(layer(x[order]), layer(x)[order], rtol=1e-3, atol=1e-4)


@wrong("4.11", "adds up the differences, which cancel")
def is_equivariant(layer, x):
    order = torch.randperm(len(x))
    return abs((layer(x[order]) - layer(x)[order]).sum().item()) < 1e-2


@wrong("4.11", "far too tolerant")
def is_equivariant(layer, x):
    order = torch.randperm(len(x))
    return torch.allclose(layer(x[order]), layer(x)[order], atol=1.0)


@wrong("4.11", "one equal number is enough (any instead of all)")
def is_equivariant(layer, x):
    order = torch.randperm(len(x))
    return bool(
        torch.isclose(layer(x[order]), layer(x)[order], rtol=1e-3, atol=1e-4).any()
    )


@wrong("4.11", "shuffles the caller's x")
def is_equivariant(layer, x):
    y = layer(x)
    order = torch.randperm(len(x))
    x[:] = x[order].clone()
    return torch.allclose(layer(x), y[order], rtol=1e-3, atol=1e-4)


@wrong("4.11", "another shuffle before than after")
def is_equivariant(layer, x):
    before = layer(x[torch.randperm(len(x))])
    after = layer(x)[torch.randperm(len(x))]
    return torch.allclose(before, after, rtol=1e-3, atol=1e-4)


@wrong("4.11", "looks at the first place only")
def is_equivariant(layer, x):
    order = torch.randperm(len(x))
    return torch.allclose(layer(x[order])[0], layer(x)[order][0], rtol=1e-3, atol=1e-4)


@wrong("4.11", "compares the shuffled result with itself: always True")
def is_equivariant(layer, x):
    order = torch.randperm(len(x))
    y = layer(x[order])
    return torch.allclose(y, y.clone(), rtol=1e-3, atol=1e-4)


@wrong("4.11", "compares sorted results: any order will do")
def is_equivariant(layer, x):
    order = torch.randperm(len(x))
    a, b = layer(x[order]).sort(0).values, layer(x).sort(0).values
    return torch.allclose(a, b, rtol=1e-3, atol=1e-4)


@wrong(
    "4.11", "reverse order only, and invariance instead of equivariance (two mistakes)"
)
def is_equivariant(layer, x):
    return torch.allclose(layer(x.flip(0)), layer(x), rtol=1e-3, atol=1e-4)
