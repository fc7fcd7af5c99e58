"""axe-core, which finds what breaks a rule of WCAG 2.2 AA as far as a program can."""

from __future__ import annotations

import functools
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = [
    ROOT / "build/browser/node_modules",
    ROOT / "bookbuild/models/web/node_modules",
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@functools.cache
def axe() -> str:
    """Read axe-core; where it is not, the test is skipped, and in CI fails."""
    found = [folder / "axe-core/axe.min.js" for folder in FOLDERS]
    found = [path for path in found if path.is_file()]
    if not found:
        without = "axe-core is not here: `make models` gets it, with npm"
        if os.environ.get("CI") == "true":
            pytest.fail(without)
        pytest.skip(without)
    return found[0].read_text(encoding="utf-8")


def violations(page, include="html"):
    """Let axe-core look, and tell each violation with the elements that it found."""
    page.evaluate(axe())
    found = page.evaluate(
        """async ([include, tags]) => {
            const options = { runOnly: { type: "tag", values: tags }, iframes: false };
            const { violations } = await axe.run(include, options);
            return violations.map((each) => ({
                rule: each.id,
                help: each.help,
                where: each.nodes.map((node) => node.target.join(" ")).slice(0, 5),
                n: each.nodes.length,
            }));
        }""",
        [include, TAGS],
    )
    return [f"{v['rule']} ({v['n']}): {v['help']}: {v['where']}" for v in found]
