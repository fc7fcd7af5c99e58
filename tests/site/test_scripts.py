"""The scripts in the pages that others wrote are the ones that were looked at."""

import hashlib
import os
from pathlib import Path

import pytest

pytestmark = pytest.mark.book

ROOT = Path(__file__).parents[2]
SITE = Path(os.environ.get("COURSE_SITE", ROOT / "_build" / "html"))
KNOWN = Path(__file__).with_name("scripts.sha256")
# Written for this book: by the build, by Sphinx. The programs of the models and of Python
# come from npm, are held to its lock, and carry their hashes in the manifest.
FOR_THIS_BOOK = {
    "documentation_options.js",
    "language_data.js",
    "models.js",
    "search_sections.js",
}
OTHER_FOLDERS = {"widgets", "models", "python"}


def ours() -> set[str]:
    folders = [ROOT / "book/_static", ROOT / "bookbuild/sphinx"]
    return {path.name for folder in folders for path in folder.glob("*.js")}


def scripts_of_others(static: Path) -> dict[str, str]:
    """Return the SHA-256 of every script that stands in no folder of this repository."""
    left_out = FOR_THIS_BOOK | ours()
    found = {}
    for path in sorted(static.rglob("*.js")):
        name = path.relative_to(static)
        if name.parts[0] not in OTHER_FOLDERS and str(name) not in left_out:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            found[name.as_posix()] = digest
    return found


def known() -> dict[str, str]:
    lines = KNOWN.read_text(encoding="utf-8").splitlines()
    return {name: digest for digest, name in (line.split("  ") for line in lines)}


def test_mathjax_and_the_themes_scripts_are_the_known_ones():
    """After a change of version: look at what changed, then renew with sha256sum."""
    found = scripts_of_others(SITE / "_static")
    assert "mathjax/tex-svg.js" in found
    assert found == known()


def test_a_changed_script_and_a_new_one_are_found(tmp_path):
    (tmp_path / "mathjax").mkdir()
    (tmp_path / "mathjax/tex-svg.js").write_text("alert(1)")
    (tmp_path / "new.js").write_text("alert(2)")
    (tmp_path / next(iter(ours()))).write_text("ours")
    found = scripts_of_others(tmp_path)
    assert found.keys() == {"mathjax/tex-svg.js", "new.js"}
    assert found["mathjax/tex-svg.js"] != known()["mathjax/tex-svg.js"]
