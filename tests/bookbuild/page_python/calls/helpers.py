"""What the calls share: tensors, and what changes them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def data(t: Any) -> SimpleNamespace:
    """Tensors of several sizes and dtypes, the same numbers in both torches."""
    g = t.Generator().manual_seed(3)
    return SimpleNamespace(
        g=g,
        s=t.tensor(2.5),
        n=t.tensor(2),
        v=t.randn(5, generator=g),
        w=t.randn(5, generator=g),
        x=t.randn(3, 5, generator=g),
        y=t.randn(3, 5, generator=g),
        z=t.randn(2, 3, 5, generator=g),
        q=t.randn(2, 7, 5, generator=g),
        k=t.randn(2, 3, 7, 5, generator=g),
        e=t.zeros(0, 5),
        i=t.randint(0, 5, (3, 5), generator=g),
        j=t.tensor([2, 0, 1]),
        m=t.randn(3, 5, generator=g) > 0,
        r=t.tensor([[1, 1, 0, 0, 0], [1, 1, 1, 1, 1], [1, 0, 0, 0, 0]]).bool(),
        d=t.randn(3, 5, generator=g).double(),
        h=t.tensor([[0.5, -0.5, 1.5], [2.5, -1.5, 3.0]]),
        inf=t.tensor([float("inf"), 1.0, float("nan"), -float("inf")]),
    )


def a_module(t: Any) -> Any:
    class Scaled(t.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.factor = t.nn.Parameter(t.tensor(2.0))
            self.register_buffer("shift", t.ones(5))

        def forward(self, x: Any) -> Any:
            return x * self.factor + self.shift

    return Scaled()


def put(x: Any, place: Any, value: Any) -> Any:
    x[place] = value
    return x


def changed(x: Any, change: Any) -> Any:
    change(x)
    return x


def inplace(x: Any, y: Any) -> Any:
    z = x
    z += y
    z *= 2
    z -= 1
    z /= 3
    return [x, z]


def seeded(t: Any, make: Any) -> Any:
    t.manual_seed(5)
    made = make()
    return made.detach() if isinstance(made, t.Tensor) else made


def gradient(t: Any, x: Any, loss: Any) -> Any:
    leaf = x.clone().requires_grad_()
    loss(leaf).backward()
    return leaf.grad


def without_gradient(t: Any, x: Any) -> Any:
    leaf = x.clone().requires_grad_()
    with t.no_grad():
        inside = (leaf * 2).requires_grad
    return [inside, (leaf * 2).requires_grad, (leaf * 2).detach().requires_grad]
