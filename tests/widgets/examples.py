"""One entry for each widget: what the tests that run over every widget show and move.

A new widget needs an entry in ``EXAMPLES``; nothing else has to be written for the checks
of test_every_widget.py and browser/test_every_widget.py to run over it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace
from typing import Any, ClassVar

import torch

from attention_course import widgets
from attention_course.data.sequences import END, Pair, Vocabulary
from attention_course.encoder_decoder import EncoderDecoder, Translation
from attention_course.grid_models import VideoDecoder
from attention_course.lab.pretrained import Encoding, Tokens
from attention_course.widgets import (
    AlignmentViewer,
    CourseWidget,
    DecodingStepper,
    DigitPad,
    EmbeddingExplorer,
    HeadViewer,
    NeighbourhoodExplorer,
    PatchAttentionViewer,
    PatchExplorer,
    PositionExplorer,
    ScoreExplorer,
    VideoPad,
    VideoPlayer,
    WorkedExample,
)

WIDGETS = [
    item
    for item in (getattr(widgets, name) for name in widgets.__all__)
    if isinstance(item, type) and issubclass(item, CourseWidget) and item.module
]
HOSTILE = "</script><b>\"'><img src=x onerror='hacked = 1'></figure>"
LONG = "Donaudampfschifffahrtsgesellschaft"


@dataclass(frozen=True, kw_only=True)
class Example:
    """How to show one widget.

    Args:
        chapter: where it belongs; a page loads the scripts of a chapter together.
        usual: makes one as a chapter shows it, with all of its controls in sight; takes
            state by name.
        changed: a state that a usual one can be brought into, far from where it starts.
        largest: makes one with as much in it as it takes, or nearly.
        colours: makes one with as many colours in it as it has; the largest by default.
        n_colours: how many different grounds its texts then stand on, at least.
        says: texts that are to be among those; for kinds of text that are easily missed.
        hostile: makes one with ``HOSTILE`` and ``&lt;`` for each text that a caller gives.
            None only for a widget that takes no text.
        texts: where they must stand in the page, as they are: selector → texts.
        n_sliders, n_controls: how many sliders, and at least how many other named things,
            a usual one has.
        tick: tick boxes that bring out more text.
        moves: controls whose answer is timed: label → what makes the widget, a large one.
            The first is there in the usual one too.
        scrolls: names of the boxes that scroll in the largest one at 360 pixels.
        marks: drawings that must stand out from the ground: selector → property of style.
    """

    chapter: int
    usual: Callable[..., CourseWidget]
    changed: dict[str, Any]
    largest: Callable[..., CourseWidget]
    colours: Callable[[], CourseWidget] | None = None
    n_colours: int
    says: tuple[str, ...] = ()
    hostile: Callable[[], CourseWidget] | None
    texts: dict[str, list[str]] = field(default_factory=dict)
    n_sliders: int
    n_controls: int
    tick: tuple[str, ...] = ()
    moves: dict[str, Callable[[], CourseWidget]]
    scrolls: tuple[str, ...] = ()
    marks: dict[str, str] = field(default_factory=dict)


def random(seed):
    return torch.Generator().manual_seed(seed)


# Chapter 1.


def largest_embedding_explorer():
    return EmbeddingExplorer(vocab_size=12, dim=8, words=["a long word"] * 12)


def largest_patch_explorer():
    return PatchExplorer(patch=14, d_model=1000, n_pictures=64)


# Chapters 2 and 3: models that were not trained; they write nonsense, but always the same.

SOURCE = Vocabulary("abcdefgh0123456789 年月日")
TARGET = Vocabulary("0123-")
PAIRS = [Pair("abc", "01"), Pair("2024年3月9日", "2-3"), Pair("h g f e d", "0-1-2-3")]


def toy_translator(context, source=SOURCE, target=TARGET, d_context=5, seed=0, d=12):
    """An ``EncoderDecoder`` of random numbers, large enough to write something."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = EncoderDecoder(
            len(source),
            len(target),
            context=context,
            d_embedding=4,
            d_encoder=d,
            d_decoder=37 if context == "fixed" else d,
            d_context=d_context,
        )
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.mul_(3)
            if context != "fixed":  # it should write something before it ends
                model.decoder.to_logits.bias[END] = -10
    return model.eval()


def decoding_stepper(**state):
    models = {
        size: toy_translator("fixed", d_context=size, seed=size) for size in (3, 40)
    }
    recordings = DecodingStepper.record(models, PAIRS, SOURCE, TARGET, max_length=9)
    return DecodingStepper(recordings, **state)


def random_recording(draw, text, n_steps, n_symbols=9):
    """What a decoder might have done, over ``n_symbols`` symbols, with two hidden units."""

    def rand(*shape):
        return torch.randn(*shape, generator=draw).mul(4).tolist()

    logits = rand(n_steps, n_symbols)
    symbols = ["<pad>", "<start>", "<end>", "<unknown>", *"abcde"]
    return {
        "d_context": 2,
        "source": text,
        "expected": text[::-1],
        "read": list(text),
        "context": rand(2),
        "states": rand(n_steps + 1, 3),
        "n_units": 3,
        "logits": logits,
        "tokens": torch.tensor(logits).argmax(-1).tolist(),
        "symbols": symbols[:n_symbols],
    }


def largest_decoding_stepper():
    draw = random(10)
    recordings = [
        random_recording(draw, text, 40)
        | {
            "d_context": 200,
            "context": torch.randn(128, generator=draw).tolist(),
            "n_units": 64,
            "states": torch.randn(41, 32, generator=draw).tolist(),
        }
        for text in ("2024年3月9日 " * 10, LONG * 3)
    ]
    return DecodingStepper(recordings, step=30)


def hostile_decoding_stepper():
    recording = random_recording(random(3), HOSTILE, 3)
    recording["symbols"][4:8] = [HOSTILE, "<i>", "&lt;", "'\""]
    return DecodingStepper([recording])


def alignment_viewer(**state):
    texts = [pair.source for pair in PAIRS]
    model = toy_translator("additive")
    return AlignmentViewer(texts, model, SOURCE, TARGET, max_length=9, **state)


def largest_alignment_viewer():
    weights = torch.rand(30, 200, generator=random(10))
    texts = ["年" * 200, "ab" * 100]
    return AlignmentViewer(
        [Translation("", text, ("0",) * 30, weights) for text in texts]
    )


def colourful_alignment_viewer():
    weights = torch.linspace(0, 1, 60).reshape(3, 20)
    return AlignmentViewer([Translation("01", "a" * 20, ("0", "1", "<end>"), weights)])


ALIGNED = [HOSTILE, "<b>", "&lt;", "<end>"]


def hostile_alignment_viewer():
    weights = torch.full((4, len(HOSTILE)), 1 / len(HOSTILE))
    return AlignmentViewer([Translation("", HOSTILE, tuple(ALIGNED), weights)])


def largest_score_explorer(**state):
    value = torch.randn(8, 8, generator=random(10))
    return ScoreExplorer(8, 8, 64, value=value, mask="padding", **state)


# Chapter 4.

SENTENCES = ["the cat sat on it", "a dog", "birds fly over the old town"]


class ToyEncoder:
    """Stands in for the pretrained encoder: other weights, the same interface."""

    def __init__(self, n_layers=3, n_heads=5, sharpness=3.0, n_positions=60):
        self.n_layers, self.n_heads = n_layers, n_heads
        self.sharpness, self.n_positions = sharpness, n_positions
        self.tokenizer = SimpleNamespace(encode=self._encode)

    def _encode(self, sentence):
        known = [w if w.isascii() else "[UNK]" for w in sentence.lower().split()]
        tokens = ["[CLS]", *known, "[SEP]"]
        return SimpleNamespace(tokens=tokens, ids=list(range(len(tokens))))

    def encode(self, sentences):
        (sentence,) = sentences
        words = self._encode(sentence).tokens
        size = (1, self.n_layers, self.n_heads, len(words), len(words))
        draw = random(sum(map(ord, sentence)))
        weights = (self.sharpness * torch.randn(*size, generator=draw)).softmax(-1)
        ids = torch.zeros(1, len(words), dtype=torch.long)
        tokens = Tokens(ids, torch.ones_like(ids).bool(), [words])
        return Encoding(tokens, torch.empty(0), weights, torch.empty(0))


def heads_by_hand(words, weights):
    """A recording of the given weights ``(n_layers, n_heads, T, T)``."""
    encoder = ToyEncoder(*weights.shape[:2])
    encoder.encode = lambda sentences: Encoding(
        SimpleNamespace(words=[words]), torch.empty(0), weights[None], torch.empty(0)
    )
    (recording,) = HeadViewer.record(encoder, [" ".join(words)])
    return recording


def head_viewer(**state):
    encoder = ToyEncoder()
    return HeadViewer(HeadViewer.record(encoder, SENTENCES), encoder, **state)


def largest_head_viewer(**state):
    encoder = ToyEncoder(6, 16)
    texts = [" ".join([LONG.lower()] * 12), "w " * 50]
    return HeadViewer(HeadViewer.record(encoder, texts), encoder, **state)


def colourful_head_viewer():
    """One row of all weights from 0 to 1, and heads of all largest weights."""
    weights = torch.linspace(0.01, 1, 35).expand(4, 9, 35, 35)
    weights = weights * torch.linspace(0.1, 1, 36).reshape(4, 9, 1, 1)
    return HeadViewer([heads_by_hand(["[CLS]"] + ["w"] * 34, weights)], layer=3, head=8)


def hostile_head_viewer():
    words = [HOSTILE, "&lt;"]
    return HeadViewer([heads_by_hand(words, torch.full((1, 1, 2, 2), 0.5))])


def largest_worked_example():
    draw = random(10)
    given = [100 * (2 * torch.rand(2, 8, generator=draw) - 1) for _ in range(3)]
    return WorkedExample(*given, words=[LONG, "Kapitän"])


def largest_position_explorer():
    return PositionExplorer(64, 1e6)


def colourful_worked_example():
    value = torch.linspace(-90, 90, 16).reshape(2, 8)
    return WorkedExample(torch.eye(2, 3), torch.eye(2, 3), value)


# Chapter 5.


def random_scans(n_scans=3, size=8, patch=2, n_layers=3, n_heads=4, sharpness=3.0):
    """Recordings of a model that looks anywhere and guesses."""
    draw = random(5)
    n = (size // patch) ** 2 + 1
    weights = torch.randn(n_scans, n_layers, n_heads, n, n, generator=draw)
    weights = (sharpness * weights).softmax(-1)

    class Model(torch.nn.Module):
        config: ClassVar = {"patch": (patch, patch)}

        def forward(self, images, *, need_weights):
            return 2 * torch.randn(n_scans, 10, generator=draw), weights

    images = torch.rand(n_scans, size, size, 1, generator=draw)
    return PatchAttentionViewer.record(Model(), images, torch.arange(n_scans))


BAR = "".join("000f0000" if 4 <= row < 28 else "00000000" for row in range(32))  # a 1


def largest_digit_pad():
    return DigitPad(random_scans(patch=1))


def random_decoder(sizes, context_sizes, n_layers=2, n_heads=2, seed=4, **settings):
    """A decoder of random numbers: it draws nonsense, and looks about unevenly."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        model = VideoDecoder(
            sizes,
            context_sizes,
            n_layers=n_layers,
            n_heads=n_heads,
            d_model=6 * n_heads,
            d_hidden=8,
            **settings,
        )
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) / 2)
    return model.eval()


def video_pad(
    n=3, sizes=(4, 8, 8), small=(2, 4, 4), model=None, settings=None, **state
):
    """Random videos, enlarged twice; with ``model=True`` paintings are, too."""
    decoder = random_decoder(sizes, small, **(settings or {}))
    videos = torch.rand(n, *small, 1, generator=random(8))
    return VideoPad(
        VideoPad.record(decoder, videos), decoder if model else None, **state
    )


def largest_video_pad():
    """As chapter 5 has it: nearly all that a page may carry."""
    return video_pad(1, (8, 16, 16), (4, 8, 8))


def random_videos(sizes, seed=6):
    draw = random(seed)
    return {name: torch.rand(*size, generator=draw) for name, size in sizes.items()}


def random_windows(sizes, extent, sharpness=3.0):
    """Weights of random windows, clipped nowhere: what lies outside is not shown."""
    window = [2 * e + 1 for e in extent]
    scores = torch.randn(*sizes, math.prod(window), generator=random(7))
    return (sharpness * scores).softmax(-1).unflatten(-1, window)


def video_player(**state):
    videos = random_videos({"small": (3, 4, 5), "large": (6, 7, 11), "end": (5, 7, 11)})
    weights = random_windows((6, 7, 11), (1, 1, 2))
    return VideoPlayer(videos, weights=weights, query="large", context="small", **state)


def largest_video_player():
    videos = random_videos(
        {LONG: (4, 8, 8), "large": (12, 32, 32), "c": (12, 32, 32), "d": (1, 32, 9)}
    )
    weights = random_windows((6, 8, 8), (2, 2, 2))
    context = {"context": LONG, "context_sizes": (4, 8, 8)}
    return VideoPlayer(videos, weights=weights, query="large", **context)


def colourful_video_player():
    """Each of a window's weights its own, from 0 to 1."""
    videos = random_videos({"small": (3, 4, 5), "large": (6, 7, 11)})
    weights = torch.linspace(0, 1, 45).reshape(3, 3, 5).expand(6, 7, 11, 3, 3, 5)
    return VideoPlayer(videos, weights=weights, query="large", context="small", frame=2)


def hostile_video_player():
    videos = random_videos({HOSTILE: (2, 3, 3), "&lt;": (2, 3, 3)})
    return VideoPlayer(videos, weights=random_windows((2, 3, 3), (1, 1, 1)))


def largest_neighbourhood_explorer():
    return NeighbourhoodExplorer([8, 8, 8], [8, 8, 8], [4, 4, 4])


def largest_patch_attention_viewer():
    return PatchAttentionViewer(random_scans(patch=1))


EXAMPLES = {
    EmbeddingExplorer: Example(
        chapter=1,
        usual=EmbeddingExplorer,
        changed={"vocab_size": 9, "token": 8, "dim": 3, "words": ["zero", "one"]},
        largest=largest_embedding_explorer,
        n_colours=20,
        hostile=lambda: EmbeddingExplorer(words=[HOSTILE, "&lt;"], token=1),
        texts={".ac-rows tbody th .ac-pick": [f"0 {HOSTILE}", "1 &lt;", *"23456"]},
        n_sliders=3,
        n_controls=5,
        moves=dict.fromkeys(
            ("Token", "Vocabulary size K", "Dimension k"), largest_embedding_explorer
        ),
        scrolls=("Embedding table",),
    ),
    PatchExplorer: Example(
        chapter=1,
        usual=PatchExplorer,
        changed={"patch": 8, "picked": 700, "d_model": 37, "n_pictures": 3},
        largest=largest_patch_explorer,
        # Every grey level is the ground of its number.
        colours=lambda: PatchExplorer(torch.arange(256).reshape(16, 16) / 255),
        n_colours=256,
        hostile=None,
        n_sliders=3,
        n_controls=5,
        moves=dict.fromkeys(
            ("Embedding size d", "Patch size P", "Pictures M"), largest_patch_explorer
        ),
    ),
    DecodingStepper: Example(
        chapter=2,
        usual=decoding_stepper,
        changed={"text": PAIRS[2].source, "d_context": 3, "step": 2},
        largest=largest_decoding_stepper,
        colours=lambda: DecodingStepper(
            [random_recording(random(9), "abc", 6)], step=6
        ),
        n_colours=5,
        says=("wrong",),
        hostile=hostile_decoding_stepper,
        texts={
            ".ac-chances tbody th > span": [
                *("<pad>", "<start>", "<end>", "<unknown>"),
                *(HOSTILE, "<i>", "&lt;", "'\"", "e"),
            ],
            "select option": [f"{len(HOSTILE)}: {HOSTILE}", "2 numbers"],
            ".ac-step:nth-child(4) .ac-char": list(HOSTILE.replace(" ", "␣")),
        },
        n_sliders=1,
        n_controls=6,
        moves=dict.fromkeys(("Step", "Length: text"), largest_decoding_stepper),
    ),
    ScoreExplorer: Example(
        chapter=3,
        usual=lambda **state: ScoreExplorer(**{"mask": "padding", **state}),
        changed={
            "n_queries": 7,
            "n_keys": 2,
            "d_k": 9,
            "score": "general",
            "picked": 5,
        },
        largest=largest_score_explorer,
        colours=lambda: ScoreExplorer(
            8, 8, 3, mask="causal", temperature=0.3, score="dot"
        ),
        n_colours=40,
        hostile=None,
        n_sliders=5,
        n_controls=20,
        moves={
            "Temperature": partial(largest_score_explorer, score="additive"),
            "Numbers in each, d_k": partial(largest_score_explorer, score="general"),
            "Queries": largest_score_explorer,
        },
    ),
    AlignmentViewer: Example(
        chapter=3,
        usual=alignment_viewer,
        changed={"picked": 2, "step": 3},
        largest=largest_alignment_viewer,
        colours=colourful_alignment_viewer,
        n_colours=40,
        hostile=hostile_alignment_viewer,
        texts={
            "[role=radiogroup] label": ALIGNED,
            ".ac-read .ac-char": list(HOSTILE.replace(" ", "␣")),
            "select option": [HOSTILE],
            ".ac-heatmap tbody th": ALIGNED,
        },
        n_sliders=0,
        n_controls=8,
        tick=("Show the numbers",),
        moves={"Text": alignment_viewer},
        scrolls=("Weights, one row for each character written",),
    ),
    WorkedExample: Example(
        chapter=4,
        usual=WorkedExample,
        changed={
            "query": [[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.25]],
            "words": ["uno", "dos"],
            "picked": 1,
            "d_k": 5,
        },
        largest=largest_worked_example,
        colours=colourful_worked_example,
        n_colours=15,
        hostile=lambda: WorkedExample(words=[HOSTILE, "&lt;"]),
        texts={
            ".ac-we-word .ac-name": [HOSTILE, "&lt;"],
            "select option": [HOSTILE, "&lt;"],
        },
        n_sliders=1,
        n_controls=29,
        moves={"Numbers in a vector, d_k": largest_worked_example},
    ),
    HeadViewer: Example(
        chapter=4,
        usual=head_viewer,
        changed={"picked": 2, "token": 7, "head": 4, "layer": 2},
        largest=largest_head_viewer,
        colours=colourful_head_viewer,
        n_colours=55,
        hostile=hostile_head_viewer,
        texts={
            ".ac-hv-text label > span:nth-child(2)": [HOSTILE, "&lt;"],
            "select option": [f"{HOSTILE} &lt;"],
        },
        n_sliders=2,
        n_controls=27,
        moves=dict.fromkeys(("Head", "Layer"), partial(largest_head_viewer, picked=1)),
        scrolls=("Weights as a table",),
    ),
    PositionExplorer: Example(
        chapter=4,
        usual=PositionExplorer,
        changed={"d_model": 6, "base": 100.0, "first": 3, "second": 21},
        largest=largest_position_explorer,
        colours=lambda: PositionExplorer(64, 10_000),
        n_colours=60,
        hostile=None,
        n_sliders=4,
        n_controls=11,
        moves=dict.fromkeys(
            ("First position", "Numbers in a vector, d_model", "Base"),
            largest_position_explorer,
        ),
        scrolls=("Pairs of dimensions",),
        marks={
            ".ac-wave-line": "stroke",
            ".ac-wave-zero": "stroke",
            ".ac-wave-dot": "backgroundColor",
        },
    ),
    NeighbourhoodExplorer: Example(
        chapter=5,
        usual=lambda **state: NeighbourhoodExplorer(
            **{"context_sizes": [2, 3, 5], **state}
        ),
        changed={
            "sizes": [3, 2, 5],
            "context_sizes": [2, 4, 7],
            "extent": [0, 1, 2],
            "cell": [2, 1, 4],
        },
        largest=largest_neighbourhood_explorer,
        n_colours=20,
        says=("Q", "●"),
        hostile=None,
        n_sliders=13,
        n_controls=15,
        moves=dict.fromkeys(
            ("Extent, frames", "Query's row", "Rows of X"),
            largest_neighbourhood_explorer,
        ),
        scrolls=("Along each axis",),
        marks={".ac-ne-dot": "color"},
    ),
    PatchAttentionViewer: Example(
        chapter=5,
        usual=lambda **state: PatchAttentionViewer(random_scans(), **state),
        changed={"picked": 2, "layer": 0, "head": 3, "token": 5},
        largest=largest_patch_attention_viewer,
        colours=lambda: PatchAttentionViewer(random_scans(patch=1, sharpness=1.0)),
        n_colours=20,
        hostile=None,
        n_sliders=3,
        n_controls=6,
        moves=dict.fromkeys(("Head", "Layer", "Scan"), largest_patch_attention_viewer),
        scrolls=("Weights on the patches", "Probability of each digit"),
    ),
    VideoPlayer: Example(
        chapter=5,
        usual=video_player,
        changed={"frame": 4, "row": 6, "column": 1, "fps": 9},
        largest=largest_video_player,
        colours=colourful_video_player,
        n_colours=20,
        hostile=hostile_video_player,
        texts={".ac-vp-name": [HOSTILE, "&lt;"]},
        n_sliders=5,
        n_controls=13,
        moves=dict.fromkeys(
            ("Time", "Pixel's row", "Frames a second"), largest_video_player
        ),
    ),
    DigitPad: Example(
        chapter=5,
        usual=lambda **state: DigitPad(random_scans(), **state),
        changed={"picked": 2, "layer": 0, "head": 3, "drawing": BAR},
        largest=largest_digit_pad,
        colours=lambda: DigitPad(random_scans(patch=1, sharpness=1.0)),
        n_colours=20,
        hostile=None,
        n_sliders=2,
        n_controls=9,
        moves=dict.fromkeys(("Layer", "Head", "Scan to begin with"), largest_digit_pad),
        scrolls=("Weights on the patches",),
    ),
    VideoPad: Example(
        chapter=5,
        usual=video_pad,
        changed={
            "picked": 2,
            "kind": "self",
            "layer": 0,
            "head": 1,
            "frame": 3,
            "row": 0,
            "column": 1,
            "painting": "0123456789abcdef" * 2,
        },
        largest=largest_video_pad,
        colours=lambda: video_pad(1, (8, 16, 16), (4, 8, 8), kind="self"),
        n_colours=15,
        hostile=None,
        n_sliders=8,
        n_controls=27,
        moves=dict.fromkeys(
            ("Head", "Layer", "Patch's frame", "Patch's row"), largest_video_pad
        ),
    ),
}
