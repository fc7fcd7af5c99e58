"""Chapter 3: see where a translator looks for each character that it writes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import normalize

import torch
import traitlets
from torch import Tensor

from ...data.sequences import UNKNOWN, Vocabulary
from ...encoder_decoder import EncoderDecoder, FixedContext, Translation, translate
from ...shapes import check_axes
from ..shared.base import CourseWidget, check_range
from ..shared.fallback import html_table

__all__ = ["AlignmentViewer"]

MAX_TEXT = 200  # characters of a source
MAX_RECORDINGS = 50
FEW = 10  # unknown characters that a message names


class AlignmentViewer(CourseWidget):
    """View an alignment: for each character written, the weights on the characters read.

    Formula: ``weights[t] = softmax_j(score(s[t-1], h[j]))``

    Args:
        translations: up to 50, each a :class:`attention_course.encoder_decoder.Translation`
            with weights, a recording that the widget made, or, with a model, a string.
        model: an encoder-decoder with attention. With it and a running kernel the reader
            can type a text too; a built page shows the translations.
        source: the model's source vocabulary.
        target: the model's target vocabulary.
        picked: the translation that is shown.
        step: the character written whose weights are shown, from 0.
        max_length: characters after which a translation without end is cut.
        in_browser: the name under which the book's build exports this very model. A built
            page then lets its reader load it and type there too.

    A recording is a dictionary: ``text``, the string read; ``written``, a list of symbols;
    ``weights``, a row for each of them with a number for each character of ``text``,
    rounded to three decimals.

    ``typed`` holds what the reader typed, ``answer`` its recording, ``message`` what there
    is to say about it. ``typed = None`` goes back to the picked translation.

    Raises:
        TypeError, ValueError: translations, a model or vocabularies that do not fit.
        TraitError: a number out of range, now or later; it names the trait and the range.

    Another translation moves ``step`` to the last one left where it must.
    Source: Bahdanau et al. 2015 (arXiv 1409.0473), section 5.2.1, figure 3. Chapter 3.
    """

    recordings = traitlets.List(read_only=True).tag(sync=True)
    picked = traitlets.Int(0).tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    typing = traitlets.Bool(False, read_only=True).tag(sync=True)  # a model was given
    in_browser = traitlets.Unicode(read_only=True).tag(sync=True)
    typed = traitlets.Unicode(None, allow_none=True).tag(sync=True)
    answer = traitlets.Dict().tag(sync=True)  # a recording, or nothing
    message = traitlets.Unicode().tag(sync=True)
    # True wherever this object lives. A page built from it does not know this name (see
    # state_names), and so knows that nobody would answer.
    _answers = traitlets.Bool(True, read_only=True).tag(sync=True)

    def __init__(
        self,
        translations: Sequence[Translation | Mapping[str, Any] | str],
        model: EncoderDecoder | None = None,
        source: Vocabulary | None = None,
        target: Vocabulary | None = None,
        picked: int = 0,
        step: int = 0,
        max_length: int = 100,
        in_browser: str = "",
        **kwargs: Any,
    ) -> None:
        if (model is None, source is None, target is None) not in [
            (True,) * 3,
            (False,) * 3,
        ]:
            raise ValueError("model, source, target: expected all three or none")
        if model is not None and isinstance(model.decoder.context, FixedContext):
            raise ValueError(
                "model: expected a model with attention, got a fixed context"
            )
        if model is not None and source is not None and target is not None:
            _check_vocabulary("source", source, model.encoder.embedding.num_embeddings)
            _check_vocabulary("target", target, model.decoder.embedding.num_embeddings)
        if (
            isinstance(translations, str)
            or not 1 <= len(translations) <= MAX_RECORDINGS
        ):
            raise ValueError(f"translations: expected a list of 1 to {MAX_RECORDINGS}")
        self._model, self._source, self._target = model, source, target
        self._max_length = max_length
        recordings = [
            self._recording_of(i, item) for i, item in enumerate(translations)
        ]
        self.set_trait("recordings", recordings)
        self.set_trait("typing", model is not None)
        self.set_trait("in_browser", in_browser)
        super().__init__(picked=picked, step=step, **kwargs)

    def recording(self) -> dict[str, Any]:
        """Return the recording that is shown: the answer to what was typed, or the picked one."""
        answered = self.typed is not None and self.answer
        return dict(self.answer if answered else self.recordings[self.picked])

    def weights(self) -> Tensor:
        """Return the weights that are shown ``(T_out, T_in)``."""
        return torch.tensor(self.recording()["weights"], dtype=torch.double)

    def entropy(self) -> Tensor:
        """Return each written character's entropy over the source in nats ``(T_out,)``."""
        return torch.special.entr(self.weights()).sum(dim=-1)

    def summary(self) -> str:
        """Say what was read, what was written, and where the shown step looks most."""
        recording, weights = self.recording(), self.weights()[self.step]
        place = int(weights.argmax())
        return (
            f"“{recording['text']}” becomes {''.join(recording['written'])}; for output "
            f"{self.step}, “{recording['written'][self.step]}”, the most weight, "
            f"{float(weights[place]):.2f}, is on “{recording['text'][place]}”, source {place}"
        )

    def fallback(self) -> str:
        """Return, for each character written, where the weights are, as an HTML table."""
        recording, entropy = self.recording(), self.entropy().tolist()
        rows = []
        for t, (symbol, weights) in enumerate(
            zip(recording["written"], self.weights(), strict=True)
        ):
            best = weights.topk(min(3, len(weights)))
            places = [
                f"{_shown(recording['text'][j])} (source {j}) {weight:.2f}"
                for weight, j in zip(
                    best.values.tolist(), best.indices.tolist(), strict=True
                )
            ]
            rows.append([f"{t}: {symbol}", ", ".join(places), f"{entropy[t]:.2f}"])
        return html_table(
            f"Alignment: {self.summary()}.",
            ["written", "most weight on", "entropy in nats"],
            rows,
        )

    def _recording_of(
        self, i: int, item: Translation | Mapping[str, Any] | str
    ) -> dict[str, Any]:
        if isinstance(item, str):
            if self._model is None:
                raise ValueError(
                    f"translations[{i}]: a string needs a model to translate it"
                )
            item = self._translate(item)
        if isinstance(item, Translation):
            item = _record(f"translations[{i}]", item)
        problem = _recording_problem(item)
        if problem:
            raise ValueError(f"translations[{i}]: {problem}")
        return dict(item)

    def _translate(self, text: str) -> Translation:
        assert self._model is not None
        assert self._source is not None
        assert self._target is not None
        (translation,) = translate(
            self._model, [text], self._source, self._target, max_length=self._max_length
        )
        return translation

    @traitlets.observe("typed")  # type: ignore[untyped-decorator]
    def _answer(self, change: dict[str, Any]) -> None:
        typed = change["new"]
        self.step = 0
        self.answer, self.message = {}, ""
        if typed is None:
            return
        text = normalize("NFC", typed)
        if self._model is None or self._source is None:
            self.message = "There is no model here to translate it."
        elif not text:
            self.message = "Type at least one character."
        elif len(text) > MAX_TEXT:
            self.message = f"Type at most {MAX_TEXT} characters; this has {len(text)}."
        else:
            self.answer = _record("typed", self._translate(text))
            self.message = _unknown_message(text, self._source)

    @traitlets.validate("picked", "step")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        last = len(self.recordings) - 1
        if name == "step":
            check_range("picked", self.picked, 0, last)
            last = len(self.recording()["written"]) - 1
        return check_range(name, value, 0, last)

    @traitlets.observe("picked")  # type: ignore[untyped-decorator]
    def _keep_step(self, change: dict[str, Any]) -> None:
        self.step = min(self.step, len(self.recording()["written"]) - 1)


def _check_vocabulary(name: str, vocabulary: Vocabulary, size: int) -> None:
    if len(vocabulary) != size:
        raise ValueError(
            f"{name}: expected the model's vocabulary of {size} symbols, got {len(vocabulary)}"
        )


def _record(name: str, translation: Translation) -> dict[str, Any]:
    """Write a translation down as plain values."""
    if translation.weights is None:
        raise ValueError(f"{name}: expected weights: a model with attention has them")
    check_axes(name, translation.weights, "T_out T_in")
    return {
        "text": translation.read,
        "written": list(translation.written),
        "weights": [[round(w, 3) for w in row] for row in translation.weights.tolist()],
    }


def _recording_problem(recording: Any) -> str:
    """Say why this is no recording, or nothing."""
    if not isinstance(recording, Mapping) or set(recording) != {
        "text",
        "written",
        "weights",
    }:
        return "expected a Translation, a recording with text, written and weights, or a string"
    text, written, weights = (
        recording[name] for name in ("text", "written", "weights")
    )
    if not isinstance(text, str) or not 1 <= len(text) <= MAX_TEXT:
        return f"text: expected a string of 1 to {MAX_TEXT} characters"
    if not len(written) or not all(isinstance(symbol, str) for symbol in written):
        return "written: expected a list of at least one symbol"
    if [len(row) for row in weights] != [len(text)] * len(written):
        return f"weights: expected {len(written)} rows of {len(text)} numbers"
    if not all(math.isfinite(w) and 0 <= w <= 1 for row in weights for w in row):
        return "weights: expected numbers from 0 to 1"
    return ""


def _unknown_message(text: str, source: Vocabulary) -> str:
    numbers = source.encode(text)
    unknown = list(
        dict.fromkeys(c for c, n in zip(text, numbers, strict=True) if n == UNKNOWN)
    )
    if not unknown:
        return ""
    named = ", ".join(f"“{_shown(c)}”" for c in unknown[:FEW])
    more = f" and {len(unknown) - FEW} more" if len(unknown) > FEW else ""
    return f"The model was never shown {named}{more}: it reads {source.symbols[UNKNOWN]} instead."


def _shown(character: str) -> str:
    """Write a character so that it can be seen."""
    if character == " ":
        return "␣"
    return character if character.isprintable() else f"U+{ord(character):04X}"
