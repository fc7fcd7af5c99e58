"""Chapter 4: what the heads of a pretrained encoder look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import traitlets
from torch import Tensor

from ...lab.pretrained import PretrainedEncoder
from ...shapes import check_texts
from ..shared.base import check_range
from ..shared.fallback import html_table
from ..shared.model_widget import TypedWidget
from ..shared.recordings import (
    BASE64,
    COUNT,
    TEXT,
    WORDS,
    check_recordings,
    pack_weights,
    unpack_weights,
)

__all__ = ["KINDS", "HeadViewer"]

MAX_RECORDINGS = 50
MAX_LETTERS = 2_000_000  # of base64: sentences have all heads of all layers
MAX_TEXT = 20_000  # characters; far more than any model has positions for

# Where a head can put its largest weight, seen from the picked token.
KINDS = ("itself", "[CLS]", "[SEP]", "before", "after", "elsewhere")


class HeadViewer(TypedWidget):
    """View attention weights of an encoder: sentence, layer, head, token → weights.

    Formula: ``weights[layer, head, token] = softmax_j(query[token] · key[j] / √d_head)``

    Args:
        recordings: what :meth:`record` returns, up to 50, all of one encoder.
        encoder: the pretrained encoder. With it and a running kernel the reader can type a
            sentence too; a built page shows the recordings.
        picked: the sentence that is shown.
        layer: the layer, from 0.
        head: the head, from 0.
        token: the token that looks; the first after [CLS] by default.
        in_browser: the name under which the book's build exports this encoder. A built
            page then lets its reader load it, in 8 bits, and type up to 128 tokens.

    A recording is a dictionary: ``sentence``; ``words``, its tokens; ``n_layers`` and
    ``n_heads``; and the weights, rounded to keep the page small. ``largest`` holds each row's
    largest weight in 65535ths, ``weights`` each weight as a share of it in 255ths, both as
    base64 of little-endian numbers: an error of at most 0.002.

    ``typed`` holds what the reader typed, ``answer`` its recording, ``message`` what there
    is to say about it. ``typed = None`` goes back to the picked sentence.

    Raises:
        ValueError: recordings that are none, or of different encoders.
        TraitError: a number out of range, now or later; it names the trait and the range.

    Another sentence moves ``token`` to the last one left where it must.
    Source: Clark et al. 2019 (arXiv 1906.04341), section 3. Chapter 4.
    """

    layer = traitlets.Int(0).tag(sync=True)
    head = traitlets.Int(0).tag(sync=True)
    token = traitlets.Int(0).tag(sync=True)

    def __init__(
        self,
        recordings: Sequence[Mapping[str, Any]],
        encoder: PretrainedEncoder | None = None,
        picked: int = 0,
        layer: int = 0,
        head: int = 0,
        token: int | None = None,
        in_browser: str = "",
        **kwargs: Any,
    ) -> None:
        check_recordings(
            recordings,
            _FIELDS,
            made_by="HeadViewer.record",
            most=MAX_RECORDINGS,
            same=("n_layers", "n_heads"),
            texts_of=_texts,
            most_letters=MAX_LETTERS,
        )
        if encoder is not None:
            _check_encoder(encoder)
        if token is None:
            check_range("picked", picked, 0, len(recordings) - 1)
            token = min(1, len(recordings[picked]["words"]) - 1)
        super().__init__(
            recordings,
            encoder,
            in_browser,
            picked=picked,
            layer=layer,
            head=head,
            token=token,
            **kwargs,
        )

    @classmethod
    def record(
        cls, encoder: PretrainedEncoder, sentences: Sequence[str]
    ) -> list[dict[str, Any]]:
        """Encode sentences and keep all attention weights, rounded.

        Args:
            encoder: what :func:`attention_course.lab.pretrained.load_encoder` returns.
            sentences: at least one.

        Returns:
            Recordings for the widget, about 30 KB for a sentence of 16 tokens.

        Raises:
            TypeError, ValueError: as :meth:`PretrainedEncoder.tokenize`.
        """
        _check_encoder(encoder)
        if isinstance(sentences, str) or not sentences:
            wanted = "a list of at least one string"
            raise ValueError(f"sentences: expected {wanted}, got {sentences!r}")
        check_texts("sentences", sentences)
        # One by one: no padding to cut off again, and little memory.
        return [_record_one(encoder, sentence) for sentence in sentences]

    def words(self) -> list[str]:
        """List the tokens of the sentence that is shown."""
        return list(self.recording()["words"])

    def all_weights(self) -> Tensor:
        """Return all weights ``(n_layers, n_heads, T, T)``, rounded, in double precision."""
        recording = self.recording()
        T = len(recording["words"])
        shape = recording["n_layers"], recording["n_heads"], T, T
        return unpack_weights(recording, shape)

    def weights(self) -> Tensor:
        """Return the picked head's weights ``(T, T)``: row = looks, column = is looked at."""
        return self.all_weights()[self.layer, self.head]

    def overview(self) -> list[list[str]]:
        """Name, for each layer and head, where the picked token's largest weight is.

        One of ``KINDS``: itself, [CLS], [SEP], the token before, the one after, elsewhere;
        the first of these that is true.
        """
        words = self.words()
        places = self.all_weights()[:, :, self.token].argmax(dim=-1).tolist()
        return [[_kind(words, self.token, place) for place in row] for row in places]

    def summary(self) -> str:
        """Say where the picked head looks from the picked token, and where all heads do."""
        words, row = self.words(), self.weights()[self.token]
        best, *_ = row.argsort(descending=True, stable=True).tolist()
        kinds = Counter(kind for line in self.overview() for kind in line)
        told = ", ".join(
            f"{kinds[kind]} {_told(kind)}" for kind in KINDS if kinds[kind]
        )
        return (
            f"layer {self.layer}, head {self.head}: token {self.token}, "
            f"“{words[self.token]}”, gives token {best}, “{words[best]}”, the most weight, "
            f"{float(row[best]):.2f}; of all {kinds.total()} heads, from here, {told}"
        )

    def fallback(self) -> str:
        """Return the picked head's weights from the picked token as an HTML table."""
        row = self.weights()[self.token].tolist()
        return html_table(
            f"Attention in “{self.recording()['sentence']}”: {self.summary()}.",
            ["token", "weight"],
            [
                [f"{place} {word}", f"{weight:.2f}"]
                for place, (word, weight) in enumerate(
                    zip(self.words(), row, strict=True)
                )
            ],
        )

    def _answer_to(self, entered: str) -> dict[str, Any]:
        return _record_one(self._model, entered)

    def _remark(self, typed: str) -> str:
        unknown = "[UNK]" in self.answer["words"]
        return "[UNK] stands for what the model has no piece for." if unknown else ""

    def _show_answer(self) -> None:
        self.token = min(self.token, len(self.words()) - 1)

    def _problem(self, typed: str) -> str:
        if self._model is None:
            return "There is no encoder here to read it."
        if not typed.strip():
            return "Type at least one word."
        if len(typed) > MAX_TEXT:
            return f"Type at most {MAX_TEXT:,} characters; this has {len(typed):,}."
        most = self._model.n_positions
        n_tokens = len(self._model.tokenizer.encode(typed).ids)
        if n_tokens > most:
            return f"The model reads at most {most} tokens; this has {n_tokens:,}."
        return ""

    @traitlets.validate("picked", "layer", "head", "token")  # type: ignore[untyped-decorator]
    def _check_number(self, proposal: dict[str, Any]) -> int:
        name, value = proposal["trait"].name, proposal["value"]
        # Traits set together are checked in any order: name the cause, not what follows.
        if name in ("picked", "token"):
            last = len(self.recordings) - 1
            check_range("picked", value if name == "picked" else self.picked, 0, last)
        if name == "picked":
            return int(value)
        sizes = {
            "layer": self.recordings[0]["n_layers"],
            "head": self.recordings[0]["n_heads"],
            "token": len(self.words()) if name == "token" else 0,
        }
        return check_range(name, value, 0, sizes[name] - 1)

    @traitlets.observe("picked")  # type: ignore[untyped-decorator]
    def _keep_token(self, change: dict[str, Any]) -> None:
        self._show_answer()


def _record_one(encoder: PretrainedEncoder, sentence: str) -> dict[str, Any]:
    encoding = encoder.encode([sentence])
    weights = encoding.weights[0]  # (n_layers, n_heads, T, T)
    return {
        "sentence": sentence,
        "words": list(encoding.tokens.words[0]),
        "n_layers": weights.shape[0],
        "n_heads": weights.shape[1],
        **pack_weights(weights),
    }


def _kind(words: Sequence[str], token: int, place: int) -> str:
    if place == token:
        return "itself"
    if words[place] in ("[CLS]", "[SEP]"):
        return words[place]
    return {-1: "before", 1: "after"}.get(place - token, "elsewhere")


def _told(kind: str) -> str:
    return {
        "itself": "look most at itself",
        "before": "at the token before",
        "after": "at the one after",
    }.get(kind, kind if kind == "elsewhere" else f"at {kind}")


_FIELDS = {
    "sentence": TEXT,
    "words": WORDS,
    "n_layers": COUNT,
    "n_heads": COUNT,
    "largest": BASE64,
    "weights": BASE64,
}


def _texts(recording: Mapping[str, Any]) -> dict[str, tuple[str, int]]:
    """List the base64 of a recording, each with the bytes that it must hold."""
    n_words = len(recording["words"])
    n_rows = recording["n_layers"] * recording["n_heads"] * n_words
    sizes = {"largest": 2 * n_rows, "weights": n_rows * n_words}
    return {name: (recording[name], size) for name, size in sizes.items()}


def _check_encoder(encoder: Any) -> None:
    # Not its class: a stand-in with the same methods will do.
    if not callable(getattr(encoder, "encode", None)) or isinstance(encoder, str):
        raise TypeError(f"encoder: expected a PretrainedEncoder, got {encoder!r}")
