"""No page breaks a rule of WCAG 2.2 AA that a program can find: axe-core looks at each."""

import pytest

from tests.site.axe import violations

pytestmark = pytest.mark.browser


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
def test_no_page_breaks_a_rule(open_page, site, site_folder, scheme, width):
    names = pages(site_folder)
    assert len(names) > 10
    found = {}
    for name in names:
        page = open_page(
            f"{site}/{name}",
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
        )
        if problems := violations(page):
            found[name] = problems
        page.context.close()
    assert found == {}


BROKEN = """<!doctype html><html lang="en"><title>x</title><main><h1>x</h1>
<img src="data:,"><input><p style="color: #aaa; background: #fff">pale</p></main>"""


def test_axe_finds_what_is_wrong(open_page):
    page = open_page()
    page.set_content(BROKEN)
    rules = {each.split()[0] for each in violations(page)}
    assert {"image-alt", "label", "color-contrast"} <= rules
