"""The callables that train a table of words, with good arguments and their kinds."""

from __future__ import annotations

import torch

from attention_course import embedding
from attention_course.lab import word_vectors
from tests.bad_input.kinds import (
    count,
    floats,
    given,
    ids,
    number,
    object_of,
    seed,
    text,
    texts,
)
from tests.bad_input.survey import entry

MERGES = [("a", "##b"), ("ab", "##c")]
TEXT = [["a", "b", "c"], ["b", "a"]]
CORPUS = word_vectors.make_corpus(TEXT, min_count=1)
WINDOW = count(2)

WORDS = [
    entry(
        "embedding.learn_merges",
        embedding.learn_merges,
        counts=given(
            {"ab": 2},
            nothing=None,
            a_list=["ab"],
            a_string="ab",
            an_empty_word={"": 1},
            a_number={3: 1},
            never={"ab": 0},
            half={"ab": 0.5},
        ),
        n_merges=count(1),
    ),
    entry(
        "embedding.cut_word",
        embedding.cut_word,
        word=text("abc").also(empty=""),
        merges=given(
            MERGES,
            nothing=None,
            a_string="ab",
            strings=["ab"],
            three=[("a", "b", "c")],
            numbers=[(1, 2)],
        ),
    ),
    entry(
        "embedding.skip_gram_pairs",
        embedding.skip_gram_pairs,
        ids=ids(torch.tensor([3, 1, 2])).also(two_axes=torch.zeros(3, 1).long()),
        sentence=ids(torch.tensor([0, 0, 1])).also(one_short=torch.tensor([0, 0])),
        window=count(1),
    ),
    entry(
        "embedding.negative_sampling_loss",
        embedding.negative_sampling_loss,
        centre=floats(torch.rand(2, 3)),
        context=floats(torch.rand(2, 3)).also(narrower=torch.rand(2, 1)),
        noise=floats(torch.rand(2, 5, 3)).also(of_another_batch=torch.rand(1, 5, 3)),
    ),
    entry(
        "embedding.ppmi",
        embedding.ppmi,
        counts=floats(torch.rand(3, 3)).also(not_square=torch.rand(3, 2)),
    ),
    entry(
        "lab.word_vectors.make_corpus",
        word_vectors.make_corpus,
        sentences=given(
            TEXT, nothing=None, a_string="a b", strings=["a b"], numbers=[[1, 2]]
        ),
        min_count=count(1),
    ),
    entry(
        "lab.word_vectors.shuffle_corpus",
        word_vectors.shuffle_corpus,
        corpus=object_of(CORPUS),
        seed=seed(),
    ),
    entry(
        "lab.word_vectors.train_skip_gram",
        word_vectors.train_skip_gram,
        corpus=object_of(CORPUS),
        n_steps=count(2),
        keep=given([1], nothing=None, a_number=3, negative=[-1], half=[0.5]),
        d_model=count(3),
        window=WINDOW,
        n_noise=count(2),
        batch_size=count(4),
        lr=number(0.01, zero=0.0, negative=-0.1, infinite=float("inf")),
        seed=seed(),
    ),
    entry(
        "lab.word_vectors.count_pairs",
        word_vectors.count_pairs,
        corpus=object_of(CORPUS),
        window=WINDOW,
    ),
    entry(
        "lab.word_vectors.svd_vectors",
        word_vectors.svd_vectors,
        corpus=object_of(CORPUS),
        d_model=count(2, most=3),
        window=WINDOW,
    ),
    entry(
        "lab.word_vectors.nearest_of_kind",
        word_vectors.nearest_of_kind,
        vectors=floats(torch.rand(3, 2)).without("integers", "booleans"),
        words=texts(["a", "b", "c"]).also(one_short=["a", "b"]).without("numbers"),
        kinds=given(
            {"a": "x", "b": "x"}, nothing=None, a_list=["x"], of_one_word={"a": "x"}
        ),
    ),
]
