"""Pages in Markdown with code: it runs, and prints what stands below it."""

import contextlib
import io
import re
from pathlib import Path

import pytest

BOOK = Path(__file__).parents[3] / "book"
PAGES = {  # and what leads to each
    "fast-nearby.md": "05-image-video-attention.ipynb",
    "widgets.md": "index.md",
}
BLOCK = re.compile(r"^```python\n(.*?)^```\n\n^```text\n(.*?)^```$", re.M | re.S)


def read(name: str) -> str:
    return (BOOK / name).read_text(encoding="utf-8")


def differences(page: str) -> list[tuple[str, str]]:
    """Run a page's code from top to bottom: what it prints, and what the page says."""
    blocks = BLOCK.findall(page)
    assert len(blocks) == page.count("```python\n") > 0, "code without its output"
    found, names = [], {}
    for code, said in blocks:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            exec(compile(code, "a page", "exec"), names)
        if printed.getvalue() != said:
            found.append((printed.getvalue(), said))
    return found


@pytest.mark.parametrize("name", PAGES)
def test_every_block_of_code_prints_what_the_page_says(name):
    assert differences(read(name)) == []


def test_a_changed_number_and_a_failing_assertion_are_found():
    page = read("fast-nearby.md")
    changed = page.replace("602,112", "602,113")
    assert ["602,113" in said for _, said in differences(changed)] == [True]
    far = page.replace("<= extent", "<= extent + 1")  # a window that is too large
    with pytest.raises(AssertionError):
        differences(far)


@pytest.mark.parametrize(("name", "leads"), PAGES.items())
def test_something_leads_to_it_and_it_stands_in_the_contents(name, leads):
    assert f"]({name})" in read(leads)
    contents = (BOOK.parent / "_toc.yml").read_text(encoding="utf-8")
    assert f"book/{name.removesuffix('.md')}\n" in contents


def test_the_appendix_leads_back_to_its_section():
    assert "](05-image-video-attention.ipynb#57-the-fast-way)" in read("fast-nearby.md")
