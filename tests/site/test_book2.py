"""Jupyter Book 2 accepts the content, and loses what CONTRIBUTING.md says it would lose.

Its converter is mystmd, from npm. In a copy of the project it turns the configuration
into its own, by its own command, then reads and transforms every page. Nothing is
fetched: a template of two lines stands in for the theme, and every connection is refused.
What comes out is held against what today's parser sees in the same sources.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
import yaml

ROOT = Path(__file__).parents[2]
MYST = [
    folder / "mystmd/dist/myst.cjs"
    for folder in (
        ROOT / "build/browser/node_modules",
        ROOT / "bookbuild/models/web/node_modules",
    )
]
WITHOUT = "Jupyter Book 2 is not here: `make models` gets its converter, with npm"

TEMPLATE = """jtex: v1
title: Nothing to draw the pages with
version: 1.0.0
kind: site
options:
  - {id: favicon, type: file}
  - {id: folders, type: boolean}
"""
NO_NETWORK = """
for (const name of ["net", "dgram"]) {
  const { Socket } = require(name);
  Socket.prototype.connect = function (...to) {
    const { hostname, host, pathname, path } = [to[0]].flat()[0] ?? {};
    console.log(`NETWORK: ${hostname ?? host} ${pathname ?? path}`);
    throw new Error("no network in this test");
  };
}
"""
COLOURS = re.compile(r"\x1b\[[0-9;]*m")

pytestmark = pytest.mark.book


class Converted:
    """A converted copy of the course: what was said, the configuration, the pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said: list[str] = []
        self.config: dict[str, Any] = {}
        self.pages: dict[str, dict[str, Any]] = {}  # by the source's name

    def run(self, *command: str, answer: str = "") -> None:
        """Let mystmd do something, with ``answer`` typed into it."""
        node, myst = shutil.which("node"), next(filter(Path.is_file, MYST))
        guard = self.folder / "no_network.cjs"
        ran = subprocess.run(
            [node, "--require", guard, myst, *command],
            cwd=self.folder,
            input=answer,
            capture_output=True,
            text=True,
            timeout=300,
            env={**os.environ, "NO_COLOR": "1", "CI": "true"},
        )
        lines = COLOURS.sub("", ran.stdout + ran.stderr).splitlines()
        assert ran.returncode == 0, "\n".join(lines[-20:])
        self.said += lines


@pytest.fixture(scope="module")
def converted(tmp_path_factory) -> Converted:
    if not (shutil.which("node") and any(map(Path.is_file, MYST))):
        if os.environ.get("CI") == "true":
            pytest.fail(WITHOUT)
        pytest.skip(WITHOUT)
    made = Converted(tmp_path_factory.mktemp("book2"))
    hidden = shutil.ignore_patterns(".*", "__pycache__")
    shutil.copytree(ROOT / "book", made.folder / "book", ignore=hidden)
    for name in ("_config.yml", "_toc.yml"):
        shutil.copy(ROOT / name, made.folder)
    (made.folder / "no_network.cjs").write_text(NO_NETWORK)
    made.run("init", "--site", answer="\n")  # "Are you willing …": yes
    config = made.folder / "myst.yml"
    made.config = yaml.safe_load(config.read_text(encoding="utf-8"))
    (made.folder / "template").mkdir()
    (made.folder / "template/template.yml").write_text(TEMPLATE)
    offline = {**made.config, "site": {**made.config["site"], "template": "template"}}
    config.write_text(yaml.safe_dump(offline), encoding="utf-8")
    made.run("build", "--site", "--ci")
    for path in (made.folder / "_build/site/content").glob("*.json"):
        page = json.loads(path.read_text(encoding="utf-8"))
        made.pages[page["location"].lstrip("/")] = page
    return made


# --- what the sources hold ---------------------------------------------------------------


def parser():
    """Make today's parser, with the extensions of _config.yml."""
    from markdown_it.renderer import RendererHTML
    from myst_parser.config.main import MdParserConfig
    from myst_parser.parsers.mdit import create_md_parser

    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    extensions = set(config["parse"]["myst_enable_extensions"])
    return create_md_parser(MdParserConfig(enable_extensions=extensions), RendererHTML)


def sources() -> dict[str, list[Any]]:
    """Return the cells of each page of the book; a page in Markdown is one cell."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    found = {}
    for name in [contents["root"], *(entry["file"] for entry in contents["chapters"])]:
        (path,) = ROOT.glob(f"{name}.*")
        if path.suffix == ".ipynb":
            cells = nbformat.read(path, as_version=4).cells
        else:
            cells = [nbformat.v4.new_markdown_cell(path.read_text(encoding="utf-8"))]
        found[path.relative_to(ROOT).as_posix()] = cells
    return found


def tokens(cells: list[Any]) -> Iterator[Any]:
    """Yield the tokens of the text of a page."""
    reader = parser()
    for cell in cells:
        if cell.cell_type == "markdown":
            for token in reader.parse(cell.source):
                yield from token.children or [token]


def words(text: str) -> Counter[str]:
    return Counter(re.findall(r"\w+", text))


TOKENS = {
    "heading_open": "headings",
    "table_open": "tables",
    "image": "pictures in the text",
    "math_inline": "formulas",
    "math_inline_double": "formulas",
    "math_block": "formulas",
    "math_block_label": "formulas",
    "amsmath": "formulas",
    "fence": "code in the text",
    "code_block": "code in the text",
    "link_open": "links",
}


def outputs_of(kind: str, data: Any) -> str:
    """Name an output of a cell by what a reader sees of it."""
    if kind == "stream":
        return "printed lines"
    if "ac-widget" in str(data.get("text/html")):
        return "widgets without scripts"
    for mime in ("text/html", "image/png", "image/svg+xml", "text/markdown"):
        if mime in data:
            return f"outputs of type {mime}"
    return "other outputs"


def in_source(cells: list[Any]) -> Counter[str]:
    """Count what a page's source holds, and its words."""
    found: Counter[str] = Counter()
    for token in tokens(cells):
        if token.type in TOKENS:
            found[TOKENS[token.type]] += 1
        found["folded answers"] += token.content.count("<details")
        found["widgets of pages in Markdown"] += token.content.count("<!-- widget: ")
        text = re.sub(r"</?(?:details|summary)\b[^>]*>|<!--.*?-->", " ", token.content)
        found.update({f"word {word}": n for word, n in words(text).items()})
    for cell in cells:
        if cell.cell_type == "code":
            found["cells of code"] += 1
            found["hidden code"] += "hide-input" in cell.metadata.get("tags", ())
            for output in cell.outputs:
                found[outputs_of(output.output_type, output.get("data", {}))] += 1
                told = output.get("metadata", {}).get("image/png", {})
                found["alternative texts"] += "alt" in told
                found["tables of figures"] += "table" in told
    return found


# --- what is left in the converted pages ---------------------------------------------------


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("children", ()):
        yield from nodes(child)


NODES = {
    "heading": "headings",
    "table": "tables",
    "image": "pictures in the text",
    "math": "formulas",
    "inlineMath": "formulas",
    "details": "folded answers",
    "link": "links",
    "crossReference": "links",
}
WORDS = {"text", "inlineCode", "code", "math", "inlineMath"}


def in_converted(page: dict[str, Any], public: Path) -> Counter[str]:
    """Count what a converted page holds, and its words."""
    found: Counter[str] = Counter()
    if not page["frontmatter"].get("content_includes_title"):
        found["headings"] += 1  # the first one has become the title
        title = words(page["frontmatter"]["title"])
        found.update({f"word {word}": n for word, n in title.items()})
    for node in nodes(page["mdast"]):
        kind = node["type"]
        if kind in NODES:
            found[NODES[kind]] += 1
        if kind == "code":
            found[
                "cells of code" if node.get("executable") else "code in the text"
            ] += 1
        found["hidden code"] += node.get("visibility") == "hide"
        if kind in WORDS and not node.get("executable"):
            said = words(node["value"])
            found.update({f"word {word}": n for word, n in said.items()})
        if kind == "output":
            output = node["jupyter_data"]
            data = dict(output.get("data", {}))
            for mime, each in data.items():
                if "path" in each:  # a large one lies in a file of its own
                    file = public / each["path"].lstrip("/")
                    data[mime] = "a picture"
                    if mime.startswith("text/"):
                        data[mime] = file.read_text(encoding="utf-8")
                    assert file.stat().st_size > 0
            if "image/png" in data:
                # book-theme takes a picture's alternative text from its text/plain
                text = data["text/plain"]["content"]
                found["alternative texts"] += not text.startswith("<Figure size")
                drawn = [child["type"] for child in nodes(node)]
                found["tables of figures"] += drawn.count("table")
            found[outputs_of(output["output_type"], data)] += 1
    return found


def anchors(page: dict[str, Any]) -> set[str]:
    """Return what can be linked to in a converted page."""
    return {node["html_id"] for node in nodes(page["mdast"]) if "html_id" in node}


def anchors_now(cells: list[Any]) -> set[str]:
    """Return what can be linked to in a page of today's book, below its title."""
    from myst_parser.mdit_to_docutils.base import default_slugify

    reader, found = parser(), set()
    for cell in cells:
        if cell.cell_type == "markdown":
            read = reader.parse(cell.source)
            for opening, inline in itertools.pairwise(read):
                if opening.type == "heading_open" and opening.tag in ("h2", "h3"):
                    parts = inline.children or ()
                    text = "".join(
                        part.content
                        for part in parts
                        if part.type in ("text", "code_inline")
                    )
                    found.add(default_slugify(text))
    return found


# --- the tests -----------------------------------------------------------------------------


def test_it_takes_the_configuration(converted):
    """A change here is news: something more is kept, or less."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    repository = config["repository"]["url"].removeprefix("https://github.com/")
    contents = [{"file": name} for name in sources()]
    assert converted.config == {
        "version": 1,
        "project": {
            "title": config["title"],
            "authors": [{"name": config["author"]}],
            "copyright": config["copyright"],
            "exclude": config["exclude_patterns"],
            "github": repository,
            "thebe": {
                "binder": {
                    "repo": repository,
                    "provider": "github",
                    "url": config["launch_buttons"]["binderhub_url"],
                    "ref": config["repository"]["branch"],
                }
            },
            "toc": contents,
        },
        "site": {
            "template": "book-theme",
            "options": {"favicon": config["html"]["favicon"], "folders": True},
        },
    }


def test_it_takes_every_page(converted):
    assert set(converted.pages) == set(sources())


def test_it_asks_no_host_but_for_a_newer_version_of_itself(converted):
    asked = [line.split()[2] for line in converted.said if line.startswith("NETWORK: ")]
    assert set(asked) <= {"/mystmd"}


LOST_LINK = re.compile(r".*Cross reference target was not found: (.+)")
WORRY = re.compile(r"⚠|⛔|❌|error|warn", re.IGNORECASE)


def test_it_warns_of_nothing_but_lost_anchors(converted):
    worries = [line for line in converted.said if WORRY.search(line)]
    lost = [LOST_LINK.fullmatch(line) for line in worries]
    other = [line for line, match in zip(worries, lost, strict=True) if not match]
    assert other == []
    now = {anchor for cells in sources().values() for anchor in anchors_now(cells)}
    assert {match[1] for match in lost if match} <= now


def losses(converted: Converted) -> set[str]:
    """Name every kind of thing that a reader has now and would not have then."""
    public = converted.folder / "_build/site/public"
    found = set()
    for name, cells in sources().items():
        page = converted.pages[name]
        missing = in_source(cells) - in_converted(page, public)
        found |= {"words" if kind.startswith("word ") else kind for kind in missing}
        if anchors_now(cells) - anchors(page):
            found.add("addresses of sections")
        if page["slug"].replace(".", "/") not in (name.rpartition(".")[0], "index"):
            found.add("addresses of pages")
    if any(map(LOST_LINK.fullmatch, converted.said)):
        found.add("links to sections")
    api = in_converted(converted.pages["book/api.md"], public)
    if not api["word scaled_dot_score"]:
        found.add("docstrings")
    carried = {path.suffix for path in public.iterdir()}
    if ".js" not in carried:
        found.add("live widgets")
    if ".css" not in carried:
        found.add("style")
    kept = yaml.safe_dump(converted.config)
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    if config["launch_buttons"]["colab_url"] not in kept:
        found.add("Colab buttons")
    if config["html"]["extra_footer"] not in kept:
        found.add("footer")
    return found


def test_what_it_loses_is_what_contributing_lists(converted):
    contributing = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    section = contributing.split("\n## What Jupyter Book 2 would lose\n")[1]
    listed = re.findall(r"^- \*(.+?)\*", section.split("\n## ")[0], re.M)
    assert listed == sorted(listed, key=str.lower)
    assert losses(converted) == set(listed)
