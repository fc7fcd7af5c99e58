"""No page breaks a rule of WCAG 2.2 AA that a program can find: axe-core looks at each."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = [
    ROOT / "build/browser/node_modules",
    ROOT / "bookbuild/models/web/node_modules",
]
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]

pytestmark = pytest.mark.browser


@pytest.fixture(scope="session")
def axe():
    found = [folder / "axe-core/axe.min.js" for folder in FOLDERS]
    found = [path for path in found if path.is_file()]
    if not found:
        without = "axe-core is not here: `make models` gets it, with npm"
        if os.environ.get("CI") == "true":
            pytest.fail(without)
        pytest.skip(without)
    return found[0].read_text(encoding="utf-8")


def violations(page, axe, include="html"):
    """Let axe-core look, and tell each violation with the elements that it found."""
    page.evaluate(axe)
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


def pages(site_folder):
    return sorted(
        path.relative_to(site_folder).as_posix()
        for path in site_folder.rglob("*.html")
        if "_static" not in path.parts
        # The site's first page only leads on to the book's.
        and 'http-equiv="Refresh"' not in path.read_text(encoding="utf-8")
    )


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_breaks_a_rule(open_page, site, site_folder, axe, scheme, width):
    names = pages(site_folder)
    assert len(names) > 10
    found = {}
    for name in names:
        page = open_page(
            f"{site}/{name}",
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
        )
        if problems := violations(page, axe):
            found[name] = problems
        page.context.close()
    assert found == {}


BROKEN = """<!doctype html><html lang="en"><title>x</title><main><h1>x</h1>
<img src="data:,"><input><p style="color: #aaa; background: #fff">pale</p></main>"""


def test_axe_finds_what_is_wrong(open_page, axe):
    page = open_page()
    page.set_content(BROKEN)
    rules = {each.split()[0] for each in violations(page, axe)}
    assert {"image-alt", "label", "color-contrast"} <= rules
