"""Facts that stand in several files agree with the one place that owns them."""

import re
import tomllib
from pathlib import Path

import nbformat
import pytest
import yaml
from packaging.requirements import Requirement

import attention_course
from bookbuild.publish import set_repository
from bookbuild.sphinx.browser_models import POLICY

ROOT = Path(__file__).parents[2]

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
URL = PROJECT["urls"]["Repository"]


SLUG = "/".join(URL.split("/")[3:5])
# Repositories of others that the course cites. Every other one must be its own: after
# a move or a new name, a mention that stayed behind is found.
CITED = {
    "googlecolab/backend-info",
    "jalammar/illustrated-transformer",
    "keras-team/keras",
    "lucidrains/nuwa-pytorch",
    "playidea-lab/borch",
    "pyodide/pyodide",
    "SHI-Labs/NATTEN",
}
MENTION = re.compile(
    r"""(?:github\.com[/:] | raw\.githubusercontent\.com/ | mybinder\.org/v2/gh/
        | colab\.research\.google\.com/github/ | nbviewer\.org/github/)
        ([\w.-]+/[\w.-]+)""",
    re.VERBOSE,
)


def repositories_in(text: str) -> set[str]:
    """Return every owner/name on GitHub, or opened through Colab, Binder or nbviewer."""
    found = MENTION.findall(text)
    found += map("/".join, re.findall(r"([\w-]+)\.github\.io/([\w.-]+)", text))
    return {name.rstrip(".").removesuffix(".git") for name in found}


@pytest.mark.parametrize(
    "text",
    [
        "https://github.com/old/name",
        "See [the code](https://github.com/old/name).",
        "    url = https://github.com/old/name.git",
        r"    %pip install -q \"git+https://github.com/old/name\"",
        "git clone git@github.com:old/name.git",
        "https://github.com/old/name/blob/main/book/index.md",
        "![tests](https://github.com/old/name/actions/workflows/test.yml/badge.svg)",
        "https://colab.research.google.com/github/old/name/blob/main/book/01.ipynb",
        "https://mybinder.org/v2/gh/old/name/main?urlpath=lab",
        "https://raw.githubusercontent.com/old/name/main/README.md",
        "Read the course at https://old.github.io/name/.",
    ],
)
def test_a_mention_of_another_repository_is_found(text):
    assert repositories_in(text) == {"old/name"}


SUFFIXES = {".bib", ".cff", ".css", ".html", ".ipynb", ".js", ".md", ".py", ".toml"}
SUFFIXES |= {".txt", ".yml"}


def files_with_text() -> list[Path]:
    """List what the course consists of, without the tests and what was built."""
    found = list(ROOT.glob("*.*"))
    for folder in ("src", "book", "bookbuild", "benchmarks", ".github"):
        found += (ROOT / folder).rglob("*.*")
    found = [path for path in found if path.suffix in SUFFIXES]
    left_out = {".ipynb_checkpoints", "node_modules"}
    found = [path for path in found if not left_out & set(path.parts)]
    return [ROOT / "Makefile", ROOT / ".ci/run", *found]


@pytest.mark.slow
def test_every_mention_of_the_repository_agrees_with_pyproject():
    seen = set()
    for path in files_with_text():
        found = repositories_in(path.read_text(encoding="utf-8"))
        foreign = found - {SLUG} - CITED
        where = path.relative_to(ROOT)
        assert not foreign, f"{where}: {foreign} is neither ours nor in CITED"
        seen |= {path.name} if SLUG in found else set()
    assert {"pyproject.toml", "_config.yml", "CITATION.cff"} <= seen
    assert (
        yaml.safe_load((ROOT / "_config.yml").read_text())["repository"]["url"] == URL
    )
    assert f'repository-code: "{URL}"' in (ROOT / "CITATION.cff").read_text()


def test_each_chapter_names_the_repository_in_its_install_cell_and_its_colab_link():
    for path in (ROOT / "book").glob("*.ipynb"):
        cells = nbformat.read(path, as_version=4).cells
        install = next(cell.source for cell in cells if cell.cell_type == "code")
        assert f'"git+{URL}"' in install
        colab = URL.replace(
            "https://github.com", "https://colab.research.google.com/github"
        )
        assert f"({colab}/blob/main/book/{path.name})" in cells[0].source


def test_versions_agree():
    version = PROJECT["version"]
    assert attention_course.__version__ == version
    assert f"version: {version}\n" in (ROOT / "CITATION.cff").read_text()
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text()


def requirements() -> dict[str, Requirement]:
    extras = PROJECT["optional-dependencies"].values()
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in extra)]
    return {Requirement(line).name: Requirement(line) for line in lines}


def test_constraints_pin_one_version_of_everything_that_pyproject_asks_for():
    pins = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            name, version = re.fullmatch(r"([\w.-]+)==([\w.]+)", line).groups()
            pins[name.lower().replace("_", "-")] = version
    for name, requirement in requirements().items():
        assert requirement.specifier.contains(pins[name.lower()]), requirement


def test_conda_environment_agrees_with_pyproject():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    conda = [line for line in environment["dependencies"] if isinstance(line, str)]
    wanted = requirements()
    named = {}
    for line in conda:
        name, specifier = re.fullmatch(r"([\w-]+)(.*)", line).groups()
        named[name.replace("pytorch-cpu", "torch")] = specifier
    assert {"pip", "python"} <= named.keys()
    runtime = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert runtime <= named.keys()
    for name in named.keys() - {"pip", "python"}:
        assert set(named[name].split(",")) == set(
            str(wanted[name].specifier).split(",")
        ), name


def test_torch_is_not_pinned_so_that_colab_keeps_its_own():
    torch = requirements()["torch"]
    assert [part.operator for part in torch.specifier] == [">="]


def test_every_page_of_the_book_is_in_the_table_of_contents():
    text = (ROOT / "_toc.yml").read_text()
    for path in [*(ROOT / "book").glob("*.md"), *(ROOT / "book").glob("*.ipynb")]:
        assert f"book/{path.stem}" in text, path.name


# --- another home --------------------------------------------------------------


@pytest.mark.slow
def test_one_command_moves_the_course(tmp_path):
    files = []
    for path in files_with_text():
        copy = tmp_path / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        files.append(copy)
    changed = set_repository.move(
        tmp_path, files, "https://github.com/new-owner/New.name"
    )
    assert {"pyproject.toml", "_config.yml", "CITATION.cff", "README.md"} <= {
        path.name for path in changed
    }
    for path in files:
        found = repositories_in(path.read_text(encoding="utf-8"))
        assert found <= {"new-owner/New.name"} | CITED, path.name
        # Nothing else changes: the way back gives every file as it was.
    set_repository.move(tmp_path, files, URL)
    for copy in files:
        path = ROOT / copy.relative_to(tmp_path)
        assert copy.read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "url", ["github.com/a/b", "https://github.com/a", "https://example.org/a/b", ""]
)
def test_what_is_no_repository_is_refused(url):
    with pytest.raises(ValueError, match="expected https://github.com/<owner>/<name>"):
        set_repository.parts(url)


def test_a_longer_name_is_not_ours():
    text = "github.com/us/course github.com/us/course-two us.github.io/course/x"
    now = set_repository.moved(text, ("us", "course"), ("you", "c"))
    assert now == "github.com/you/c github.com/us/course-two you.github.io/c/x"


def test_every_dependency_has_an_oldest_version_to_test():
    # `make oldest` installs what stands after these signs.
    for requirement in map(Requirement, PROJECT["dependencies"]):
        signs = [part.operator for part in requirement.specifier]
        assert signs.count(">=") == 1, requirement


def test_links_to_other_hosts_are_encrypted():
    # Names of formats, and this machine itself, are no links.
    plain = re.compile(r"http://(?!localhost|127\.0\.0\.1|www\.w3\.org/\d{4}/)[\w.]+")
    found = {
        path.name: plain.findall(path.read_text(encoding="utf-8"))
        for path in files_with_text()
    }
    assert {name: links for name, links in found.items() if links} == {}


def test_the_readme_gives_hosts_the_policy_that_the_site_is_tested_with():
    assert POLICY in (ROOT / "README.md").read_text()
