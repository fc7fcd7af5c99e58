"""Chapter 6: a language model writes, one character at a time, with two dials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from unicodedata import normalize

import torch
import traitlets
from torch import Tensor

from ...attention_today import LanguageModel, next_probabilities
from ...data.novel import novel_vocabulary
from ...data.sequences import UNKNOWN, Vocabulary
from ...lab.language import LENGTH
from ...shapes import a, checked, integer, number, positive, string, whole
from ..shared.base import check_range, double
from ..shared.fallback import html_table
from ..shared.model_widget import ModelWidget
from ..shared.recordings import (
    BASE64,
    COUNT,
    NUMBERS,
    Kind,
    check_recordings,
    is_text,
    pack_weights,
    unpack_weights,
)

__all__ = ["TextWriter", "random_share"]

MAX_RECORDINGS = 100
MAX_TEXT = 400  # characters
COLDEST, HOTTEST = 0.1, 2.0
LAST_SEED = 99
SHOWN = 10  # characters in the table of what may come


class TextWriter(ModelWidget):
    """Let a language model write: what may come next, what is drawn, where it looks.

    Formula: ``p = softmax(logits / temperature)`` over the ``top_k`` largest logits; the
    first character is drawn whose ``p``, added to those before it, is above a number
    that ``seed`` and the length of the text decide

    Args:
        recordings: texts with what the model expected after each, as :meth:`record`
            returns, up to 100, all of one model.
        model: the model. With it and a running kernel it goes on writing; a built page
            shows the recordings.
        vocabulary: of the model; that of chapter 6's novel by default.
        picked: the recording that is shown while nothing was written.
        temperature: from 0.1 to 2.
        top_k: how many characters keep a probability; all by default.
        seed: of the number that draws, 0 to 99.
        layer: the layer whose weights are shown; the last one by default.
        head: the head.
        in_browser: the name under which the book's build exports this very model. A built
            page then lets its reader load it and write there too.

    A recording is a dictionary: ``text``; the ``logits`` of what may follow it, one a
    character of the vocabulary (its special symbols are never written); ``n_layers`` and
    ``n_heads``; and ``largest`` and ``weights``, with which the last character looks at
    those that the model reads, as ``pack_weights`` rounds them. It reads the last 64
    characters, as many as it was trained with.

    ``text`` is what was written so far, or "" for nothing; ``answer`` its recording.

    Raises:
        TypeError, ValueError: recordings, a model or a vocabulary that do not fit.
        TraitError: a number out of range or too long a text; it names the trait.

    Source: Radford et al. 2018, section 3.1; top-k from Fan et al. 2018 (arXiv
    1805.04833). Chapter 6.
    """

    entered: ClassVar[str] = "text"

    symbols = traitlets.List(read_only=True).tag(sync=True)  # characters that may come
    text = traitlets.Unicode("").tag(sync=True)
    temperature = traitlets.Float(1.0).tag(sync=True)
    top_k = traitlets.Int(1).tag(sync=True)
    seed = traitlets.Int(0).tag(sync=True)
    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)

    @checked(model=a(LanguageModel), vocabulary=a(Vocabulary))
    def __init__(
        self,
        recordings: Sequence[Mapping[str, Any]],
        model: LanguageModel | None = None,
        vocabulary: Vocabulary | None = None,
        picked: int = 0,
        temperature: float = 1.0,
        top_k: int | None = None,
        seed: int = 0,
        layer: int | None = None,
        head: int = 0,
        in_browser: str = "",
        **kwargs: Any,
    ) -> None:
        check_recordings(
            recordings,
            _FIELDS,
            made_by="TextWriter.record",
            most=MAX_RECORDINGS,
            same=("n_layers", "n_heads"),
            texts_of=_texts,
        )
        self._vocabulary = vocabulary or novel_vocabulary()
        symbols, first = _characters(self._vocabulary), recordings[0]
        if any(len(recording["logits"]) != len(symbols) for recording in recordings):
            raise ValueError(
                f"recordings: logits: expected {len(symbols)} numbers each"
            )
        if model is not None:
            _check_model(model, self._vocabulary)
        self.set_trait("symbols", symbols)
        super().__init__(
            recordings,
            model,
            in_browser,
            picked=picked,
            temperature=temperature,
            top_k=len(symbols) if top_k is None else top_k,
            seed=seed,
            layer=first["n_layers"] - 1 if layer is None else layer,
            head=head,
            **kwargs,
        )

    @staticmethod
    @checked(
        model=a(LanguageModel),
        beginning=string,
        n=whole(0),
        temperature=number(above=0),
        top_k=positive,
        seed=integer,
        vocabulary=a(Vocabulary),
    )
    def record(
        model: LanguageModel,
        beginning: str,
        n: int = 0,
        *,
        temperature: float = 1.0,
        top_k: int | None = None,
        seed: int = 0,
        vocabulary: Vocabulary | None = None,
    ) -> list[dict[str, Any]]:
        """Let a model write, and keep what it expected at each step, rounded.

        Args:
            model: a language model. It is left in the mode, training or not, that it was in.
            beginning: the text that it goes on with, at least one character.
            n: how many characters it writes.
            temperature, top_k, seed, vocabulary: as for the widget.

        Returns:
            Recordings for the widget, one more than ``n``: each step's text is the one
            before with the character that was drawn. About 1.3 KB each.

        Raises:
            TypeError, ValueError: arguments that do not fit.
        """
        vocabulary = vocabulary or novel_vocabulary()
        _check_model(model, vocabulary)
        symbols, text = _characters(vocabulary), normalize("NFC", beginning)
        if not text:
            raise ValueError("beginning: expected at least one character, got none")
        if len(text) + n > MAX_TEXT:
            wanted = f"at most {MAX_TEXT} characters with the beginning"
            raise ValueError(f"n: expected {wanted}, got {len(text) + n}")
        found = [_record_one(model, vocabulary, text)]
        for _ in range(n):
            logits = double(found[-1]["logits"])
            chances = next_probabilities(logits, temperature=temperature, top_k=top_k)
            text += symbols[_drawn(chances, random_share(seed, len(text)))]
            found.append(_record_one(model, vocabulary, text))
        return found

    def logits(self) -> Tensor:
        """Return the logits of what may come next ``(n_characters,)``, in double precision."""
        return double(self.recording()["logits"])

    def probabilities(self) -> Tensor:
        """Return the probabilities with both dials ``(n_characters,)``."""
        return next_probabilities(
            self.logits(), temperature=self.temperature, top_k=self.top_k
        )

    def drawn(self) -> str:
        """Return the character that the seed draws."""
        share = random_share(self.seed, len(self.recording()["text"]))
        return str(self.symbols[_drawn(self.probabilities(), share)])

    def weights(self) -> Tensor:
        """Return the last character's weights in the picked head, ``(T,)``, oldest first."""
        recording = self.recording()
        n_read = min(len(recording["text"]), LENGTH)
        shape = recording["n_layers"], recording["n_heads"], n_read
        return unpack_weights(recording, shape)[self.layer, self.head]

    def summary(self) -> str:
        """Say what may come, what is drawn, and where the last character looks."""
        text, logits = self.recording()["text"], self.logits()
        best, chances, weights = logits.argmax(), self.probabilities(), self.weights()
        of = "all" if self.top_k >= len(self.symbols) else f"the best {self.top_k}"
        drawn = self.symbols.index(self.drawn())
        back = len(weights) - 1 - int(weights.argmax())
        where = f"{_visible(text[-1 - back])}, {back} back" if back else "itself"
        return (
            f"after …{''.join(map(_visible, text[-12:]))} the model expects "
            f"{_visible(self.symbols[int(best)])} most, with probability "
            f"{float(logits.softmax(-1)[best]):.2f}; at temperature {self.temperature:.1f}, "
            f"of {of}, {float(chances[best]):.2f}; seed {self.seed} draws "
            f"{_visible(self.symbols[drawn])} ({float(chances[drawn]):.2f}); in layer "
            f"{self.layer}, head {self.head}, the last character looks most at {where}, "
            f"with weight {float(weights.max()):.2f}"
        )

    def fallback(self) -> str:
        """Return all that was written, what may come next, and where the model looks."""
        logits, chances, weights = self.logits(), self.probabilities(), self.weights()
        order = logits.argsort(descending=True, stable=True)[:SHOWN].tolist()
        may_come = [
            [_visible(self.symbols[n]), f"{p:.3f}", f"{float(chances[n]):.3f}"]
            for n, p in zip(order, logits.softmax(-1)[order].tolist(), strict=True)
        ]
        text = self.recording()["text"]
        best = weights.topk(min(5, len(weights)))
        looked_at = []
        for place, weight in zip(best.indices.tolist(), best.values, strict=True):
            back = len(weights) - 1 - place
            looked_at.append(
                [f"{back} back", _visible(text[-1 - back]), f"{float(weight):.2f}"]
            )
        caption, whole_text = self.summary(), self.recordings[-1]["text"]
        return "\n".join(
            [
                html_table(
                    f"{caption[0].upper()}{caption[1:]}.",
                    ["may come next", "as the model says", "with both dials"],
                    may_come,
                ),
                html_table(
                    f"Written beforehand: “{whole_text}”. Where it stands now, the last "
                    "character looks at these.",
                    ["where", "character", "weight"],
                    looked_at,
                ),
            ]
        )

    def _answer_to(self, entered: str) -> dict[str, Any]:
        return _record_one(self._model, self._vocabulary, entered)

    @traitlets.validate("text")  # type: ignore[untyped-decorator]
    def _check_text(self, proposal: dict[str, Any]) -> str:
        value = normalize("NFC", proposal["value"])
        if len(value) > MAX_TEXT:
            raise traitlets.TraitError(
                f"text: expected at most {MAX_TEXT} characters, got {len(value)}"
            )
        return value

    @traitlets.validate("temperature")  # type: ignore[untyped-decorator]
    def _check_temperature(self, proposal: dict[str, Any]) -> float:
        value = float(proposal["value"])
        if not COLDEST <= value <= HOTTEST:
            raise traitlets.TraitError(
                f"temperature: expected a number from {COLDEST} to {HOTTEST}, got {value}"
            )
        return value

    @traitlets.validate("picked", "top_k", "seed", "layer", "head")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        first = self.recordings[0]
        low, high = {
            "picked": (0, len(self.recordings) - 1),
            "top_k": (1, len(self.symbols)),
            "seed": (0, LAST_SEED),
            "layer": (0, first["n_layers"] - 1),
            "head": (0, first["n_heads"] - 1),
        }[name]
        return check_range(name, value, low, high)


@checked(seed=integer, place=whole(0))
def random_share(seed: int, place: int) -> float:
    """Give the number from 0 to 1 that draws the character at a place of a text.

    The same in Python and in the page, whatever was asked before: seed and place make 32
    bits, which are mixed until each depends on all.

    Args:
        seed: a whole number.
        place: how many characters stand before.

    Returns:
        A number from 0, included, to 1, excluded.

    Source: the finalizer of MurmurHash3 (Appleby 2011). Chapter 6.
    """
    bits = (seed * 0x9E3779B1 + place * 0x85EBCA6B) % 2**32
    for factor, shift in ((0x85EBCA6B, 16), (0xC2B2AE35, 13)):
        bits = (bits ^ bits >> shift) * factor % 2**32
    return (bits ^ bits >> 16) / 2**32


def _drawn(chances: Tensor, share: float) -> int:
    """Find the first symbol at which the chances add up to more than a share."""
    above = (chances.cumsum(dim=0) > share) & (chances > 0)  # (n_characters,)
    # Rounding may leave the sum of all a little below a share that is nearly 1.
    return int(above.nonzero()[0]) if bool(above.any()) else int(chances.nonzero()[-1])


@torch.no_grad()
def _record_one(
    model: LanguageModel, vocabulary: Vocabulary, text: str
) -> dict[str, Any]:
    tokens = torch.tensor(vocabulary.encode(text)[-LENGTH:])  # (T,)
    was_training = model.training
    model.eval()
    try:
        logits, weights = model(tokens, need_weights=True)
    finally:
        model.train(was_training)
    last = weights[..., -1, :]  # (n_layers, n_heads, T)
    return {
        "text": text,
        "logits": [round(logit, 4) for logit in logits[-1, UNKNOWN + 1 :].tolist()],
        "n_layers": last.shape[0],
        "n_heads": last.shape[1],
        **pack_weights(last),
    }


def _characters(vocabulary: Vocabulary) -> list[str]:
    """List what a model may write: all symbols but the special ones."""
    return list(vocabulary.symbols[UNKNOWN + 1 :])


def _visible(symbol: str) -> str:
    """Write a character so that it can be seen, as the page does."""
    return {" ": "␣", "\n": "↵"}.get(symbol, symbol)


_FIELDS = {
    "text": Kind(
        f"a string of 1 to {MAX_TEXT} characters",
        lambda value: is_text(value) and 1 <= len(value) <= MAX_TEXT,
    ),
    "logits": NUMBERS,
    "n_layers": COUNT,
    "n_heads": COUNT,
    "largest": BASE64,
    "weights": BASE64,
}


def _texts(recording: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """List the base64 of a recording, each with the bytes that it must hold."""
    n_rows = recording["n_layers"] * recording["n_heads"]
    n_read = min(len(recording["text"]), LENGTH)
    sizes = {"largest": 2 * n_rows, "weights": n_rows * n_read}
    return {name: (recording[name], size) for name, size in sizes.items()}


def _check_model(model: LanguageModel, vocabulary: Vocabulary) -> None:
    if model.n_tokens != len(vocabulary):
        raise ValueError(
            f"model: expected one for the vocabulary's {len(vocabulary)} symbols, "
            f"got {model.n_tokens}"
        )
