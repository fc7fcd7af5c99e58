"""Word vectors: a small made-up language, whose kinds of words are known, is learned."""

import random

import pytest
import torch

from attention_course.lab.word_vectors import (
    count_pairs,
    make_corpus,
    nearest_of_kind,
    shuffle_corpus,
    svd_vectors,
    train_skip_gram,
)

# Three kinds of six words; a sentence has words of one kind, and words of any.
NOUNS = {f"{kind}{n}": kind for kind in "abc" for n in range(6)}


def sentences(n, seed=0):
    draw = random.Random(seed)
    made = []
    for _ in range(n):
        kind = draw.choice("abc")
        own = [word for word in NOUNS if word[0] == kind]
        made.append([draw.choice(own) for _ in range(5)] + [f"x{draw.randrange(20)}"])
    return made


def corpus():
    return make_corpus(sentences(400), min_count=2)


def test_a_corpus_is_the_text_in_numbers_without_rare_words():
    text = [["a", "b", "a"], ["c"], ["b", "a", "d"]]
    found = make_corpus(text, min_count=2)
    assert found.words == ["a", "b"]
    assert found.ids.tolist() == [0, 1, 0, 1, 0]
    assert found.sentence.tolist() == [0, 0, 0, 2, 2]
    assert found.counts().tolist() == [3, 2]


def test_shuffled_text_has_the_same_words_in_another_order():
    text = corpus()
    mixed = shuffle_corpus(text, 0)
    assert torch.equal(mixed.counts(), text.counts())
    assert not torch.equal(mixed.ids, text.ids)
    assert torch.equal(mixed.ids, shuffle_corpus(text, 0).ids)


def test_counts_of_pairs_are_symmetric_and_complete():
    text = make_corpus([["a", "b", "c"], ["a", "b"]], min_count=1)
    found = {
        (text.words[i], text.words[j]): int(n)
        for i, row in enumerate(count_pairs(text, window=1).tolist())
        for j, n in enumerate(row)
        if n
    }
    assert found == {("a", "b"): 2, ("b", "a"): 2, ("b", "c"): 1, ("c", "b"): 1}


def test_nearest_of_kind_counts_words_with_a_kind_alone():
    vectors = torch.tensor(
        [[1.0, 0.0], [1.0, 0.1], [1.0, 0.05], [0.0, 1.0], [0.2, 1.0]]
    )
    words = ["a", "b", "the", "c", "d"]
    kinds = {"a": "x", "b": "x", "c": "y", "d": "y", "elsewhere": "x"}
    assert nearest_of_kind(vectors, words, kinds) == 1.0
    assert nearest_of_kind(vectors, words, {**kinds, "b": "y"}) == 0.5


def test_training_finds_the_kinds_and_shuffled_text_does_not():
    text = corpus()
    settings = {"n_steps": 300, "d_model": 12, "batch_size": 256, "lr": 0.02}
    run = train_skip_gram(text, keep=[0, 150], **settings)
    assert list(run.tables) == [0, 150, 300]
    assert len(run.losses) == 300
    assert sum(run.losses[-20:]) < sum(run.losses[:20])
    shares = [nearest_of_kind(run.tables[n], text.words, NOUNS) for n in (0, 300)]
    assert shares[0] < 0.7
    assert shares[1] == 1.0
    mixed = train_skip_gram(shuffle_corpus(text, 0), **settings)
    assert nearest_of_kind(mixed.table(), text.words, NOUNS) < 0.7


def test_counting_finds_the_kinds_too():
    text = corpus()
    vectors = svd_vectors(text, d_model=12)
    assert vectors.shape == (len(text.words), 12)
    assert nearest_of_kind(vectors, text.words, NOUNS) == 1.0


def test_the_same_seed_trains_the_same_table_and_draws_outside_are_left_alone():
    text = corpus()
    settings = {"n_steps": 20, "d_model": 5, "batch_size": 64}
    torch.manual_seed(7)
    first = train_skip_gram(text, **settings)
    after = torch.rand(3)
    torch.manual_seed(7)
    assert torch.equal(torch.rand(3), after)
    assert torch.equal(train_skip_gram(text, **settings).table(), first.table())
    other = train_skip_gram(text, **settings, seed=1)
    assert not torch.equal(other.table(), first.table())


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: make_corpus([["a"]], 2), "sentences: expected a word .* got none"),
        (lambda: make_corpus(["ab"], 1), "sentences: expected a list of strings"),
        (
            lambda: nearest_of_kind(torch.ones(2, 3), ["a"], {}),
            "words: expected one for each of 2 rows, got 1",
        ),
        (
            lambda: nearest_of_kind(torch.ones(1, 3), ["a"], {"a": "x"}),
            "kinds: expected kinds of two words or more, got 1",
        ),
        (
            lambda: train_skip_gram(corpus(), keep=[-1]),
            "keep: expected .* got -1",
        ),
    ],
)
def test_what_does_not_fit_is_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()
