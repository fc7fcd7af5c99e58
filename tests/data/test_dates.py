"""Dates as people write them: strings, splits, vocabularies."""

import random
import sys
from datetime import date, timedelta
from unicodedata import is_normalized

import pytest
import torch

from attention_course.data.dates import (
    LOCALES,
    SPLITS,
    STYLES,
    date_vocabulary,
    iso_vocabulary,
    make_dates,
    split_of,
    write_date,
)
from attention_course.data.sequences import UNKNOWN, make_batch

CENTURY = [date(1950, 1, 1) + timedelta(days=i) for i in range(36_525)]


@pytest.mark.parametrize(
    ("locale", "style", "text"),
    [
        ("en_US", "full", "Wednesday, September 1, 1999"),
        ("en_GB", "long", "1 September 1999"),
        ("fr", "full", "mercredi 1 septembre 1999"),
        ("de", "medium", "01.09.1999"),
        ("es", "long", "1 de septiembre de 1999"),
        ("zh_CN", "full", "1999年9月1日星期三"),
    ],
)
def test_dates_are_written_as_in_each_language(locale, style, text):
    assert write_date(date(1999, 9, 1), locale, style) == text


@pytest.mark.slow
def test_no_string_means_two_days():
    """Otherwise no model could be right about all of them."""
    meaning = {}
    for day in CENTURY[::11] + [
        date(2024, m, d) for m in range(1, 13) for d in range(1, 29)
    ]:
        for locale in LOCALES:
            for style in STYLES:
                assert meaning.setdefault(write_date(day, locale, style), day) == day


def test_the_day_alone_decides_the_split():
    days = {split: {d for d in CENTURY if split_of(d) == split} for split in SPLITS}
    assert sum(map(len, days.values())) == len(CENTURY)  # none outside the three
    for split, share in zip(SPLITS, (0.8, 0.1, 0.1), strict=True):
        assert abs(len(days[split]) / len(CENTURY) - share) < 0.01
        drawn = make_dates(300, seed=5, split=split)
        assert {date.fromisoformat(pair.target) for pair in drawn} <= days[split]


def test_no_day_of_the_test_set_is_seen_in_training():
    seen = {pair.target for seed in range(3) for pair in make_dates(2000, seed=seed)}
    for split in ("validation", "test"):
        unseen = {pair.target for pair in make_dates(2000, seed=0, split=split)}
        assert not seen & unseen


def test_pairs_say_the_same_day_in_every_language_and_style():
    pairs = make_dates(500, seed=1)
    assert {pair.locale for pair in pairs} == set(LOCALES)
    assert {pair.style for pair in pairs} == set(STYLES)
    for pair in pairs:
        day = date.fromisoformat(pair.target)
        assert pair.source == write_date(day, pair.locale, pair.style)
        assert is_normalized("NFC", pair.source)


def test_a_seed_fixes_the_draw_and_touches_no_global_seed():
    state, torch_state = random.getstate(), torch.random.get_rng_state()
    first = make_dates(50, seed=7)
    assert first == make_dates(50, seed=7)
    assert first != make_dates(50, seed=8)
    assert random.getstate() == state
    assert torch.equal(torch.random.get_rng_state(), torch_state)


def test_range_languages_and_styles_can_be_chosen():
    pairs = make_dates(
        40,
        seed=0,
        first=date(2000, 3, 1),
        last=date(2000, 3, 31),
        locales=["de"],
        styles=["long"],
    )
    assert {pair.target[:8] for pair in pairs} == {"2000-03-"}
    assert all("März" in pair.source for pair in pairs)
    assert len({pair.target for pair in pairs}) > 10


def test_vocabulary_knows_every_date_whatever_the_sample():
    known = set(date_vocabulary().symbols)
    for day in CENTURY[::97]:
        for locale in LOCALES:
            for style in STYLES:
                assert set(write_date(day, locale, style)) <= known
    assert iso_vocabulary().symbols[4:] == tuple("-0123456789")


def test_a_typed_date_in_another_script_becomes_unknown_tokens():
    assert date_vocabulary().encode("1 ژانویه")[2:] == [UNKNOWN] * 6
    with pytest.raises(ValueError, match="empty string"):
        date_vocabulary().encode("")


def test_dates_fit_into_a_padded_batch():
    pairs = make_dates(13, seed=0)
    batch = make_batch(pairs, date_vocabulary(), iso_vocabulary())
    assert batch.source_mask.sum(dim=1).tolist() == [len(pair.source) for pair in pairs]
    assert batch.target_out.shape == (13, 11)
    assert [iso_vocabulary().decode(row) for row in batch.target_out] == [
        p.target for p in pairs
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n": 0}, "n: expected a positive integer"),
        ({"split": "dev"}, "split: expected one of train, validation, test, got 'dev'"),
        ({"locales": ["it"]}, "locales: expected some of .*got 'it'"),
        ({"styles": ["short"]}, "styles: expected some of .*got 'short'"),
        ({"styles": []}, "styles: expected some of .*got none"),
        (
            {"first": date(2001, 1, 2), "last": date(2001, 1, 1)},
            "first, last: .* the split train, got 2001-01-02 to 2001-01-01",
        ),
    ],
)
def test_bad_choices_are_named(change, message):
    with pytest.raises(ValueError, match=message):
        make_dates(**{"n": 3, "seed": 0, **change})


def test_a_missing_babel_says_how_to_get_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "babel.dates", None)
    with pytest.raises(ImportError, match="pip install babel"):
        write_date(date(2024, 1, 1), "fr")
