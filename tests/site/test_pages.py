"""Every page of the built site: no other host, no complaint, no scrolling sideways."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_calls_out_complains_or_scrolls_sideways(
    open_page, site, site_folder, scheme, width
):
    # Pages only: Sphinx keeps pieces of HTML for its theme among the static files.
    paths = [path.relative_to(site_folder) for path in site_folder.rglob("*.html")]
    paths = sorted(path.as_posix() for path in paths if path.parts[0] != "_static")
    assert "book/01-embedding.html" in paths
    wrong = []
    for path in paths:
        page = open_page(
            f"{site}/{path}",
            color_scheme=scheme,
            viewport={"width": width, "height": 900},
        )
        page.wait_for_load_state("networkidle")
        wrong += [f"{path}: {problem}" for problem in page.problems]
        content = page.evaluate("document.documentElement.scrollWidth")
        if content > width:
            wrong.append(f"{path}: {content} pixels wide on a screen of {width}")
        theme = page.evaluate("document.documentElement.dataset.theme")
        if theme != scheme:
            wrong.append(f"{path}: {theme} where the reader's system is {scheme}")
        page.context.close()
    assert wrong == []
