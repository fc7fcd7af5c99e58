"""What the build makes of the gathered Python, and where the editor's places stand."""

from __future__ import annotations

import hashlib
import json
from types import SimpleNamespace

import pytest
from docutils import nodes
from docutils.utils import new_document

from bookbuild.sphinx import page_python


@pytest.fixture
def browser(tmp_path):
    """What ``python -m bookbuild page-python`` leaves, with small files."""
    folder = tmp_path / "browser"
    pyodide = folder / "node_modules/pyodide"
    made = folder / "python"
    pyodide.mkdir(parents=True)
    made.mkdir()
    for name in ("pyodide", "pyodide.asm"):
        (pyodide / f"{name}.mjs").write_text(f"// {name}\n//# sourceMappingURL=x.map")
    (made / "editor.js").write_text("// editor")
    (made / "course.zip").write_bytes(b"zip" * 100)
    described = {
        "files": {"course": str(made / "course.zip")},
        "described": {"exercises": {"3.3": {"title": "√"}}},
    }
    (made / "python.json").write_text(json.dumps(described))
    return folder


def written(browser, site):
    told = json.loads(page_python.write_site(browser, site))
    folder = site / "_static/python" / told["version"]
    return told, folder, json.loads((folder / "python.json").read_text())


def test_every_script_is_there_and_has_its_hash(browser, tmp_path):
    told, folder, manifest = written(browser, tmp_path / "site")
    names = {"editor.js", "exercises.json", "pyodide.js", "pyodide.asm.js"}
    assert manifest["scripts"].keys() == names | {"python/worker.js", "worker/files.js"}
    for name, script in manifest["scripts"].items():
        content = (folder / name).read_bytes()
        assert script["sha256"] == hashlib.sha256(content).hexdigest()
        assert b"sourceMappingURL" not in content
    packed = folder.parent / manifest["files"]["course"]["file"]
    assert told["bytes"] == packed.stat().st_size
    assert (folder.parent / "NOTICE.txt").is_file()


def test_another_file_is_another_version(browser, tmp_path):
    before, *_ = written(browser, tmp_path / "site")
    assert written(browser, tmp_path / "site")[0] == before
    (browser / "python/editor.js").write_text("// another editor")
    assert written(browser, tmp_path / "site")[0]["version"] != before["version"]


def test_a_place_stands_below_the_cell_of_each_code_exercise():
    document = new_document("page")
    codes = [
        'def f(x):\n    ...\n\n\ncheck("3.3", f)',
        'x = 1  # check("3.4", x)',
        'check("3.6", g)\n',
    ]
    for code in codes:
        cell = nodes.container(classes=["cell"])
        cell += nodes.literal_block(code, code)
        document += cell
    app = SimpleNamespace(env=SimpleNamespace(docname="book/03-attention"))
    page_python.add_places(app, document)
    kinds = [type(child) for child in document.children]
    cell, place = nodes.container, nodes.raw
    assert kinds == [cell, place, cell, cell, place]
    first = document.children[1].astext()
    assert 'data-exercise="3.3"' in first
    assert 'href="../_sources/book/03-attention.ipynb"' in first
    assert 'data-exercise="3.6"' in document.children[4].astext()


def page_with(*titles, parts=()):
    """A page with a title and these sections; ``parts`` are those of the first one."""
    document = new_document("page")
    whole = nodes.section()
    document += whole
    for title in titles:
        section = nodes.section()
        section += nodes.title(title, title)
        section += nodes.paragraph("text", "text")
        whole += section
    for title in parts:
        part = nodes.section()
        part += nodes.title(title, title)
        whole[0] += part
    return document


@pytest.mark.parametrize("parts", [(), ("a part", "another")])
@pytest.mark.parametrize(
    ("page", "name"), [("book/01-embedding", "chapter_1"), ("book/index", "index")]
)
def test_an_example_ends_the_first_sections_own_text(page, name, parts):
    document = page_with("1.1", "1.2", parts=parts)
    page_python.add_example(
        SimpleNamespace(env=SimpleNamespace(docname=page)), document
    )
    first, second = document[0].children
    kinds = [type(child) for child in first.children]
    example = [nodes.raw, nodes.literal_block, nodes.raw]
    before = [nodes.title, nodes.paragraph]
    assert kinds == before + example + [nodes.section] * len(parts)
    assert len(second.children) == 2
    begin, code, end = first.children[2:5]
    assert f'data-trial="{name}"' in begin.astext()
    assert "<strong>Try it.</strong>" in begin.astext()
    assert code.astext().startswith("import torch")
    assert (begin.astext() + end.astext()).count("<div") == end.astext().count("</div>")
    assert 'href="../_sources/book/0' in end.astext()


def test_other_pages_have_no_example():
    document = page_with("a", "b")
    app = SimpleNamespace(env=SimpleNamespace(docname="book/glossary"))
    page_python.add_example(app, document)
    assert not [*document.findall(nodes.raw)]


def test_a_sentence_above_an_example_is_text_with_code_and_emphasis():
    assert page_python.marked("`a < b` is *so*, <b>") == (
        "<code>a &lt; b</code> is <em>so</em>, &lt;b&gt;"
    )
