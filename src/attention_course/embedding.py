"""Chapter 1: embeddings. Words and pictures become sequences of vectors.

Words are cut into pieces by merges; their table is trained by telling neighbours from
words drawn at random, or made from counts.

A token's vector is a row of a table. A picture's vectors are linear projections
of its blocks. Both end as ``(..., T, d_model)``, which is all that attention asks
for; positions say where in the sequence, picture or video each vector stands.

Pictures and videos are channel-last: ``(..., H, W, C)`` and ``(..., F, H, W, C)``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .shapes import by_patch, checked, each_axis, integers, number, positive, several
from .shapes.words import piece_pairs, some_word, word_counts

__all__ = [
    "PatchEmbedding",
    "TokenEmbedding",
    "cut_word",
    "learn_merges",
    "lookup",
    "nearest_neighbours",
    "negative_sampling_loss",
    "one_hot",
    "one_hot_lookup",
    "patchify",
    "ppmi",
    "sinusoidal_positions",
    "skip_gram_pairs",
    "unpatchify",
]

PATCH = several(2, 3, one_for_all=True, wanted="one number, or two or three sizes")


Pieces = list[str]


def merge(pieces: Pieces, pair: tuple[str, str]) -> Pieces:
    """Join each occurrence of a pair of neighbouring pieces, from the left."""
    joined: Pieces = []
    for piece in pieces:
        if joined and (joined[-1], piece) == pair:
            joined[-1] += piece.removeprefix("##")
        else:
            joined.append(piece)
    return joined


def letters(word: str) -> Pieces:
    """Cut a word into its letters; ``##`` marks what continues a word."""
    return [word[0], *(f"##{letter}" for letter in word[1:])]


@checked(counts=word_counts, n_merges=positive)
def learn_merges(counts: Mapping[str, int], n_merges: int) -> list[tuple[str, str]]:
    r"""Learn which pieces of words to join: byte-pair encoding.

    Every word starts as its letters. Each step joins, in all words, the pair of
    neighbouring pieces that occurs most often; of several, the last in the alphabet.

    Args:
        counts: how often each word occurs.
        n_merges: how many pairs to join; fewer are, if every word is whole before.

    Returns:
        The pairs in the order in which they were joined. A piece that continues a word
        starts with ``##``.

    Raises:
        TypeError, ValueError: a word without letters, or a count that is no whole number
            from 1.

    Source: Sennrich et al. 2016 (arXiv 1508.07909), algorithm 1. Chapter 1.
    """
    words = {word: letters(word) for word in counts}
    merges: list[tuple[str, str]] = []
    while len(merges) < n_merges:
        pairs: Counter[tuple[str, str]] = Counter()
        for word, pieces in words.items():
            for pair in pairwise(pieces):
                pairs[pair] += counts[word]
        if not pairs:
            break
        merges.append(max(pairs, key=lambda pair: (pairs[pair], pair)))
        words = {word: merge(pieces, merges[-1]) for word, pieces in words.items()}
    return merges


@checked(word=some_word, merges=piece_pairs)
def cut_word(word: str, merges: Sequence[tuple[str, str]]) -> list[str]:
    r"""Cut a word into pieces: its letters, joined pair by pair.

    Args:
        word: any word, known or not.
        merges: what :func:`learn_merges` returns.

    Returns:
        Its pieces; all but the first start with ``##``.

    Raises:
        TypeError, ValueError: no word, or no pairs.

    Source: Sennrich et al. 2016 (arXiv 1508.07909), section 3.2. Chapter 1.
    """
    pieces = letters(word)
    for pair in merges:
        pieces = merge(pieces, pair)
    return pieces


@checked(vocab_size=positive, ids=integers(below="vocab_size"))
def one_hot(ids: Tensor, vocab_size: int) -> Tensor:
    r"""Write each token number as a vector of zeros with a single one.

    Formula: ``vectors[..., k] = 1 if ids[...] = k else 0``

    Args:
        ids: integers ``(...)`` from 0 to ``vocab_size - 1``.
        vocab_size: how many different tokens there are, ``K``.

    Returns:
        Zeros and ones ``(..., vocab_size)``, in torch's default float type.

    Raises:
        TypeError: ``ids`` holds no integers.
        IndexError: a number outside the vocabulary, which the error names.

    Source: Bengio et al. 2003, section 2. Chapter 1.
    """
    classes = torch.arange(vocab_size, device=ids.device)
    hits = ids.long().unsqueeze(-1) == classes  # (..., vocab_size)
    return hits.to(torch.get_default_dtype())


@checked(table="vocab_size d_model", ids=integers(below="vocab_size"))
def one_hot_lookup(ids: Tensor, table: Tensor) -> Tensor:
    r"""Look rows up by a matrix product: slow, but only algebra.

    Formula: ``vectors = one_hot(ids) table``

    Args:
        ids: integers ``(...)`` from 0 to ``vocab_size - 1``.
        table: ``(vocab_size, d_model)``.

    Returns:
        Vectors ``(..., d_model)``, equal to :func:`lookup`'s.

    Raises:
        TypeError, ValueError, IndexError: as :func:`lookup`.

    Source: Bengio et al. 2003, section 2. Chapter 1.
    """
    return one_hot(ids, len(table)).to(table.dtype) @ table  # (..., d_model)


@checked(table="vocab_size d_model", ids=integers(below="vocab_size"))
def lookup(ids: Tensor, table: Tensor) -> Tensor:
    r"""Look rows up by their number.

    Formula: ``vectors[..., :] = table[ids[...], :]``

    Args:
        ids: integers ``(...)`` from 0 to ``vocab_size - 1``.
        table: ``(vocab_size, d_model)``, one row for each token.

    Returns:
        Vectors ``(..., d_model)``. The gradient reaches only the rows looked up, and
        adds up where a row is used more than once.

    Raises:
        TypeError: ``ids`` holds no integers, or ``table`` is not floating-point.
        ValueError: ``table`` has not two axes.
        IndexError: a number outside the table, which the error names.

    Source: Bengio et al. 2003, section 2, matrix C. Chapter 1.
    """
    # As long: torch takes ids of type uint8 for a mask.
    return table[ids.long()]  # (..., d_model)


class TokenEmbedding(nn.Module):
    r"""A trainable table with one row for each token.

    Formula: ``vectors[..., :] = weight[ids[...], :]``

    Args:
        vocab_size: how many different tokens there are, ``K``.
        d_model: dimension of each vector, ``k``.

    Shapes:
        ids ``(...)`` → vectors ``(..., d_model)``. ``weight`` is
        ``(vocab_size, d_model)`` and starts normal, mean 0, variance 1, as in
        ``torch.nn.Embedding``.

    Raises:
        TypeError, ValueError, IndexError: as :func:`lookup`.

    Source: Bengio et al. 2003, section 2, matrix C. Chapter 1.
    """

    @checked(vocab_size=positive, d_model=positive)
    def __init__(self, vocab_size: int, d_model: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(vocab_size, d_model))

    def forward(self, ids: Tensor) -> Tensor:
        return lookup(ids, self.weight)  # (..., d_model)


@checked(vector="d_model", table="vocab_size d_model", n_nearest=positive)
def nearest_neighbours(
    vector: Tensor, table: Tensor, n_nearest: int
) -> tuple[Tensor, Tensor]:
    r"""Find the rows of a table that point most nearly the way a vector does.

    Formula: ``similarity[i] = vector · table[i] / (|vector| |table[i]|)``

    Args:
        vector: ``(d_model,)``.
        table: ``(vocab_size, d_model)``.
        n_nearest: how many rows to return.

    Returns:
        ``(ids, similarities)``, both ``(n_nearest,)``, most similar first;
        similarities are cosines, from -1 to 1.

    Raises:
        TypeError, ValueError: shapes that do not fit, or more neighbours than rows.

    Source: Mikolov et al. 2013 (arXiv 1301.3781), section 4. Chapter 1.
    """
    if n_nearest > len(table):
        wanted = f"at most the table's {len(table)} rows"
        raise ValueError(f"n_nearest: expected {wanted}, got {n_nearest}")
    cosines = torch.cosine_similarity(vector, table, dim=-1)  # (vocab_size,)
    similarities, ids = cosines.topk(n_nearest)
    return ids, similarities


@checked(ids=integers("N"), sentence=integers("N"), window=positive)
def skip_gram_pairs(
    ids: Tensor, sentence: Tensor, window: int
) -> tuple[Tensor, Tensor]:
    r"""List every word with each of its neighbours: what skip-gram learns from.

    Formula: ``{(ids[i], ids[j]) : 1 ≤ |i - j| ≤ window, sentence[i] = sentence[j]}``

    Args:
        ids: the words of a text as numbers, ``(N,)``, one sentence after the other.
        sentence: the number of the sentence that each word stands in, ``(N,)``.
        window: how many words to each side are neighbours.

    Returns:
        ``(centres, contexts)``, both ``(n_pairs,)``: every pair is there both ways round.

    Raises:
        TypeError, ValueError, IndexError: no integers, or axes that do not fit.

    Source: Mikolov et al. 2013 (arXiv 1301.3781), section 3.2. Chapter 1.
    """
    left, right = [], []
    for distance in range(1, window + 1):
        together = sentence[distance:] == sentence[:-distance]  # (N - distance,)
        left.append(ids[:-distance][together])
        right.append(ids[distance:][together])
    return torch.cat(left + right), torch.cat(right + left)  # (n_pairs,) twice


@checked(centre="B d_model", context="B d_model", noise="B n_noise d_model")
def negative_sampling_loss(centre: Tensor, context: Tensor, noise: Tensor) -> Tensor:
    r"""Tell real neighbours from words drawn at random: the loss of skip-gram.

    Formula: ``L = -mean_b(log σ(u_b · v_b) + Σ_n log σ(-u_b · v_bn))``

    Args:
        centre: vectors ``u`` of words, ``(B, d_model)``.
        context: vectors ``v`` of a real neighbour of each, ``(B, d_model)``.
        noise: vectors ``v`` of random words for each, ``(B, n_noise, d_model)``.

    Returns:
        The loss, one number.

    Raises:
        TypeError, ValueError: shapes that do not fit.

    Source: Mikolov et al. 2013 (arXiv 1310.4546), equation 4. Chapter 1.
    """
    real = torch.einsum("bd,bd->b", centre, context)  # (B,)
    drawn = torch.einsum("bd,bnd->bn", centre, noise)  # (B, n_noise)
    return -(F.logsigmoid(real) + F.logsigmoid(-drawn).sum(dim=-1)).mean()


@checked(counts="vocab_size vocab_size")
def ppmi(counts: Tensor) -> Tensor:
    r"""Weigh counts of pairs: how much more often do two words meet than by chance?

    Formula: ``PPMI[i, j] = max(0, log(p[i, j] / (p[i] p[j])))``, with ``p`` the shares of
    all pairs, and 0 where a pair never occurs

    Args:
        counts: how often word ``i`` has word ``j`` for a neighbour, ``(V, V)``, from 0.

    Returns:
        Positive pointwise mutual information, ``(V, V)``.

    Raises:
        TypeError, ValueError: no square table of floating-point numbers.

    Source: Levy and Goldberg 2014, section 4.1. Chapter 1.
    """
    by_row, by_column = counts.sum(dim=1, keepdim=True), counts.sum(dim=0)
    expected = by_row * by_column / counts.sum()  # (V, V)
    return torch.log(counts / expected).nan_to_num(0.0, neginf=0.0).clamp(min=0)


@checked(patch=PATCH, grid=by_patch("... F H W C", divided=True))
def patchify(grid: Tensor, patch: int | Sequence[int]) -> Tensor:
    r"""Cut a picture or a video into blocks and write each block as one long vector.

    Formula: ``blocks[..., I, J, (i · pW + j) · C + c] = grid[..., I · pH + i, J · pW + j, c]``

    Args:
        grid: ``(..., H, W, C)``; with a patch of three sizes ``(..., F, H, W, C)``.
        patch: the block's size along each axis, ``(pH, pW)`` or ``(pF, pH, pW)``; one
            number stands for a square block. Every size must divide its axis.

    Returns:
        Blocks ``(..., H / pH, W / pW, pH · pW · C)``: still a grid, of blocks now.

    Raises:
        TypeError, ValueError: wrong rank, or a patch that does not divide the grid.

    Source: Dosovitskiy et al. 2021 (arXiv 2010.11929), section 3.1. Chapter 1.
    """
    sizes = each_axis(patch, 2)
    n = len(sizes)
    for axis, size in enumerate(reversed(sizes), start=1):
        grid = grid.unflatten(-2 * axis, (-1, size))  # first W, then H, then F
    # (..., H / pH, pH, W / pW, pW, C): the pixels of a block belong side by side.
    blocks = grid.movedim(tuple(range(-2 * n, 0, 2)), tuple(range(-n - 1, -1)))
    return blocks.flatten(-n - 1)  # (..., H / pH, W / pW, pH · pW · C)


@checked(patch=PATCH, blocks=by_patch("... nF nH nW D"))
def unpatchify(blocks: Tensor, patch: int | Sequence[int]) -> Tensor:
    r"""Put the blocks of :func:`patchify` back together: its exact inverse.

    Formula: ``grid[..., I · pH + i, J · pW + j, c] = blocks[..., I, J, (i · pW + j) · C + c]``

    Args:
        blocks: ``(..., nH, nW, pH · pW · C)``, or with one more axis for a video.
        patch: the sizes given to :func:`patchify`.

    Returns:
        The grid ``(..., nH · pH, nW · pW, C)``.

    Raises:
        TypeError, ValueError: wrong rank, or vectors that no such block can have.

    Source: Dosovitskiy et al. 2021 (arXiv 2010.11929), section 3.1. Chapter 1.
    """
    sizes = each_axis(patch, 2)
    n = len(sizes)
    if blocks.shape[-1] % math.prod(sizes):
        raise ValueError(
            f"blocks: expected D to be a multiple of {math.prod(sizes)} (the patch), "
            f"got D = {blocks.shape[-1]}, shape {tuple(blocks.shape)}"
        )
    pixels = blocks.unflatten(-1, (*sizes, -1))  # (..., nH, nW, pH, pW, C)
    grid = pixels.movedim(tuple(range(-n - 1, -1)), tuple(range(-2 * n, 0, 2)))
    for axis in range(n):  # (..., nH, pH, nW, pW, C): first W, then H, then F
        grid = grid.flatten(-3 - axis, -2 - axis)
    return grid  # (..., nH · pH, nW · pW, C)


class PatchEmbedding(nn.Module):
    r"""Cut a picture or video into blocks and project each one to ``d_model`` numbers.

    Formula: ``tokens = patchify(grid, patch) Wᵀ + b``

    Args:
        patch: the block's size along each axis, as for :func:`patchify`.
        in_channels: numbers for each pixel, ``C``: 1 for grey, 3 for colour.
        d_model: dimension of each token.

    Shapes:
        grid ``(..., H, W, C)`` → tokens ``(..., H / pH, W / pW, d_model)``.
        ``project.weight`` is ``(d_model, pH · pW · C)``. For a picture this is
        ``torch.nn.Conv2d`` with kernel and stride equal to the patch.

    Raises:
        TypeError, ValueError: as :func:`patchify`, or the wrong number of channels,
            or a grid of another dtype than the weights.

    Source: Dosovitskiy et al. 2021 (arXiv 2010.11929), equation 1. Chapter 1.
    """

    @checked(patch=PATCH, in_channels=positive, d_model=positive)
    def __init__(
        self, patch: int | Sequence[int], in_channels: int, d_model: int
    ) -> None:
        super().__init__()
        self.patch = each_axis(patch, 2)
        self.in_channels = in_channels
        self.project = nn.Linear(math.prod(self.patch) * in_channels, d_model)

    @checked(
        grid=by_patch("... F H W C", C="in_channels", floating=True),
        weight="project.weight",
    )
    def forward(self, grid: Tensor) -> Tensor:
        blocks = patchify(grid, self.patch)  # (..., H / pH, W / pW, pH · pW · C)
        return self.project(blocks)  # (..., H / pH, W / pW, d_model)


@checked(
    sizes=several(1, 2, 3, one_for_all=True, wanted="1 to 3 axes"),
    d_model=positive,
    base=number(above=0),
)
def sinusoidal_positions(
    sizes: int | Sequence[int], d_model: int, *, base: float = 10_000.0
) -> Tensor:
    r"""Give every position of a sequence, picture or video its own vector of waves.

    Formula, one axis: ``p[t, 2i] = sin(t / base^(2i / d))``, ``p[t, 2i + 1] = cos(…)``.
    With n axes each axis has ``d = d_model / n`` entries, set side by side.

    Args:
        sizes: ``T``, or ``(H, W)``, or ``(F, H, W)``.
        d_model: dimension of each vector, a multiple of twice the number of axes.
        base: wavelengths run from 2π to 2π · base^((d − 2) / d) positions.

    Returns:
        Positions ``(*sizes, d_model)``, from -1 to 1.

    Raises:
        TypeError, ValueError: sizes that are not positive integers, more than three
            axes, a ``d_model`` that cannot be shared out, or a base not above zero.

    Source: Vaswani et al. 2017 (arXiv 1706.03762), section 3.5. Chapters 1 and 4.
    """
    shape = each_axis(sizes, 1)
    if d_model % (2 * len(shape)):
        raise ValueError(
            f"d_model: expected a multiple of {2 * len(shape)} "
            f"(sine and cosine for {len(shape)} axes), got {d_model}"
        )
    d_axis = d_model // len(shape)
    frequencies = base ** (-torch.arange(0, d_axis, 2) / d_axis)  # (d_axis / 2,)
    parts = []
    for axis, size in enumerate(shape):
        angles = torch.arange(size).unsqueeze(-1) * frequencies  # (size, d_axis / 2)
        waves = torch.stack([angles.sin(), angles.cos()], dim=-1)
        waves = waves.flatten(-2)  # (size, d_axis)
        view = [1] * len(shape) + [d_axis]
        view[axis] = size
        waves = waves.view(view)  # (1, size, 1, d_axis): the same along other axes
        parts.append(waves.expand(*shape, d_axis))
    return torch.cat(parts, dim=-1)  # (*sizes, d_model)
