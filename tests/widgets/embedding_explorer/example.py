"""How the embedding explorer is shown to the tests that run over every widget."""

from __future__ import annotations

from attention_course.widgets import EmbeddingExplorer
from tests.widgets.example import HOSTILE, Example


def largest_embedding_explorer():
    return EmbeddingExplorer(vocab_size=12, dim=8, words=["a long word"] * 12)


EXAMPLE = Example(
    chapter=1,
    usual=EmbeddingExplorer,
    changed={"vocab_size": 9, "token": 8, "dim": 3, "words": ["zero", "one"]},
    largest=largest_embedding_explorer,
    n_colours=20,
    hostile=lambda: EmbeddingExplorer(words=[HOSTILE, "&lt;"], token=1),
    texts={".ac-rows tbody th .ac-pick": [f"0 {HOSTILE}", "1 &lt;", *"23456"]},
    n_sliders=3,
    n_controls=5,
    moves=dict.fromkeys(
        ("Token", "Vocabulary size K", "Dimension k"), largest_embedding_explorer
    ),
    scrolls=("Embedding table",),
)
