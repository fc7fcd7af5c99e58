"""What the build lists for reading without a network: all that a page names or loads."""

import json
import re

import pytest

from bookbuild.sphinx import offline

PAGE = """<!doctype html><html><head>
<link rel="stylesheet" href="../_static/course.css?v=12ab">
<link rel="icon" href="../_static/favicon.svg">
<link rel="next" href="other.html">
<script src="../_static/formulas.js" defer></script>
<script>const page = '<img src="../_images/none.png">';</script></head><body>
<img loading="lazy" src="../_images/a%20b.png" alt="a > b">
<img srcset="../_images/small.png 1x, ../_images/large.png 2x">
<img src="data:image/png;base64,AAAA"><img src="https://example.org/a.png">
<p style="background: url('../_images/back.svg')"></p>
<a href="../_static/download.zip">no part of the page</a>
<img src="../_images/gone.png"></body></html>"""
FILES = {
    "book/one.html": PAGE,
    "book/other.html": '<script src="../_static/live_widgets.js?v=1"></script>',
    "_static/course.css": '@import "more.css"; p { src: url(fonts/a.woff2?v=2) }',
    "_static/more.css": "b { background: url( 'data:image/png;base64,A' ) }",
    "_static/template.html": "no page of the book",
    "_static/models/12ab/worker/worker.js": "",
    "_static/models/12ab/models.json": "{}",
    "_static/models/12ab/ort.js": "",
    "_static/models/graph.onnx.gz": "",
    **dict.fromkeys(
        [
            *("_static/fonts/a.woff2", "_static/favicon.svg", "_static/formulas.js"),
            *("_static/mathjax/tex-svg.js", "_static/live_widgets.js"),
            *("_static/models.js", "_static/download.zip", "_images/a b.png"),
            *("_images/small.png", "_images/large.png", "_images/back.svg"),
            *("_images/none.png", "_images/of no page.png"),
        ],
        "",
    ),
}


@pytest.fixture
def site(tmp_path):
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def written(site):
    offline.write(site)
    (line,) = re.findall(
        r"^const MANIFEST = (.*);$", (site / "offline.js").read_text(), re.M
    )
    return json.loads(line)


def test_a_page_has_all_that_it_names_and_all_that_this_loads(site):
    made = written(site)
    parts = {
        page: {made["addresses"][number] for number in numbers}
        for page, numbers in made["pages"].items()
    }
    assert parts == {
        "book/one.html": {
            *("_static/course.css?v=12ab", "_static/more.css"),
            *("_static/fonts/a.woff2?v=2", "_static/favicon.svg"),
            *("_static/formulas.js", "_static/mathjax/tex-svg.js"),
            *("_images/a b.png", "_images/small.png", "_images/large.png"),
            "_images/back.svg",
        },
        "book/other.html": {
            *("_static/live_widgets.js?v=1", "_static/models.js"),
            *("_static/models/12ab/worker/worker.js", "_static/models/12ab/ort.js"),
            "_static/models/12ab/models.json",
        },
    }
    assert set(made["pages"]) <= set(made["addresses"])


def test_the_version_is_that_of_all_contents(site):
    first = written(site)["version"]
    assert written(site)["version"] == first
    for name, changes in {
        "_images/a b.png": True,
        "_static/mathjax/tex-svg.js": True,
        "book/other.html": True,
        "_images/of no page.png": False,
        "_static/models/graph.onnx.gz": False,  # has a hash in its name and its own store
    }.items():
        (site / name).write_text(FILES[name] + "changed")
        assert (written(site)["version"] != first) is changes, name
        (site / name).write_text(FILES[name])


def test_nothing_of_another_host_or_outside_the_site_is_named(site):
    (site / "book/one.html").write_text(
        '<img src="//example.org/a.png"><img src="../../outside.png"><img src="">'
        '<img src="http://example.org/a.png"><img src="/_images/none.png">'
    )
    (site.parent / "outside.png").write_text("")
    assert written(site)["pages"]["book/one.html"] == []
