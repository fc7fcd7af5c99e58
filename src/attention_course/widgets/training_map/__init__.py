"""Chapter 1: a table of word vectors while it is trained."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
import traitlets
from torch import Tensor
from torch.nn.functional import normalize

from ...shapes import check_axes, check_list, check_texts, check_whole
from ..shared.base import CourseWidget, check_range, double
from ..shared.fallback import html_table
from ..shared.recordings import (
    BASE64,
    COUNT,
    ROWS,
    WORDS,
    Kind,
    check_base64,
    check_recording,
    is_count,
    is_list,
    packed,
    unpacked,
)

__all__ = ["TrainingMap"]

MAX_KINDS = 7
N_NEAREST = 5
SHARPEST = 127  # the largest number in one byte with a sign


class TrainingMap(CourseWidget):
    """View word vectors while they are trained: step, word → nearest words, and a map.

    Formula: ``cosine[i, j] = u_i · u_j / (|u_i| |u_j|)``; on the map ``u_i / |u_i|`` along
    the two directions in which the words of the last step differ most

    Args:
        recording: what :meth:`record` returns.
        step: which of the recorded steps is shown, from 0; the last by default.
        word: the word whose nearest ones are shown, from 0.

    A recording is a dictionary: ``words`` and ``kinds``, of equal length; ``steps``, the
    training steps; ``d_model``; ``vectors``, for each step and word its vector at length
    1, in 127ths, one byte each, as base64; ``directions``, the map's two.

    Raises:
        ValueError: a recording that is none; the error names the field.
        TraitError: a number out of range, now or later; it names the trait and the range.

    Source: Mikolov et al. 2013 (arXiv 1310.4546). Chapter 1.
    """

    recording = traitlets.Dict(read_only=True).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    word = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        recording: Mapping[str, Any],
        step: int | None = None,
        word: int = 0,
        **kwargs: Any,
    ) -> None:
        _check(recording)
        self.set_trait("recording", dict(recording))
        if step is None:
            step = len(recording["steps"]) - 1
        super().__init__(step=step, word=word, **kwargs)

    @classmethod
    def record(
        cls,
        tables: Mapping[int, Tensor],
        words: Sequence[str],
        shown: Sequence[str],
        kinds: Mapping[str, str],
    ) -> dict[str, Any]:
        """Keep some words' vectors from every step, rounded.

        Args:
            tables: training step → table ``(vocab_size, d_model)``, as
                :func:`attention_course.lab.word_vectors.train_skip_gram` keeps them.
            words: the word of each row.
            shown: the words to keep, two or more.
            kinds: the kind of each of them; at most seven different ones.

        Returns:
            A recording for the widget, about 90 bytes for a word and step of 64 numbers.

        Raises:
            TypeError, ValueError: no tables, or a word without a row or a kind.
        """
        if not isinstance(tables, Mapping) or not tables:
            wanted = "a table for each of some training steps"
            raise ValueError(f"tables: expected {wanted}, got {tables!r}")
        check_texts("words", words)
        check_list("shown", shown, "words")
        for step, table in tables.items():
            check_whole("tables", step, 0)
            n_rows = check_axes(f"tables[{step}]", table, "V d")["V"]
            if n_rows != len(words):
                both = f"words: expected one for each row of tables[{step}]"
                raise ValueError(f"{both}, {n_rows}, got {len(words)}")
        if len(shown) < 2:
            raise ValueError(f"shown: expected two words or more, got {list(shown)}")
        rows = [_row(words, kinds, word) for word in shown]
        steps = sorted(tables)
        unit = torch.stack(
            [normalize(tables[step][rows].detach().double(), dim=-1) for step in steps]
        )  # (n_steps, n_words, d_model)
        last = unit[-1] - unit[-1].mean(dim=0)
        _, _, directions = torch.linalg.svd(last, full_matrices=False)
        return {
            "words": list(shown),
            "kinds": [kinds[word] for word in shown],
            "steps": steps,
            "d_model": unit.shape[-1],
            "vectors": packed(unit * SHARPEST, "i1"),
            "directions": [
                [round(x, 4) for x in row] for row in directions[:2].tolist()
            ],
        }

    def vectors(self) -> Tensor:
        """Return the vectors of the step that is shown, at length 1 ``(n_words, d_model)``."""
        found = unpacked(self.recording["vectors"], "i1")
        shape = -1, len(self.recording["words"]), self.recording["d_model"]
        return normalize(found.reshape(shape)[self.step], dim=-1)

    def cosines(self) -> Tensor:
        """Return the cosine of every two words ``(n_words, n_words)``."""
        return self.vectors() @ self.vectors().T

    def points(self) -> Tensor:
        """Return each word's place on the map ``(n_words, 2)``."""
        return self.vectors() @ double(self.recording["directions"]).T

    def nearest(self) -> list[int]:
        """Return the five words nearest to the picked one, the nearest first."""
        cosines = self.cosines()[self.word]
        cosines[self.word] = -2
        order = cosines.argsort(descending=True, stable=True).tolist()
        return list(order[: min(N_NEAREST, len(order) - 1)])

    def right(self) -> int:
        """Count the words whose nearest other word is of their own kind."""
        nearest = self.cosines().fill_diagonal_(-2).argmax(dim=1).tolist()
        kinds = self.recording["kinds"]
        return sum(kinds[i] == kinds[j] for i, j in enumerate(nearest))

    def summary(self) -> str:
        """Say what is nearest to the picked word, and how many words are among their own."""
        words, cosines = self.recording["words"], self.cosines()[self.word]
        told = ", ".join(
            f"“{words[i]}” {float(cosines[i]):.2f}".replace("-", "−")
            for i in self.nearest()
        )
        return (
            f"after step {self.recording['steps'][self.step]}, nearest to "
            f"“{words[self.word]}” are {told}; {self.right()} of {len(words)} words have "
            "a word of their own kind for their nearest"
        )

    def fallback(self) -> str:
        """Return the nearest words at every step as an HTML table."""
        words, shown = self.recording["words"], self.step
        rows = []
        for n, step in enumerate(self.recording["steps"]):
            other = type(self)(self.recording, n, self.word)
            told = ", ".join(words[i] for i in other.nearest())
            rows.append([str(step), told, f"{other.right()} of {len(words)}"])
        assert self.step == shown
        return html_table(
            f"Vectors in training: {self.summary()}.",
            ["after step", f"nearest to {words[self.word]}", "nearest of own kind"],
            rows,
        )

    @traitlets.validate("step", "word")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        return check_range(name, value, 0, len(self.recording[f"{name}s"]) - 1)


def _row(words: Sequence[str], kinds: Any, word: Any) -> int:
    if word not in words:
        raise ValueError(f"shown: expected words that have a row, got {word!r}")
    if not isinstance(kinds, Mapping) or word not in kinds:
        raise ValueError(f"kinds: expected a kind for {word!r}, got none")
    return list(words).index(word)


_FIELDS = {
    "words": WORDS,
    "kinds": WORDS,
    "steps": Kind(
        "whole numbers from 0, at least one",
        lambda value: is_list(value, lambda n: is_count(n, 0)) and len(value) > 0,
    ),
    "d_model": COUNT,
    "vectors": BASE64,
    "directions": ROWS,
}


def _check(recording: Any) -> None:
    """Check a recording; the error names the field."""
    check_recording("recording", recording, _FIELDS)
    n_words, d_model = len(recording["words"]), recording["d_model"]
    n_bytes = len(recording["steps"]) * n_words * d_model
    check_base64("recording: vectors", recording["vectors"], n_bytes)
    if len(recording["kinds"]) != n_words or n_words < 2:
        got = f"{n_words} and {len(recording['kinds'])}"
        raise ValueError(
            f"recording: words, kinds: expected as many, two or more, got {got}"
        )
    if len(set(recording["kinds"])) > MAX_KINDS:
        n_kinds = len(set(recording["kinds"]))
        wanted = f"at most {MAX_KINDS}, got {n_kinds}"
        raise ValueError(f"recording: kinds: expected {wanted}")
    if [len(row) for row in recording["directions"]] != [d_model, d_model]:
        wanted = f"two rows of {d_model} numbers"
        rows = [len(row) for row in recording["directions"]]
        raise ValueError(
            f"recording: directions: expected {wanted}, got rows of {rows}"
        )
