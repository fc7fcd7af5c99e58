"""Export the chapters' trained models for the reader's browser.

    python -m bookbuild models OUT [--only NAME ...]

Trains each model as its chapter does, checks it, and writes OUT/<name>-<hash8>.onnx and
OUT/models.json, which says what each file is. OUT/answers.json holds torch's own answers to
some inputs: what the browser's are compared with. The book's extension browser_models takes
them from there. A model whose weights cannot be had is left out with one line.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import torch

from attention_course.lab.pretrained import PretrainedUnavailable
from bookbuild.models.graph import export, quantise
from bookbuild.models.made import Made, folders, maker

MAX_BYTES = 25_000_000  # of one file


def write_model(name: str, made: Made, out: Path) -> dict[str, Any]:
    """Write a model's files; return what ``models.json`` says of it."""
    files = {part: write_file(part, path, out) for part, path in made.files.items()}
    return {**made.described, "graphs": write_graphs(name, made, out), "files": files}


def write_graphs(name: str, made: Made, out: Path) -> dict[str, Any]:
    """Export all graphs of a model."""
    described = {}
    for part, graph in made.graphs.items():
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "graph.onnx"
            export(graph, path)
            if made.eight_bit:
                quantise(path, path := Path(folder) / "eight.onnx")
            described[part] = {
                **write_file(f"{name}-{part}", path, out),
                "inputs": graph.inputs,
                "outputs": graph.outputs,
            }
    return described


def write_file(name: str, path: Path, out: Path) -> dict[str, Any]:
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
    names = list(folders())
    parser.add_argument("out", type=Path)
    parser.add_argument("--only", nargs="+", choices=names, default=names)


def main(given: argparse.Namespace) -> int:
    """Export the models into an emptied folder."""
    # As in the chapters. More threads wait for each other as soon as the machine is busy.
    torch.set_num_threads(1)
    out: Path = given.out
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    models, answers = {}, {}
    for name in given.only:
        try:
            made = maker(name)()
        except PretrainedUnavailable as missing:
            print(f"{name} is left out. {missing}", file=sys.stderr)
            continue
        answers[name] = made.answers
        models[name] = write_model(name, made, out)
    (out / "answers.json").write_text(json.dumps(answers), encoding="utf-8")
    text = json.dumps({"models": models}, indent=1, ensure_ascii=False)
    (out / "models.json").write_text(text + "\n", encoding="utf-8")
    for path in sorted(out.iterdir()):
        print(f"{path.stat().st_size:>11,}  {path.name}")
    return 0
