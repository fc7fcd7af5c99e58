"""Chapter 1: train a table of word vectors, from neighbours or from counts of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import islice
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from ..embedding import lookup, negative_sampling_loss, ppmi, skip_gram_pairs
from ..shapes import (
    a,
    any_dtype,
    check_list,
    check_texts,
    check_whole,
    checked,
    integer,
    number,
    positive,
    strings,
)
from .training import seeded

__all__ = [
    "Corpus",
    "SkipGramRun",
    "count_pairs",
    "make_corpus",
    "nearest_of_kind",
    "shuffle_corpus",
    "svd_vectors",
    "train_skip_gram",
]


class Corpus(NamedTuple):
    """A text as numbers: the words it knows, the most frequent first."""

    words: list[str]
    ids: Tensor  # (N,), every word of the text
    sentence: Tensor  # (N,), the number of the sentence that it stands in

    def counts(self) -> Tensor:
        """Count how often each word occurs ``(vocab_size,)``."""
        return torch.bincount(self.ids, minlength=len(self.words)).float()


@checked(min_count=positive)
def make_corpus(sentences: Sequence[Sequence[str]], min_count: int = 5) -> Corpus:
    """Number the words of a text, and leave rare ones out.

    Args:
        sentences: lists of words.
        min_count: a word that occurs less often is left out of the text.

    Returns:
        A :class:`Corpus`.

    Raises:
        TypeError, ValueError: no lists of words, or no word that is frequent enough.

    Source: Mikolov et al. 2013 (arXiv 1310.4546), section 2.3. Chapter 1.
    """
    check_list("sentences", sentences, "sentences, each a list of words")
    for sentence in sentences:
        check_texts("sentences", sentence)
    counts = Counter(word for sentence in sentences for word in sentence)
    words = [word for word, n in counts.most_common() if n >= min_count]
    if not words:
        wanted = f"a word that occurs {min_count} times"
        raise ValueError(f"sentences: expected {wanted}, got none")
    number_of = {word: i for i, word in enumerate(words)}
    kept = [
        (number_of[word], n)
        for n, sentence in enumerate(sentences)
        for word in sentence
        if word in number_of
    ]
    ids, sentence_of = torch.tensor(kept).unbind(dim=1)  # (N,) twice
    return Corpus(words, ids, sentence_of)


@checked(corpus=a(Corpus), seed=integer)
def shuffle_corpus(corpus: Corpus, seed: int) -> Corpus:
    """Put the words of a text in random order: each occurs as often, next to anything.

    Args:
        corpus: a text.
        seed: the same seed gives the same order.

    Source: chapter 1, a control.
    """
    draw = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(corpus.ids), generator=draw)
    return corpus._replace(ids=corpus.ids[order])


class SkipGramRun(NamedTuple):
    """What a training left: the table at some of its steps, and every step's loss."""

    tables: dict[int, Tensor]  # step → (vocab_size, d_model); 0 is before the first
    losses: list[float]

    def table(self) -> Tensor:
        """Return the table of the last step that was kept."""
        return self.tables[max(self.tables)]


@checked(
    corpus=a(Corpus),
    n_steps=positive,
    d_model=positive,
    window=positive,
    n_noise=positive,
    batch_size=positive,
    lr=number(above=0),
    seed=integer,
)
def train_skip_gram(
    corpus: Corpus,
    *,
    n_steps: int = 1000,
    keep: Collection[int] = (),
    d_model: int = 64,
    window: int = 5,
    n_noise: int = 5,
    batch_size: int = 2048,
    lr: float = 0.01,
    seed: int = 0,
) -> SkipGramRun:
    """Train a table by skip-gram with negative sampling.

    Two tables are trained: one for words as centres, one for words as neighbours. The
    first is the one to use. Adam's rate falls linearly to a hundredth.

    Args:
        corpus: the text.
        n_steps: how many batches of pairs.
        keep: the steps whose table is kept, beside the last one's.
        d_model: numbers in a vector.
        window: how many words to each side are neighbours.
        n_noise: random words for each real neighbour.
        batch_size: pairs in a step.
        lr: Adam's learning rate at the start.
        seed: for all random numbers here; those outside are left as they were.

    Returns:
        A :class:`SkipGramRun`.

    Raises:
        TypeError, ValueError: no corpus, or a number that is not positive.

    Source: Mikolov et al. 2013 (arXiv 1310.4546), section 2.2. Chapter 1.
    """
    check_list("keep", keep, "steps")
    if not len(skip_gram_pairs(corpus.ids, corpus.sentence, 1)[0]):
        raise ValueError("corpus: expected two words in one sentence, got none")
    kept = {check_whole("keep", step, 0) for step in keep} | {n_steps}
    tables, losses = {}, []
    with seeded(seed), torch.enable_grad():
        size = len(corpus.words), d_model
        centre = (0.1 * torch.randn(size)).requires_grad_()
        context = torch.zeros(size).requires_grad_()
        optimizer = torch.optim.Adam([centre, context], lr=lr)
        rates = torch.optim.lr_scheduler.LinearLR(optimizer, 1.0, 0.01, n_steps)
        often = corpus.counts() ** 0.75  # how often each word is drawn as noise
        if 0 in kept:
            tables[0] = centre.detach().clone()
        batches = islice(_batches(corpus, window, batch_size), n_steps)
        for step, (word, neighbour) in enumerate(batches, start=1):
            noise = torch.multinomial(often, n_noise * len(word), replacement=True)
            loss = negative_sampling_loss(
                lookup(word, centre),
                lookup(neighbour, context),
                lookup(noise.view(-1, n_noise), context),
            )
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            rates.step()
            losses.append(loss.item())
            if step in kept:
                tables[step] = centre.detach().clone()
    return SkipGramRun(tables, losses)


def _batches(
    corpus: Corpus, window: int, batch_size: int
) -> Iterator[tuple[Tensor, Tensor]]:
    """Give pairs without end. Each time round, frequent words are thinned out anew."""
    share = corpus.counts() / len(corpus.ids)
    keep = (1e-4 / share).sqrt()  # (vocab_size,): the chance to stay
    while True:
        stay = torch.rand(len(corpus.ids)) < keep[corpus.ids]  # (N,)
        words, neighbours = skip_gram_pairs(
            corpus.ids[stay], corpus.sentence[stay], window
        )
        for batch in torch.randperm(len(words)).split(batch_size):
            if len(batch):  # of a small text nothing may stay
                yield words[batch], neighbours[batch]


@checked(corpus=a(Corpus), window=positive)
def count_pairs(corpus: Corpus, window: int = 5) -> Tensor:
    """Count how often each word has each other for a neighbour.

    Args:
        corpus: the text.
        window: how many words to each side are neighbours.

    Returns:
        Counts ``(vocab_size, vocab_size)``, the same both ways round.

    Source: Levy and Goldberg 2014, section 4.1. Chapter 1.
    """
    V = len(corpus.words)
    words, neighbours = skip_gram_pairs(corpus.ids, corpus.sentence, window)
    counts = torch.bincount(words * V + neighbours, minlength=V * V)
    return counts.view(V, V).float()  # (V, V)


@checked(corpus=a(Corpus), d_model=positive, window=positive)
def svd_vectors(corpus: Corpus, d_model: int = 64, window: int = 5) -> Tensor:
    r"""Make word vectors without training: counts, PPMI, and its largest directions.

    Formula: ``PPMI ≈ U Σ Vᵀ``, vectors ``U √Σ``

    Args:
        corpus: the text.
        d_model: numbers in a vector: how many directions are kept.
        window: how many words to each side are neighbours.

    Returns:
        Vectors ``(vocab_size, d_model)``.

    Source: Levy and Goldberg 2014, section 4.2. Chapter 1.
    """
    if d_model > len(corpus.words):
        most = f"at most {len(corpus.words)}, the words of the corpus"
        raise ValueError(f"d_model: expected {most}, got {d_model}")
    with seeded(0):  # the directions are found from a random start
        table = ppmi(count_pairs(corpus, window))
        u, strength, _ = torch.svd_lowrank(table, q=d_model, niter=4)
    return u * strength.sqrt()  # (vocab_size, d_model)


@checked(vectors=any_dtype("vocab_size d_model"), words=strings)
def nearest_of_kind(
    vectors: Tensor, words: Sequence[str], kinds: Mapping[str, str]
) -> float:
    """Tell how many words have a word of their own kind for their nearest neighbour.

    Only words that have a kind are asked, and only among them is the nearest sought.

    Args:
        vectors: ``(vocab_size, d_model)``.
        words: the word of each row.
        kinds: for some of the words their kind.

    Returns:
        The share of right ones, from 0 to 1.

    Raises:
        TypeError, ValueError: not as many words as rows, or fewer than two with a kind.

    Source: chapter 1.
    """
    if len(words) != len(vectors):
        raise ValueError(
            f"words: expected one for each of {len(vectors)} rows, got {len(words)}"
        )
    if not isinstance(kinds, Mapping):
        raise TypeError(f"kinds: expected a kind for each word, got {kinds!r}")
    rows = [i for i, word in enumerate(words) if word in kinds]
    if len(rows) < 2:
        raise ValueError(f"kinds: expected kinds of two words or more, got {len(rows)}")
    unit = normalize(vectors[rows], dim=-1)  # (n_rows, d_model)
    nearest = (unit @ unit.T).fill_diagonal_(-2).argmax(dim=1).tolist()
    kind = [kinds[words[row]] for row in rows]
    return sum(kind[i] == kind[j] for i, j in enumerate(nearest)) / len(rows)
