"""Chapters 2 and 3: dates as people write them, and the same days in ISO 8601.

``"mercredi 1 septembre 1999" → "1999-09-01"``. The strings come from the Unicode
CLDR, the data with which computers write dates in each language, through Babel. They
are made here, at any number, from a seed; nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from datetime import date
from functools import cache
from typing import NamedTuple
from unicodedata import normalize

from ..shapes import a, checked, integer, one_of, positive, some_of
from .sequences import Vocabulary

__all__ = [
    "LOCALES",
    "SPLITS",
    "STYLES",
    "DatePair",
    "date_vocabulary",
    "iso_vocabulary",
    "make_dates",
    "split_of",
    "write_date",
]

LOCALES = ("en_US", "en_GB", "fr", "de", "es", "zh_CN")
STYLES = ("long", "full", "medium")
SPLITS = ("train", "validation", "test")
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2049, 12, 31)


class DatePair(NamedTuple):
    """A day as it is written in one language (``source``) and in ISO 8601 (``target``)."""

    source: str
    target: str
    locale: str
    style: str


@checked(day=a(date), locale=one_of(LOCALES), style=one_of(STYLES))
def write_date(day: date, locale: str, style: str = "long") -> str:
    """Write a day as people do.

    Args:
        day: the day.
        locale: one of ``LOCALES``.
        style: one of ``STYLES``: "long" ``January 2, 2024``, "full" ``Tuesday, January
            2, 2024``, "medium" ``Jan 2, 2024``.

    Returns:
        The string, in Unicode's form NFC.

    Raises:
        ImportError: Babel is not installed.
        TypeError, ValueError: no day, an unknown locale or style.

    Source: Unicode CLDR, "gregorian" calendar, ``dateFormats``. Chapter 2.
    """
    try:
        from babel.dates import format_date
    except ImportError as error:
        raise ImportError("dates are written with Babel: pip install babel") from error
    return normalize("NFC", format_date(day, style, locale=locale))


@checked(day=a(date))
def split_of(day: date) -> str:
    """Tell which split a day belongs to: 8 of 10 "train", 1 "validation", 1 "test".

    A hash of the day decides, so a day is always in the same split, whatever the
    seed, language or style: what is written about a test day is never trained on.

    Source: chapter 2.
    """
    digest = hashlib.sha256(day.isoformat().encode()).digest()
    return {8: "validation", 9: "test"}.get(int.from_bytes(digest) % 10, "train")


@checked(
    n=positive,
    seed=integer,
    split=one_of(SPLITS),
    first=a(date),
    last=a(date),
    locales=some_of(LOCALES),
    styles=some_of(STYLES),
)
def make_dates(
    n: int,
    *,
    seed: int,
    split: str = "train",
    first: date = FIRST_DAY,
    last: date = LAST_DAY,
    locales: Sequence[str] = LOCALES,
    styles: Sequence[str] = STYLES,
) -> list[DatePair]:
    """Draw days of one split, each written in a language and style drawn with it.

    Args:
        n: how many.
        seed: the same seed gives the same pairs.
        split: one of ``SPLITS``.
        first: the first day of the range.
        last: the last day of the range, itself included.
        locales: languages to draw from, of ``LOCALES``.
        styles: styles to draw from, of ``STYLES``.

    Returns:
        ``n`` pairs. A pair may come twice, as in any draw with replacement.

    Raises:
        TypeError, ValueError: an unknown split, locale or style, or no day to draw from.

    Source: chapter 2.
    """
    days = _days_of(split, first, last)
    if not days:
        wanted = f"expected days among which one is of the split {split}"
        raise ValueError(f"first, last: {wanted}, got {first} to {last}")
    drawn = random.Random(
        f"{split} {seed}"
    )  # its own stream: global seeds stay as they are
    pairs = []
    for _ in range(n):
        day, locale, style = (
            drawn.choice(days),
            drawn.choice(locales),
            drawn.choice(styles),
        )
        pairs.append(
            DatePair(write_date(day, locale, style), day.isoformat(), locale, style)
        )
    return pairs


@cache
def date_vocabulary() -> Vocabulary:
    """Collect the characters that a date of any language and style can have.

    Taken from the definition of the data, not from a sample: digits, and all that is
    written around them for every month and weekday.

    Source: chapter 2.
    """
    # The first seven days of a month meet all seven weekdays.
    week = [date(2024, month, day) for month in range(1, 13) for day in range(1, 8)]
    written = (
        write_date(d, locale, style)
        for locale in LOCALES
        for style in STYLES
        for d in week
    )
    return Vocabulary(["0123456789", *written])


@cache
def iso_vocabulary() -> Vocabulary:
    """Collect the characters of an ISO 8601 date: digits and "-".

    Source: chapter 2.
    """
    return Vocabulary("0123456789-")


@cache
def _days_of(split: str, first: date, last: date) -> tuple[date, ...]:
    ordinals = range(first.toordinal(), last.toordinal() + 1)
    days = map(date.fromordinal, ordinals)
    return tuple(day for day in days if split_of(day) == split)
