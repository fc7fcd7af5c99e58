"""torch for the page: pyborch on numpy, mended until it agrees with torch.

The only place that knows of pyborch: a real torch for the browser can take its place.
``install()`` puts it where ``import torch`` finds it. Random numbers are torch's own;
``torch.not_here`` lists what was asked for in vain, and no gap becomes a verdict.
"""

from __future__ import annotations

import sys
from types import ModuleType

from .build import module

__all__ = ["install", "module"]


def install() -> ModuleType:
    """Put the page's torch where ``import torch`` finds it."""
    torch = module()
    for name, part in torch.parts.items():
        sys.modules[f"torch.{name}" if name else "torch"] = part
    return torch
