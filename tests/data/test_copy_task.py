"""The copy task: random strings and their copies."""

import random
from collections import Counter

import pytest

from attention_course.data.copy_task import copy_vocabulary, make_copies


def test_targets_are_copies_or_mirror_images():
    copies = make_copies(50, seed=0, min_length=3, max_length=7)
    mirrored = make_copies(50, seed=0, min_length=3, max_length=7, reverse=True)
    assert all(pair.target == pair.source for pair in copies)
    assert [pair.source for pair in mirrored] == [pair.source for pair in copies]
    assert all(pair.target == "".join(reversed(pair.source)) for pair in mirrored)
    assert any(pair.target != pair.source for pair in mirrored)


def test_every_length_and_letter_comes_equally_often():
    pairs = make_copies(5000, seed=1, min_length=2, max_length=6, n_letters=3)
    lengths = Counter(len(pair.source) for pair in pairs)
    assert set(lengths) == {2, 3, 4, 5, 6}
    assert all(850 < count < 1150 for count in lengths.values())
    letters = Counter("".join(pair.source for pair in pairs))
    assert set(letters) == set("abc")
    assert max(letters.values()) < 1.05 * min(letters.values())


def test_a_seed_fixes_the_draw():
    state = random.getstate()
    first = make_copies(20, seed=2, min_length=5, max_length=5)
    assert first == make_copies(20, seed=2, min_length=5, max_length=5)
    assert first != make_copies(20, seed=3, min_length=5, max_length=5)
    assert random.getstate() == state


def test_vocabulary_has_the_letters_of_the_task():
    assert copy_vocabulary(5).symbols[4:] == tuple("abcde")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n: expected a positive"),
        ({"min_length": 0}, "min_length: expected a positive"),
        ({"min_length": 5}, "smaller first, got 5 and 4"),
        ({"n_letters": 27}, "n_letters: expected at most 26, got 27"),
    ],
)
def test_bad_numbers_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        make_copies(**{"n": 3, "seed": 0, "min_length": 2, "max_length": 4, **change})
