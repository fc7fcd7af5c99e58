"""Export the chapters' trained models for the reader's browser.

    python -m bookbuild models OUT [--only NAME ...]

Trains each model as its chapter does, checks it, and writes ``OUT/<name>-<hash8>.onnx``
and ``OUT/models.json``, which says what each file is. ``OUT/answers.json`` holds torch's
own answers to some inputs: what the browser's are compared with. The book's extension
``browser_models`` takes them from there. A model whose weights cannot be had is left out
with one line.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import nn

from attention_course.data.dates import date_vocabulary, iso_vocabulary, make_dates
from attention_course.data.digits import load_digits
from attention_course.encoder_decoder import EncoderDecoder, translate
from attention_course.grid_models import VideoDecoder, VisionTransformer, trilinear
from attention_course.lab.pretrained import (
    PretrainedUnavailable,
    find_file,
    load_encoder,
)
from attention_course.lab.translation import dates_right, train_translator
from attention_course.lab.vision import (
    digits_right,
    enlarge,
    psnr,
    train_upsampler,
    train_vit,
    upsampling_videos,
)
from bookbuild.models.onnx_export import EnlargeVideo, export, graph_of, quantise

MAX_BYTES = 25_000_000  # of one file


def export_dates(out: Path) -> dict[str, Any]:
    """Train the translator of chapter 3 and export it."""
    model, _ = train_translator("additive", epochs=3, lr=4e-3)
    score = dates_right(model, make_dates(500, seed=0, split="test"))
    if score < 0.99:
        raise SystemExit(f"date-translator: only {score:.1%} of the test dates right")
    return {
        "title": "the date translator of chapter 3",
        "chapter": 3,
        "licence": "MIT",
        "made_by": "train_translator('additive', epochs=3, lr=4e-3)",
        "exact_match": score,
        "graphs": write_graphs("date-translator", model, out),
        "source": list(date_vocabulary().symbols),
        "target": list(iso_vocabulary().symbols),
        "max_length": 100,  # AlignmentViewer's
        "answers": answers_of_dates(model),
    }


def export_encoder(out: Path) -> dict[str, Any]:
    """Export the pretrained encoder of chapter 4, its weights in 8 bits."""
    encoder = load_encoder()
    blocks: Any = encoder.encoder.blocks
    return {
        "title": "the pretrained encoder of chapter 4, all-MiniLM-L6-v2, in 8 bits",
        "chapter": 4,
        "licence": "Apache-2.0",
        "made_by": "load_encoder()",
        "graphs": write_graphs("pretrained-encoder", encoder, out, eight_bit=True),
        "tokenizer": write("tokenizer", find_file("tokenizer.json"), out),
        "max_tokens": 128,
        "n_layers": len(blocks),
        "n_heads": blocks[0].attention.n_heads,
    }


def export_digits(out: Path) -> dict[str, Any]:
    """Train the vision transformer of chapter 5 and export it."""
    model, _ = train_vit()
    held_out = load_digits("held-out")
    score = digits_right(model, held_out)
    if score < 0.9:
        raise SystemExit(
            f"digit-classifier: only {score:.1%} of the held-out scans right"
        )
    height, width = model.image_size
    patch = model.config["patch"]
    return {
        "title": "the vision transformer of chapter 5",
        "chapter": 5,
        "licence": "MIT",
        "made_by": "train_vit()",
        "held_out_right": score,
        "graphs": write_graphs("digit-classifier", model, out),
        "height": height,
        "width": width,
        "rows": height // patch[0],
        "columns": width // patch[1],
        "answers": answers_of_digits(model),
    }


def export_videos(out: Path) -> dict[str, Any]:
    """Train the decoder of chapter 5 that enlarges videos and export it."""
    model, _ = train_upsampler()
    small, large = upsampling_videos("held-out", 32, seed=1)
    gains = psnr(enlarge(model, small), large) - psnr(
        trilinear(small, model.sizes), large
    )
    gain = float(gains.mean())
    if gain < 2:
        raise SystemExit(f"video-decoder: only {gain:.2f} dB above trilinear")
    return {
        "title": "the decoder of chapter 5 that enlarges videos",
        "chapter": 5,
        "licence": "MIT",
        "made_by": "train_upsampler()",
        "decibels_above_trilinear": gain,
        "graphs": write_graphs("video-decoder", model, out),
        "patch": model.patch,
        "context_patch": model.config["context_patch"],
        "answers": answers_of_videos(model),
    }


def answers_of_dates(model: EncoderDecoder) -> list[dict[str, Any]]:
    """Translate unseen dates of all languages with torch."""
    texts = [pair.source for pair in make_dates(40, seed=6, split="test")]
    answers = []
    for text in texts:  # one by one, as a reader types them
        (said,) = translate(model, [text], date_vocabulary(), iso_vocabulary())
        assert said.weights is not None
        answers.append(
            {"text": text, "written": said.written, "weights": said.weights.tolist()}
        )
    return answers


@torch.no_grad()
def answers_of_digits(model: VisionTransformer) -> list[dict[str, Any]]:
    """Classify unseen scans with torch."""
    images = load_digits("held-out").images[::20]
    logits, weights = model(images, need_weights=True)
    assert weights is not None
    return [
        {"image": image.flatten().tolist(), "probabilities": p, "weights": w}
        for image, p, w in zip(
            images, logits.softmax(-1).tolist(), weights.tolist(), strict=True
        )
    ]


@torch.no_grad()
def answers_of_videos(model: VideoDecoder) -> list[dict[str, Any]]:
    """Enlarge unseen videos with torch."""
    small, _ = upsampling_videos("held-out", 6, seed=2)
    tensors = dict(
        zip(
            ("enlarged", "straight", "self", "cross"),
            EnlargeVideo(model.eval())(small),
            strict=True,
        )
    )
    return [
        {
            "video": video.flatten().tolist(),
            **{name: tensor[n].flatten().tolist() for name, tensor in tensors.items()},
        }
        for n, video in enumerate(small)
    ]


MODELS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "date-translator": export_dates,
    "pretrained-encoder": export_encoder,
    "digit-classifier": export_digits,
    "video-decoder": export_videos,
}


def write_graphs(
    name: str, model: nn.Module, out: Path, *, eight_bit: bool = False
) -> dict[str, Any]:
    """Export all graphs of a model; return what ``models.json`` says of them."""
    described = {}
    for part, graph in graph_of(model).items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "graph.onnx"
            export(graph, path)
            if eight_bit:
                quantise(path, path := Path(folder) / "eight.onnx")
            described[part] = {
                **write(f"{name}-{part}", path, out),
                "inputs": graph.inputs,
                "outputs": graph.outputs,
            }
    return described


def write(name: str, path: Path, out: Path) -> dict[str, Any]:
    """Copy a file to ``out`` under a name that holds its hash."""
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"{name}: {size:,} bytes, expected at most {MAX_BYTES:,}")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    file = f"{name}-{digest[:8]}{path.suffix}"
    shutil.copyfile(path, out / file)
    return {"file": file, "bytes": size, "sha256": digest}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="+", choices=MODELS, default=list(MODELS))


def main(given: argparse.Namespace) -> int:
    """Export the models into an emptied folder."""
    out: Path = given.out
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    models, answers = {}, {}
    for name in given.only:
        try:
            model = MODELS[name](out)
        except PretrainedUnavailable as missing:
            print(f"{name} is left out. {missing}", file=sys.stderr)
            continue
        answers[name] = model.pop("answers", [])
        models[name] = model
    (out / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    text = json.dumps({"models": models}, indent=1, ensure_ascii=False)
    (out / "models.json").write_text(text + "\n", encoding="utf-8")
    for path in sorted(out.iterdir()):
        print(f"{path.stat().st_size:>11,}  {path.name}")
    return 0
