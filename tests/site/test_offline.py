"""What stays for reading without a network: whole pages of the book, and nothing else."""

from __future__ import annotations

import functools
import http.server
import threading

import pytest
from PIL import Image

from bookbuild.sphinx import offline
from tests.browser import FileHandler
from tests.site.offline import keep, kept, manifest, parts_of, until, wait_until_kept

pytestmark = pytest.mark.browser

ONE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>one</title>
<link rel="stylesheet" href="../_static/style.css?v=1">
<link rel="icon" href="../_static/icon.png"><p>The first edition.</p>
<img src="../_images/near.png" alt="near"><div style="height: 20000px"></div>
<img loading="lazy" src="../_images/far%20away.png" alt="far">
<img src="../_images/secret.png" alt="secret">"""
OTHER = (
    '<!doctype html><html lang="en"><title>other</title><img src="../_images/a.png">'
)
SEARCH = '<!doctype html><html lang="en"><title>search</title><p>Search.</p>'
STYLE = "@font-face { font-family: f; src: url(font.woff2?v=2) } p { font-family: f }"


@pytest.fixture
def book(tmp_path):
    """A small book in a folder of a host that holds other things too."""
    folder = tmp_path / "host" / "book of books"
    pages = {"book/one.html": ONE, "book/other.html": OTHER, "search.html": SEARCH}
    files = {
        "_static/style.css": STYLE,
        "_static/font.woff2": "",
        "unnamed.html": OTHER,
    }
    for name, text in {**pages, **files, "../elsewhere.html": SEARCH}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    names = ["_static/icon", "_images/near", "_images/far away", "_images/secret"]
    for name in [*names, "_images/a", "_images/of no page"]:
        (folder / name).parent.mkdir(exist_ok=True)
        Image.new("L", (7, 5)).save(folder / f"{name}.png")
    offline.write(folder)
    return folder


@pytest.fixture
def silence():
    """From when this is set, the server takes every question and says nothing."""
    return threading.Event()


@pytest.fixture
def address(book, silence):
    """Its address. The server wants nobody to store one picture."""
    over = threading.Event()

    class Handler(FileHandler):
        def do_GET(self):
            if not silence.is_set():
                return super().do_GET()
            self.close_connection = over.wait(60)

        def end_headers(self):
            if "secret" in self.path:
                self.send_header("Cache-Control", "private, No-Store")
            super().end_headers()

    handler = functools.partial(Handler, directory=str(book.parent))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/book%20of%20books/"
    over.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def visit(open_page, address):
    """Open a page of the book and keep it."""

    def visited(name):
        page = open_page()
        page.context.unroute("**/*")
        page.goto(address + name, wait_until="load")
        keep(page, f"{address}offline.js")
        return page

    return visited


WHOLE = {
    *("book/one.html", "_static/style.css", "_static/font.woff2", "_static/icon.png"),
    *("_images/near.png", "_images/far%20away.png"),
}


def test_a_page_is_kept_whole_and_nothing_else(visit, address, book):
    page = visit("book/one.html")
    wait_until_kept(page, sorted(WHOLE))
    assert "_images/secret.png" in parts_of(book, "book/one.html")
    page.wait_for_timeout(300)
    assert set(kept(page)) == {address + name for name in WHOLE}


@pytest.mark.parametrize("query", ["", "?from=a%20letter&n=1", "#part", "?x#part"])
def test_without_a_network_every_picture_and_font_is_there(visit, address, query):
    page = visit("book/one.html")
    wait_until_kept(page, sorted(WHOLE))
    page.context.set_offline(True)
    page.goto("about:blank")
    page.goto(f"{address}book/one.html{query}", wait_until="load")
    page.evaluate("document.querySelector('[alt=far]').scrollIntoView()")
    page.wait_for_function("document.querySelector('[alt=far]').complete")
    widths = "[...document.images].map(image => [image.alt, image.naturalWidth])"
    assert page.evaluate(widths) == [["near", 7], ["far", 7], ["secret", 0]]
    fetched = "fetch('../_static/font.woff2?v=2').then(answer => answer.ok)"
    assert page.evaluate(fetched)
    assert page.evaluate("fetch('../_static/icon.png').then(answer => answer.ok)")


def test_a_page_opened_later_is_kept_too_and_never_with_its_query(visit, address):
    page = visit("book/one.html")
    wait_until_kept(page, sorted(WHOLE))
    page.goto(f"{address}search.html?q=a+word", wait_until="load")
    page.goto(f"{address}book/other.html?page=2", wait_until="load")
    later = {"search.html", "book/other.html", "_images/a.png"}
    wait_until_kept(page, sorted(later))
    assert set(kept(page)) == {address + name for name in WHOLE | later}
    page.context.set_offline(True)
    page.goto(f"{address}search.html?q=another", wait_until="load")
    assert page.inner_text("p") == "Search."


def test_what_is_not_of_the_book_is_left_alone(visit, address, book):
    (book / "later.html").write_text(OTHER)  # not there when the book was built
    page = visit("book/one.html")
    wait_until_kept(page, sorted(WHOLE))
    page.goto(f"{address}later.html", wait_until="load")
    page.goto(f"{address}../elsewhere.html", wait_until="load")
    page.goto(f"{address}_images/of%20no%20page.png", wait_until="load")
    page.goto(f"{address}book/one.html", wait_until="load")
    page.wait_for_timeout(300)
    assert set(kept(page)) == {address + name for name in WHOLE}


def test_the_network_comes_first(visit, address, book):
    page = visit("book/one.html")
    wait_until_kept(page, sorted(WHOLE))
    (book / "book/one.html").write_text(ONE.replace("first", "second"))
    page.reload(wait_until="load")
    assert page.inner_text("p") == "The second edition."


def test_a_silent_network_is_not_waited_for_where_a_page_is_kept(
    visit, address, book, silence
):
    worker = book / "offline.js"
    text, limit = worker.read_text(encoding="utf-8"), "const PATIENCE = 5_000;"
    assert text.count(limit) == 1
    worker.write_text(text.replace("5_000", "500"), encoding="utf-8")
    page = visit("book/one.html")
    wait_until_kept(page, sorted(WHOLE))
    silence.set()
    page.goto(f"{address}book/one.html?again=1", wait_until="domcontentloaded")
    assert page.inner_text("p") == "The first edition."
    page.wait_for_function("document.querySelector('[alt=near]').naturalWidth === 7")


def test_a_new_version_renews_what_was_kept_and_drops_the_old(visit, address, book):
    page = visit("book/one.html")
    wait_until_kept(page, sorted(WHOLE))
    old = manifest(book)["version"]
    page.evaluate("caches.open('attention-course-pages')")  # of an early site
    page.evaluate("caches.open('somebody-else')")
    (book / "book/one.html").write_text(
        ONE.replace("first", "second").replace("near.png", "a.png")
    )
    offline.write(book)
    new = manifest(book)["version"]
    assert new != old
    page.evaluate("navigator.serviceWorker.ready.then(worker => worker.update())")
    until(
        page,
        """async (version) => {
            const names = await caches.keys();
            return names.length === 2 && names.some((name) => name.endsWith(version));
        }""",
        new,
    )
    names = page.evaluate("caches.keys()")
    assert sorted(names) == sorted(
        [f"attention-course-pages /book%20of%20books/ {new}", "somebody-else"]
    )
    whole = WHOLE - {"_images/near.png"} | {"_images/a.png"}
    assert set(kept(page)) == {address + name for name in whole}
    page.context.set_offline(True)
    page.goto(f"{address}book/one.html", wait_until="load")
    assert page.inner_text("p") == "The second edition."


# --- the built book ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["03-attention", "05-image-video-attention"])
def test_a_chapter_without_a_network_is_whole(name, open_page, site, site_folder):
    page = open_page()
    page.context.unroute("**/*")
    page.goto(f"{site}/book/{name}.html", wait_until="load")
    keep(page, f"{site}/offline.js")
    wait_until_kept(page, parts_of(site_folder, f"book/{name}.html"))
    assert not [url for url in kept(page) if "?" in url]
    page.context.set_offline(True)
    page.goto(f"{site}/book/{name}.html?again=1", wait_until="load")
    page.evaluate(
        """async () => {
            for (const image of document.images) {
                image.loading = "eager";
                await image.decode().catch(() => {});
            }
        }"""
    )
    broken = """[...document.images].filter(image => !image.naturalWidth)
        .map(image => image.src)"""
    assert page.evaluate("document.images.length") > 5
    assert page.evaluate(broken) == []
    fonts = "[...document.fonts].filter(font => font.status === 'error').length"
    assert page.evaluate(fonts) == 0
    page.wait_for_function("globalThis.MathJax?.startup?.promise")
    assert page.problems == []
