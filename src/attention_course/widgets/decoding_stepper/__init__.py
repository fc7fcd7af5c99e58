"""Chapter 2: step through decoding, one character at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from unicodedata import normalize

import torch
import traitlets
from torch import Tensor

from ...data.sequences import END, START, PairLike, Vocabulary, pad
from ...encoder_decoder import EncoderDecoder, FixedContext, greedy_decode
from ...shapes import a, checked, positive
from ..shared.base import CourseWidget, check_range, double
from ..shared.fallback import html_table
from ..shared.recordings import (
    COUNT,
    NUMBERS,
    ROWS,
    Kind,
    check_recordings,
    is_count,
    is_list,
    is_text,
)

__all__ = ["DecodingStepper"]

MAX_UNITS = 32  # of the decoder's state, shown
MAX_CONTEXT = 128  # numbers of C, shown
MAX_STEPS = 200
MAX_TEXT = 200  # characters of a source


class DecodingStepper(CourseWidget):
    """Step through greedy decoding: source → C → state → output distribution → character.

    Formula: ``y[t] = argmax softmax(logits[t])``

    Args:
        recordings: what :meth:`record` returns, or a list like it.
        text: the source that is shown; the first by default.
        d_context: the size of C that is shown; the largest by default.
        step: the step that is shown, from 1; the first by default.

    A recording is a dictionary: ``d_context``; the ``source`` and the ``expected`` output
    (``None`` if unknown) as strings; ``read``, the source's characters as the model reads
    them; ``context``, the first 128 numbers of C; ``states``, the first 32 units of the
    decoder's state before each step and after the last; ``n_units``, how many there are;
    ``logits``, a row for each step; ``tokens``, the number of the symbol that each step
    wrote; ``symbols``, the target vocabulary. Each text comes with each size of C.

    Raises:
        ValueError: no recordings, or recordings that do not fit together.
        TraitError: a text, size or step that there is none of, now or later.

    Another text or size moves ``step`` to the last one left where it must.
    Source: Cho et al. 2014 (arXiv 1406.1078), section 2.2. Chapter 2.
    """

    recordings = traitlets.List(read_only=True).tag(sync=True)
    symbols = traitlets.List(read_only=True).tag(sync=True)  # the target vocabulary
    text = traitlets.Unicode().tag(sync=True)
    d_context = traitlets.Int(1).tag(sync=True)
    step = traitlets.Int(1).tag(sync=True)

    def __init__(
        self,
        recordings: Sequence[Mapping[str, Any]],
        text: str | None = None,
        d_context: int | None = None,
        step: int = 1,
        **kwargs: Any,
    ) -> None:
        _check_recordings(recordings)
        # The vocabulary is the same everywhere: kept once, to keep the page small.
        self.set_trait("symbols", list(recordings[0]["symbols"]))
        kept = [{name: r[name] for name in r if name != "symbols"} for r in recordings]
        self.set_trait("recordings", kept)
        super().__init__(
            text=recordings[0]["source"] if text is None else text,
            d_context=max(self.sizes()) if d_context is None else d_context,
            step=step,
            **kwargs,
        )

    @staticmethod
    @checked(source=a(Vocabulary), target=a(Vocabulary), max_length=positive)
    def record(
        models: Mapping[int, EncoderDecoder],
        texts: Sequence[str | PairLike],
        source: Vocabulary,
        target: Vocabulary,
        *,
        max_length: int = 100,
    ) -> list[dict[str, Any]]:
        """Decode each text with each model and keep what went on inside.

        Args:
            models: models with a fixed context, by the size of their C.
            texts: the sources, each once; a pair also tells the expected output.
            source: vocabulary of the sources.
            target: vocabulary of the outputs.
            max_length: steps after which an output without end is cut.

        Returns:
            Recordings for the widget, numbers rounded to four decimals (states and C to
            three) to keep the page small.

        Raises:
            ValueError: no model, no text, a text that comes twice, a model without a
                fixed context, or a size that is not its own.
        """
        _check_asked(models, texts)
        recordings = []
        for d_context, model in models.items():
            between = model.decoder.context
            if not isinstance(between, FixedContext):
                raise ValueError(
                    "models: expected models with a fixed context, got attention"
                )
            if between.d_context != d_context:
                raise ValueError(
                    f"models: expected the size of each model's C, "
                    f"got {d_context} for a C of {between.d_context}"
                )
            for item in texts:
                text = item if isinstance(item, str) else item.source
                expected = (
                    None if isinstance(item, str) else normalize("NFC", item.target)
                )
                recording = _record_one(model, text, source, target, max_length)
                recordings.append(
                    {"d_context": d_context, "expected": expected, **recording}
                )
        _check_recordings(recordings)
        return recordings

    def texts(self) -> list[str]:
        """List the sources, each once, in the order they were recorded."""
        return list(dict.fromkeys(recording["source"] for recording in self.recordings))

    def sizes(self) -> list[int]:
        """List the sizes of C, smallest first."""
        return sorted({recording["d_context"] for recording in self.recordings})

    def recording(self) -> dict[str, Any]:
        """Return the recording that is shown."""
        (found,) = (
            recording
            for recording in self.recordings
            if (recording["source"], recording["d_context"])
            == (self.text, self.d_context)
        )
        return dict(found)

    def n_steps(self) -> int:
        """Count the steps of the recording that is shown."""
        return len(self.recording()["tokens"])

    def logits(self) -> Tensor:
        """Return this step's logits ``(n_target,)``, in double precision."""
        return double(self.recording()["logits"][self.step - 1])

    def probabilities(self) -> Tensor:
        """Return this step's distribution over the target vocabulary ``(n_target,)``."""
        return self.logits().softmax(dim=-1)

    def entropy(self) -> float:
        """Return the distribution's entropy in nats."""
        return float(torch.special.entr(self.probabilities()).sum())

    def written(self) -> list[str]:
        """List the symbols written up to this step, ``<end>`` included."""
        return [
            self.symbols[token] for token in self.recording()["tokens"][: self.step]
        ]

    def expected(self) -> list[str] | None:
        """List the symbols that should be written, ``<end>`` included, if they are known."""
        expected = self.recording()["expected"]
        return None if expected is None else [*expected, self.symbols[END]]

    def summary(self) -> str:
        """Say what this step reads and writes, and whether it is right."""
        written = self.written()
        read = written[-2] if len(written) > 1 else self.symbols[START]
        likeliest = float(self.probabilities().max())
        return (
            f"step {self.step} of {self.n_steps()} for {self.text} through a C of "
            f"{self.d_context}: reads {read}, writes {written[-1]} with probability "
            f"{likeliest:.2f} (entropy {self.entropy():.2f} nats){self._verdict()}"
        )

    def fallback(self) -> str:
        """Return every step of the recording as an HTML table."""
        recording = self.recording()
        symbols = [self.symbols[token] for token in recording["tokens"]]
        expected = self.expected()
        rows = []
        for t, symbol in enumerate(symbols):
            logits = double(recording["logits"][t])
            best, second = logits.softmax(dim=-1).topk(2)
            runner_up = self.symbols[int(second[1])]
            cells = [
                str(t + 1),
                symbols[t - 1] if t else self.symbols[START],
                symbol,
                f"{float(best[0]):.2f}",
                f"{runner_up} {float(best[1]):.2f}",
            ]
            if expected is not None:
                wanted = expected[t] if t < len(expected) else "nothing"
                cells += [wanted, "right" if symbol == wanted else "wrong"]
            rows.append(cells)
        header = ["step", "reads", "writes", "probability", "next most likely"]
        return html_table(
            f"Decoding, step by step: {self.summary()}.",
            header + ([] if expected is None else ["expected", "so it is"]),
            rows,
        )

    def _verdict(self) -> str:
        written, expected = self.written(), self.expected()
        if expected is None:
            return ""
        right = sum(w == e for w, e in zip(written, expected, strict=False))
        if self.step < self.n_steps():
            return f"; {right} of {self.step} right so far"
        if written == expected:
            return "; the whole output is right"
        return f"; the whole output is wrong: {right} of {self.step} right"

    def _check_choice(self, name: str, value: Any) -> Any:
        choices: Sequence[Any] = self.texts() if name == "text" else self.sizes()
        if value not in choices:
            raise traitlets.TraitError(
                f"{name}: expected one of {choices}, got {value!r}"
            )
        return value

    @traitlets.validate("text", "d_context")  # type: ignore[untyped-decorator]
    def _check_shown(self, proposal: dict[str, Any]) -> Any:
        return self._check_choice(proposal["trait"].name, proposal["value"])

    @traitlets.validate("step")  # type: ignore[untyped-decorator]
    def _check_step(self, proposal: dict[str, Any]) -> int:
        # Traits set together are checked in any order: name the cause, not what follows.
        for name in ("text", "d_context"):
            self._check_choice(name, getattr(self, name))
        return check_range("step", proposal["value"], 1, self.n_steps())

    @traitlets.observe("text", "d_context")  # type: ignore[untyped-decorator]
    def _keep_step(self, change: dict[str, Any]) -> None:
        self.step = min(self.step, self.n_steps())


@torch.no_grad()
def _record_one(
    model: EncoderDecoder,
    text: str,
    source: Vocabulary,
    target: Vocabulary,
    max_length: int,
) -> dict[str, Any]:
    """Decode one text and keep what went on inside."""
    numbers, mask = pad([source.encode(text)])
    encoded = model.encode(numbers, mask)
    first = model.decoder.start(encoded)  # (1, d_decoder)
    context, _ = model.decoder.context(first, encoded)  # (1, d_context)
    decoded = greedy_decode(model, numbers, mask, max_length=max_length)
    states = torch.cat([first, decoded.states[0]])  # (T + 1, d_decoder)
    return {
        "source": text,
        "read": [source.symbols[number] for number in numbers[0].tolist()],
        "context": _rounded(context[0, :MAX_CONTEXT], 3),
        "states": [_rounded(state[:MAX_UNITS], 3) for state in states],
        "n_units": states.shape[1],
        "logits": [_rounded(step, 4) for step in decoded.logits[0]],
        "tokens": decoded.tokens[0].tolist(),
        "symbols": list(target.symbols),
    }


def _rounded(numbers: Tensor, digits: int) -> list[float]:
    return [round(number, digits) for number in numbers.tolist()]


_FIELDS = {
    "d_context": COUNT,
    "source": Kind(
        f"a string of 1 to {MAX_TEXT} characters",
        lambda value: is_text(value) and 1 <= len(value) <= MAX_TEXT,
    ),
    "expected": Kind("a string or None", lambda value: value is None or is_text(value)),
    "read": Kind(
        f"a list of 1 to {MAX_TEXT} characters",
        lambda value: is_list(value, is_text) and 1 <= len(value) <= MAX_TEXT,
    ),
    "context": NUMBERS,
    "states": ROWS,
    "n_units": COUNT,
    "logits": ROWS,
    "tokens": Kind(
        f"a list of 1 to {MAX_STEPS} whole numbers",
        lambda value: (
            is_list(value, lambda n: is_count(n, 0)) and 1 <= len(value) <= MAX_STEPS
        ),
    ),
    "symbols": Kind(
        "a list of more than two symbols",
        lambda value: is_list(value, is_text) and len(value) > END,
    ),
}


def _check_recordings(recordings: Any) -> None:
    check_recordings(
        recordings, _FIELDS, made_by="DecodingStepper.record", same=("symbols",)
    )
    for i, recording in enumerate(recordings):
        problem = _recording_problem(recording)
        if problem:
            raise ValueError(f"recordings[{i}]: {problem}")
    pairs = [(recording["source"], recording["d_context"]) for recording in recordings]
    texts, sizes = {text for text, _ in pairs}, {size for _, size in pairs}
    if len(set(pairs)) != len(pairs) or len(pairs) != len(texts) * len(sizes):
        raise ValueError("recordings: expected each text once with each size of C")


def _recording_problem(recording: Mapping[str, Any]) -> str:
    """Say which fields do not fit each other, or nothing."""
    n_steps, n_symbols = len(recording["tokens"]), len(recording["symbols"])
    if not all(token < n_symbols for token in recording["tokens"]):
        return f"tokens: expected numbers from 0 to {n_symbols - 1}"
    if [len(row) for row in recording["logits"]] != [n_symbols] * n_steps:
        return f"logits: expected {n_steps} rows of {n_symbols} numbers"
    n_units = min(recording["n_units"], MAX_UNITS)
    if [len(row) for row in recording["states"]] != [n_units] * (n_steps + 1):
        return f"states: expected {n_steps + 1} rows of {n_units} numbers"
    n_context = min(recording["d_context"], MAX_CONTEXT)
    if len(recording["context"]) != n_context:
        return f"context: expected {n_context} numbers"
    return ""


def _check_asked(models: Any, texts: Any) -> None:
    """Check models by the size of their C, and strings or pairs of them."""
    if not isinstance(models, Mapping):
        wanted = "a dictionary, models by the size of their C"
        raise TypeError(f"models: expected {wanted}, got {type(models).__name__}")
    for model in models.values():
        if not isinstance(model, EncoderDecoder):
            raise TypeError(f"models: expected EncoderDecoders, got {model!r}")
    if isinstance(texts, str) or not isinstance(texts, Collection):
        raise TypeError(f"texts: expected a list of strings or pairs, got {texts!r}")
    for item in texts:
        if not isinstance(item if isinstance(item, str) else _source(item), str):
            raise TypeError(f"texts: expected strings or pairs, got {item!r}")
    if not models or not len(texts):
        got = f"got {len(models)} and {len(texts)}"
        raise ValueError(f"models, texts: expected at least one of each, {got}")


def _source(item: Any) -> Any:
    return getattr(item, "source", None)
