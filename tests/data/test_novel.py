"""The novel: whole, its halves apart, the same characters everywhere."""

import pytest

from attention_course.data.novel import NOVEL_SPLITS, load_novel, novel_vocabulary


def test_the_two_sides_are_the_whole_and_begin_with_paragraphs():
    train, held_out, whole = map(load_novel, NOVEL_SPLITS)
    assert train + held_out == whole
    assert len(whole) == 463_022
    assert len(set(whole)) == 75
    assert train.endswith("\n")
    assert 0.095 < len(held_out) / len(whole) < 0.105
    assert whole.startswith("Sir Walter Elliot, of Kellynch Hall,")
    assert whole.endswith("its national importance.\n")


def test_no_heading_and_no_layout_is_left():
    lines = load_novel().split("\n")
    assert not [line for line in lines if line.startswith("Chapter")]
    assert not [line for line in lines if line != line.strip() or "  " in line]


def test_every_character_can_be_read_and_written():
    text, vocabulary = load_novel(), novel_vocabulary()
    assert len(vocabulary) == 75 + 4
    assert vocabulary.decode(vocabulary.encode(text[:2_000])) == text[:2_000]


def test_another_split_is_refused():
    with pytest.raises(ValueError, match="split: expected one of train, held-out, all"):
        load_novel("test")
