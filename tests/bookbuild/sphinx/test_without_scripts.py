"""The page's palette before any script, and the line for readers without scripts."""

from bookbuild.sphinx import without_scripts

PAGE = (
    '<html lang="en" data-content_root="../" data-theme="auto"><head>{head}</head>'
    '<body><article class="bd-article">{body}</article></body></html>'
)


def test_a_page_is_light_until_a_script_says_otherwise():
    page = without_scripts.mended(PAGE.format(head="", body=""))
    assert (
        '<html lang="en" data-content_root="../" data-mode="auto" data-theme="light">'
        in page
    )
    assert "noscript" not in page


def test_the_theme_s_first_script_asks_the_system():
    page = without_scripts.mended(PAGE.format(head=without_scripts.CHOICE, body=""))
    assert without_scripts.CHOICE not in page
    assert "prefers-color-scheme: dark" in page


def test_the_line_names_what_the_page_has():
    formulas = '<script src="../_static/formulas.js"></script>'
    widget = '<figure class="ac-widget">'
    both = without_scripts.notice(formulas + widget)
    assert "formulas" in both
    assert "widgets" in both
    assert "widgets" not in without_scripts.notice(formulas)
    assert "formulas" not in without_scripts.notice(widget)
    page = without_scripts.mended(PAGE.format(head=formulas, body="<h1>x</h1>"))
    assert page.index("<noscript>") < page.index("<h1>")
