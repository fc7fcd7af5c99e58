"""MathJax comes from an installed distribution, to the pages with formulas alone."""

from importlib.metadata import PackageNotFoundError
from types import SimpleNamespace

import pytest

from bookbuild.sphinx import mathjax


def application(out, kind="html"):
    return SimpleNamespace(outdir=out, builder=SimpleNamespace(format=kind))


def test_it_is_copied_with_what_fetches_it(tmp_path):
    mathjax.write_files(application(tmp_path))
    static = tmp_path / "_static"
    assert (static / "mathjax/tex-svg.js").stat().st_size > 1_000_000
    loader = (static / "formulas.js").read_text()
    assert f'"{mathjax.BUILD}"' in loader
    mathjax.write_files(application(tmp_path / "links", "linkcheck"))
    assert not (tmp_path / "links").exists()


@pytest.mark.parametrize(
    ("body", "stays"),
    [
        ('<p><span class="math notranslate nohighlight">x</span></p>', True),
        ('<div class="amsmath math notranslate">x</div>', True),
        ('<p class="mathematics">no formula</p>', False),
        ("", False),
    ],
)
def test_a_page_loads_it_only_if_it_has_a_formula(body, stays):
    files = [SimpleNamespace(filename="formulas.js"), SimpleNamespace(filename="a.js")]
    mathjax.only_with_formulas(
        None, "page", "page.html", {"body": body, "script_files": files}, None
    )
    assert [file.filename for file in files] == ["formulas.js"] * stays + ["a.js"]


def test_a_distribution_that_is_missing_or_another_is_named(monkeypatch):
    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(mathjax, "distribution", missing)
    with pytest.raises(mathjax.ExtensionError, match="install sphinx-mathjax-offline"):
        mathjax.mathjax()
    monkeypatch.setattr(mathjax, "distribution", lambda _: SimpleNamespace(files=[]))
    with pytest.raises(mathjax.ExtensionError, match="holds no mathjax/tex-svg.js"):
        mathjax.mathjax()
