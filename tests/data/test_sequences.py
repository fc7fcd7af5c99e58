"""Vocabularies, padding, batches."""

import pytest
import torch

from attention_course.data.sequences import (
    END,
    PAD,
    START,
    UNKNOWN,
    Batches,
    Pair,
    Vocabulary,
    make_batch,
    pad,
)

LETTERS = Vocabulary("abcde")
PAIRS = [Pair("ab" * (i % 7) + "c", "de"[: 1 + i % 2]) for i in range(23)]


def test_numbers_follow_the_code_points_whatever_the_order():
    assert Vocabulary("cab").encode("abc") == [4, 5, 6]
    assert Vocabulary(["b", "ca", "a"]).symbols == Vocabulary("abc").symbols
    assert len(LETTERS) == 9


def test_decode_undoes_encode():
    assert LETTERS.decode(LETTERS.encode("deadbeef".replace("f", "a"))) == "deadbeea"


def test_decode_stops_at_the_end_and_leaves_out_start_and_padding():
    a, b = LETTERS.encode("ab")
    assert LETTERS.decode([START, a, PAD, b, END, a]) == "ab"
    assert (
        LETTERS.decode(torch.tensor([a, UNKNOWN, END])) == "a\N{REPLACEMENT CHARACTER}"
    )
    assert LETTERS.decode([END]) == ""


def test_unknown_characters_and_the_names_of_special_tokens_are_no_symbols():
    assert LETTERS.encode("aZ") == [4, UNKNOWN]
    assert set(LETTERS.encode("<pad>")) == {UNKNOWN, 4, 7}  # "a" and "d" are letters


def test_a_character_is_the_same_typed_as_one_or_as_two():
    assert Vocabulary("e\u0301").encode("\u00e9") == [4]
    assert Vocabulary("\u00e9").encode("e\u0301") == [4]


def test_vocabulary_rejects_what_it_cannot_read():
    with pytest.raises(ValueError, match="text: expected at least one character"):
        LETTERS.encode("")
    with pytest.raises(TypeError, match="text: expected a string, got int"):
        LETTERS.encode(2024)
    with pytest.raises(IndexError, match="from 0 to 8, got 9"):
        LETTERS.decode([9])
    with pytest.raises(IndexError, match="got -1"):
        LETTERS.decode([-1])
    with pytest.raises(ValueError, match="at least one character"):
        Vocabulary("")


def test_pad_keeps_every_token_and_marks_it():
    tokens, mask = pad([[5], [6, 7, 8], [9, 5]])
    assert tokens.tolist() == [[5, PAD, PAD], [6, 7, 8], [9, 5, PAD]]
    assert mask.tolist() == [[True, False, False], [True] * 3, [True, True, False]]
    with pytest.raises(ValueError, match="no empty row"):
        pad([[1], []])
    with pytest.raises(ValueError, match="at least one row"):
        pad([])


def test_batch_shifts_the_target_by_one():
    batch = make_batch([Pair("a", "de"), Pair("bcd", "e")], LETTERS, LETTERS)
    d, e = LETTERS.encode("de")
    assert batch.target_in.tolist() == [[START, d, e], [START, e, PAD]]
    assert batch.target_out.tolist() == [[d, e, END], [e, END, PAD]]
    assert batch.target_mask.tolist() == [[True, True, True], [True, True, False]]
    assert batch.source_mask.tolist() == [[True, False, False], [True, True, True]]
    with pytest.raises(ValueError, match="pairs: expected at least one"):
        make_batch([], LETTERS, LETTERS)


def rows(batches):
    return [
        (LETTERS.decode(source), LETTERS.decode(target))
        for batch in batches
        for source, target in zip(batch.source, batch.target_out, strict=True)
    ]


def test_batches_hold_every_pair_once_and_little_padding():
    batches = Batches(PAIRS, LETTERS, LETTERS, 5)
    got = list(batches)
    assert len(got) == len(batches) == 5
    assert sorted(rows(got)) == sorted(tuple(pair) for pair in PAIRS)
    padding = sum(int((~batch.source_mask).sum()) for batch in got)
    in_order = [make_batch(PAIRS[i : i + 5], LETTERS, LETTERS) for i in range(0, 23, 5)]
    assert padding < sum(int((~batch.source_mask).sum()) for batch in in_order) / 2


def test_batches_come_in_a_new_order_that_a_seed_fixes():
    batches = Batches(PAIRS, LETTERS, LETTERS, 5)
    with torch.random.fork_rng():
        torch.manual_seed(3)
        first, second = rows(batches), rows(batches)
        torch.manual_seed(3)
        again = rows(batches)
    assert first == again
    assert first != second


def test_batches_reject_bad_input():
    with pytest.raises(ValueError, match="batch_size"):
        Batches(PAIRS, LETTERS, LETTERS, 0)
    with pytest.raises(ValueError, match="pairs: expected at least one"):
        Batches([], LETTERS, LETTERS, 5)
