"""Facts that stand in several files agree with the one place that owns them."""

import re
import tomllib
from pathlib import Path

import nbformat
import yaml
from packaging.requirements import Requirement

import attention_course

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
URL = PROJECT["urls"]["Repository"]


def test_every_mention_of_the_repository_agrees_with_pyproject():
    owner = re.escape(URL.split("/")[3])
    files = [
        *ROOT.glob("*.md"), *ROOT.glob("*.yml"), *ROOT.glob("*.cff"), *ROOT.glob("book/*.md"),
        *ROOT.glob("book/*.ipynb"), *ROOT.glob("src/**/*.py"), *ROOT.glob(".github/**/*.yml"),
    ]  # fmt: skip
    slug = "/".join(URL.split("/")[3:5])
    for path in files:
        for found in re.findall(rf"{owner}/[\w.-]+", path.read_text(encoding="utf-8")):
            assert found == slug, f"{path.name}: {found}"
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
