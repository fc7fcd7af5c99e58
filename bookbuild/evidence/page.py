"""The page *How we know*, made from the records."""

from __future__ import annotations

from statistics import mean

from bookbuild.evidence import record
from bookbuild.evidence.experiment import Experiment, experiments

HEADER = """\
# How we know

A claim of this course stands on a run. Each run on this page has the idea, a **rival** of \
similar size that lacks it, and a **control** that should fail. Where chance plays a part, \
it was repeated with other seeds: a cell then shows the mean, with the smallest and the \
largest value in brackets. What can be run in a chapter is run there; this page holds what \
takes longer.

`make evidence` runs all of it again, one thread to a process, and can be stopped and \
resumed. The runs recorded here kept one processor busy for {minutes} minutes. The records \
are in `benchmarks/evidence`; `make pages` makes this page from them.
"""


def cell(values: list[float], decimals: int, factor: float) -> str:
    """Write the mean of several runs, with their spread where there is one."""
    scaled = [factor * value for value in values]
    middle, low, high = (
        f"{round(x, decimals) + 0.0:,.{decimals}f}"
        for x in (mean(scaled), min(scaled), max(scaled))
    )
    text = middle if low == high else f"{middle} ({low} to {high})"
    return text.replace("-", "−")


def table(experiment: Experiment, arms: dict[str, dict[str, dict[str, float]]]) -> str:
    """Write one row an arm, and a column for each figure that some arm has."""
    units = {
        key: unit
        for key, unit in experiment.units.items()
        if any(key in run for runs in arms.values() for run in runs.values())
    }
    heads = [head for head, *_ in units.values()]
    lines = [
        f"| | part | budget | {' | '.join(heads)} | seeds |",
        "| --- | --- | --- |" + " ---: |" * (len(units) + 1),
    ]
    for name, arm in experiment.arms.items():
        runs = [arms[name][str(seed)] for seed in arm.seeds]
        cells = [
            cell([run[key] for run in runs], decimals, factor) if key in runs[0] else ""
            for key, (_, decimals, factor) in units.items()
        ]
        lines.append(
            f"| {name} | {arm.kind} | {arm.size} | {' | '.join(cells)} | {len(runs)} |"
        )
    return "\n".join(lines)


def section(name: str, experiment: Experiment) -> str:
    """Write the question, the answer, the table, the budget and what is in doubt."""
    found = record.read(name)
    packages = ", ".join(f"{key} {value}" for key, value in found["versions"].items())
    chapter = int(experiment.chapter.split("-")[0])
    return "\n\n".join(
        [
            f"## {experiment.title}",
            f"**Question.** {experiment.question} → [Chapter {chapter}]"
            f"({experiment.chapter})",
            table(experiment, found["arms"]),
            f"**What it shows.** {experiment.claim}",
            f"**Budget.** {experiment.budget}",
            f"**What would change our mind.** {experiment.doubts}",
            f"Recorded on {found['date']} with {packages}.",
        ]
    )


def page() -> str:
    """Write the whole page: every experiment whose record is complete."""
    known = sorted(experiments().items(), key=lambda item: (item[1].chapter, item[0]))
    whole = [item for item in known if not record.missing(*item)]
    seconds = sum(
        run.get("seconds", 0.0)
        for name, _ in whole
        for runs in record.read(name)["arms"].values()
        for run in runs.values()
    )
    header = HEADER.format(minutes=round(seconds / 60))
    return "\n\n".join([header.strip(), *(section(*item) for item in whole)]) + "\n"
