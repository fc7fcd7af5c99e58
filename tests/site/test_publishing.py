"""The book on paper, and as one zip that opens from disk."""

import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

PAGES = ["book/notation", "book/departures"]


@pytest.fixture(scope="module")
def reader(browser, site_folder, tmp_path_factory):
    from pypdf import PdfReader

    from bookbuild.publish import print_book

    out = tmp_path_factory.mktemp("pdf") / "book.pdf"
    n_pages = print_book.print_book(browser, site_folder, out, PAGES)
    reader = PdfReader(out)
    assert len(reader.pages) == n_pages
    return reader


def flat(text):
    return " ".join(text.split())


def test_the_contents_name_the_page_of_every_heading(reader):
    contents = flat(reader.pages[0].extract_text())
    for heading in (
        "Notation",
        "Masks",
        "Departures from the article",
        "Self-attention",
    ):
        number = int(contents.split(f"{heading} ")[1].split()[0])
        assert heading in flat(reader.pages[number - 1].extract_text())


def test_the_bookmarks_lead_there_too(reader):
    titles = [item.title for item in reader.outline if not isinstance(item, list)]
    assert titles == ["Notation", "Departures from the article"]
    page = reader.get_destination_page_number(reader.outline[0])
    assert "Notation" in reader.pages[page].extract_text()


def test_what_paper_does_not_need_is_not_printed(reader):
    text = flat(" ".join(page.extract_text() for page in reader.pages[1:]))
    assert "Ctrl" not in text
    assert "previous" not in text
    assert "Masks" in text


def test_the_zip_opens_from_disk_with_widgets_alive(open_page, site_folder, tmp_path):
    packed = tmp_path / "course.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in site_folder.rglob("*"):
            archive.write(path, Path("html") / path.relative_to(site_folder))
    folder = tmp_path / "a folder with spaces, 文件夹 & #1"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    page = open_page()
    page.goto((folder / "html/index.html").as_uri())
    page.wait_for_url("**/book/index.html")  # the first page leads on
    page.wait_for_selector("[data-ac-alive]", state="attached")
    page.get_by_role("link", name="1. Embedding").first.click()
    page.wait_for_selector("[data-ac-alive]", state="attached")
    assert "Embedding" in page.title()
    assert page.problems == []


def test_a_host_is_told_not_to_leave_out_folders(site_folder):
    """GitHub Pages passes over _static and _images where this file is missing."""
    assert (site_folder / ".nojekyll").is_file()
