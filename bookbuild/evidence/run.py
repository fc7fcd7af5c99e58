"""Run what is not yet recorded; stop at any time, and go on later.

    python -m bookbuild evidence                 everything, one thread a process
    python -m bookbuild evidence digits          one experiment
    python -m bookbuild evidence --again digits  forget what was recorded first

Each arm with each seed is one piece of work. A piece that is done stands in the record at
once, so nothing is lost by stopping. ``seconds`` says how long it kept a processor busy.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import torch
from tqdm import tqdm  # type: ignore[import-untyped]

from bookbuild.evidence import record
from bookbuild.evidence.experiment import Figures, experiments


def piece(name: str, arm: str, seed: int) -> Figures:
    """Run one arm with one seed, on one thread: the same figures under any load."""
    torch.set_num_threads(1)
    began = time.process_time()
    figures = experiments()[name].arms[arm].run(seed)
    figures["seconds"] = time.process_time() - began
    return {key: round(float(value), 6) for key, value in figures.items()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument(
        "names", nargs="*", metavar="experiment", help=", ".join(experiments())
    )
    parser.add_argument("--again", action="store_true", help="forget the record first")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes")


def main(given: argparse.Namespace) -> int:
    """Run the pieces that are missing, and write each down as it is done."""
    known = experiments()
    if unknown := set(given.names) - known.keys():
        print(f"no experiment {', '.join(unknown)}; there are {', '.join(known)}")
        return 2
    names = given.names or list(known)
    if given.again:
        for name in names:
            record.forget(name)
    work = [
        (name, *rest) for name in names for rest in record.missing(name, known[name])
    ]
    os.environ["TQDM_DISABLE"] = "1"  # in the processes: one bar is enough
    failed = []
    with ProcessPoolExecutor(given.jobs, get_context("spawn")) as pool:
        running = {pool.submit(piece, *each): each for each in work}
        bar = tqdm(as_completed(running), total=len(work), unit="run", file=sys.stderr)
        try:
            for done in bar:
                told = "{}, {}, seed {}: ".format(*running[done])
                if error := done.exception():
                    failed.append(told + repr(error))
                    continue
                record.add(*running[done], done.result())
                told += ", ".join(f"{k} {v:g}" for k, v in done.result().items())
                bar.write(told, file=sys.stderr)
        except KeyboardInterrupt:
            pool.shutdown(cancel_futures=True)
            raise
    print("\n".join(failed), file=sys.stderr)
    return int(bool(failed))
