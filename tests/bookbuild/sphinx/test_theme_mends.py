"""What the theme's pages are mended of, on pages written here; none is built."""

from bookbuild.sphinx.theme_mends import mended


def test_the_search_page_has_each_id_once():
    form = '<form><input id="search-input"></form>'
    assert mended(form) == form
    assert mended(form + form) == form + form.replace(
        "search-input", "search-page-input"
    )


def test_names_icons_and_font_requests_are_mended():
    page = (
        '<summary aria-label="Toggle hidden content">Answer</summary>'
        '<button title="Search" aria-label="Search" data-bs-placement="bottom">'
        '<link rel="preload" as="font" href="_static/vendor/fontawesome/a.woff2" />\n'
        '<link rel="preload" as="script" href="_static/scripts/bootstrap.js" />\n'
        '<script src="_static/vendor/fontawesome/js/all.min.js?digest=1"></script>\n'
        '<script src="_static/scripts/bootstrap.js"></script>\n'
    )
    assert mended(page) == (
        "<summary>Answer</summary>"
        '<button title="Search" data-bs-placement="bottom">'
        '<link rel="preload" as="script" href="_static/scripts/bootstrap.js" />\n'
        '<script src="_static/scripts/bootstrap.js"></script>\n'
    )


def test_mending_twice_changes_nothing():
    page = '<input id="search-input"><input id="search-input">'
    once = mended(page)
    assert once != page
    assert mended(once) == once
