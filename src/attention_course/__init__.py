"""Attention, from embeddings to video: the tested code behind the course."""

from .pictures.show import show

__all__ = ["__version__", "show"]
__version__ = "0.1.0"
