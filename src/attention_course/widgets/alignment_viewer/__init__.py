"""Chapter 3: see where a translator looks for each character that it writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from unicodedata import normalize

import torch
import traitlets
from torch import Tensor

from ...data.sequences import UNKNOWN, Vocabulary
from ...encoder_decoder import EncoderDecoder, FixedContext, Translation, translate
from ...shapes import a, check_axes, checked, positive
from ..shared.base import check_range, double
from ..shared.fallback import html_table
from ..shared.model_widget import TypedWidget
from ..shared.recordings import (
    SHARES,
    Kind,
    check_recording,
    is_list,
    is_text,
)

__all__ = ["AlignmentViewer"]

MAX_TEXT = 200  # characters of a source
MAX_RECORDINGS = 50
FEW = 10  # unknown characters that a message names


class AlignmentViewer(TypedWidget):
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

    step = traitlets.Int(0).tag(sync=True)

    @checked(
        model=a(EncoderDecoder),
        source=a(Vocabulary),
        target=a(Vocabulary),
        max_length=positive,
    )
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
        _check_model(model, source, target)
        if (
            not isinstance(translations, (list, tuple))
            or not 1 <= len(translations) <= MAX_RECORDINGS
        ):
            wanted = f"a list of 1 to {MAX_RECORDINGS}"
            got = len(translations) if isinstance(translations, list) else translations
            raise ValueError(f"translations: expected {wanted}, got {got!r}")
        self._model, self._source, self._target = model, source, target
        self._max_length = max_length
        recordings = [
            self._recording_of(f"translations[{i}]", item)
            for i, item in enumerate(translations)
        ]
        super().__init__(
            recordings, model, in_browser, picked=picked, step=step, **kwargs
        )

    def weights(self) -> Tensor:
        """Return the weights that are shown ``(T_out, T_in)``."""
        return double(self.recording()["weights"])

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
        self, name: str, item: Translation | Mapping[str, Any] | str
    ) -> dict[str, Any]:
        if isinstance(item, str):
            if self._model is None:
                raise ValueError(f"{name}: a string needs a model to translate it")
            item = self._translate(item)
        if isinstance(item, Translation):
            item = _record(name, item)
        check_recording(name, item, _FIELDS, also="a Translation, a string, or ")
        n_rows, n_columns = len(item["written"]), len(item["text"])
        if [len(row) for row in item["weights"]] != [n_columns] * n_rows:
            raise ValueError(
                f"{name}: weights: expected {n_rows} rows of {n_columns} numbers"
            )
        return dict(item)

    def _translate(self, text: str) -> Translation:
        assert self._source is not None
        assert self._target is not None
        (translation,) = translate(
            self._model, [text], self._source, self._target, max_length=self._max_length
        )
        return translation

    def _problem(self, typed: str) -> str:
        text = normalize("NFC", typed)
        if self._model is None:
            return "There is no model here to translate it."
        if not text:
            return "Type at least one character."
        if len(text) > MAX_TEXT:
            return f"Type at most {MAX_TEXT} characters; this has {len(text)}."
        return ""

    def _answer_to(self, entered: str) -> dict[str, Any]:
        return _record("typed", self._translate(normalize("NFC", entered)))

    def _remark(self, typed: str) -> str:
        assert self._source is not None
        return _unknown_message(normalize("NFC", typed), self._source)

    def _show_answer(self) -> None:
        self.step = 0

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


_FIELDS = {
    "text": Kind(
        f"a string of 1 to {MAX_TEXT} characters",
        lambda value: is_text(value) and 1 <= len(value) <= MAX_TEXT,
    ),
    "written": Kind(
        "a list of at least one symbol",
        lambda value: is_list(value, is_text) and len(value) > 0,
    ),
    "weights": Kind(
        "numbers from 0 to 1 in rows", lambda value: is_list(value, SHARES.holds)
    ),
}


def _check_model(
    model: EncoderDecoder | None, source: Vocabulary | None, target: Vocabulary | None
) -> None:
    given = [one is not None for one in (model, source, target)]
    if any(given) != all(given):
        raise ValueError("model, source, target: expected all three or none, got some")
    if model is None or source is None or target is None:
        return
    if isinstance(model.decoder.context, FixedContext):
        raise ValueError("model: expected a model with attention, got a fixed context")
    _check_vocabulary("source", source, model.encoder.embedding.num_embeddings)
    _check_vocabulary("target", target, model.decoder.embedding.num_embeddings)


def _check_vocabulary(name: str, vocabulary: Vocabulary, size: int) -> None:
    if len(vocabulary) != size:
        raise ValueError(
            f"{name}: expected the model's vocabulary of {size} symbols, "
            f"got {len(vocabulary)}"
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
