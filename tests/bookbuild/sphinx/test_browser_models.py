"""What the build makes of the exported models."""

import hashlib
import json
import re
import shutil

import pytest

from bookbuild.models import made
from bookbuild.sphinx import browser_models


def test_a_file_that_was_changed_after_the_export_fails_the_build(tmp_path):
    source = tmp_path / "m.onnx"
    source.write_bytes(b"abc" * 1000)
    right = hashlib.sha256(source.read_bytes()).hexdigest()
    told = browser_models.pack(source, tmp_path, "m.onnx", right)
    assert told == {
        "file": "m.onnx.gz",
        "bytes": (tmp_path / "m.onnx.gz").stat().st_size,
        "sha256": right,
    }
    source.write_bytes(b"abd" * 1000)
    with pytest.raises(browser_models.ExtensionError, match=f"expected sha256 {right}"):
        browser_models.pack(source, tmp_path, "m.onnx", right)


# --- the site's folder ---------------------------------------------------------------


@pytest.fixture
def made_folder(tmp_path):
    """What ``make models`` leaves, with small files in place of the real ones."""
    made_of = tmp_path / "made"
    modules = made_of / "node_modules"
    for path in [*browser_models.SCRIPTS.values(), browser_models.WASM]:
        (modules / path).parent.mkdir(parents=True, exist_ok=True)
        (modules / path).write_text(f"// {path}\n//# sourceMappingURL=none.map")
    (modules / browser_models.LICENCE).write_text("Apache")
    (made_of / "models").mkdir()

    def file(name):
        (made_of / "models" / name).write_text(name * 100)
        return {"file": name, "sha256": hashlib.sha256(name.encode() * 100).hexdigest()}

    model = {
        "title": "a model",
        "graphs": {"encode": file("graph.onnx")},
        "files": {"tokenizer": file("tokenizer.json")},
    }
    text = json.dumps({"models": {"pretrained-encoder": model}})
    (made_of / "models/models.json").write_text(text)
    return made_of


def written(made_of, site):
    told = json.loads(browser_models.write_site(made_of, site))
    folder = site / "_static/models" / told["version"]
    return told, folder, json.loads((folder / "models.json").read_text())


def test_the_manifest_names_every_script_with_its_hash(made_folder, tmp_path):
    _, folder, manifest = written(made_folder, tmp_path / "site")
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*.js")
    }
    expected = {f"{each.name}/run.js" for each in made.folders().values()}
    expected |= {"ort.js", "tokenizers.js"}
    expected |= {f"worker/{name}.js" for name in ("worker", "files", "tensors")}
    assert set(found) == expected
    assert manifest["scripts"] == {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in found.items()
    }
    assert not any(b"sourceMappingURL" in content for content in found.values())


def test_what_a_script_imports_stands_beside_it(made_folder, tmp_path):
    _, folder, _ = written(made_folder, tmp_path / "site")
    n_imports = 0
    for path in folder.rglob("*/*.js"):
        for source in re.findall(r'^import .* from "(.+)";$', path.read_text(), re.M):
            assert (path.parent / source).is_file(), (path.name, source)
            n_imports += 1
    assert n_imports >= 5


def test_a_model_is_described_with_its_script_and_all_that_it_loads(
    made_folder, tmp_path
):
    told, folder, manifest = written(made_folder, tmp_path / "site")
    model = manifest["models"]["pretrained-encoder"]
    assert model["script"] == "pretrained_encoder/run.js"
    files = [model["graphs"]["encode"], model["files"]["tokenizer"]]
    sizes = [(folder.parent / file["file"]).stat().st_size for file in files]
    assert model["bytes"] == sum(sizes) == sum(file["bytes"] for file in files)
    total = model["bytes"] + manifest["wasm"]["bytes"]
    assert told["bytes"] == {"pretrained-encoder": total}
    assert told["titles"] == {"pretrained-encoder": "a model"}


def test_the_pages_side_is_one_script_for_the_host(made_folder, tmp_path):
    _, folder, manifest = written(made_folder, tmp_path / "site")
    text = (folder.parent.parent / "models.js").read_text(encoding="utf-8")
    assert not re.search(r"^(import|export)\b", text, re.M)
    assert "Object.assign(globalThis.attentionCourse, { openModel });" in text
    assert not [name for name in manifest["scripts"] if name.startswith("page/")]


@pytest.mark.parametrize("part", ["tokenizers", "run.js", "models.js", "a model"])
def test_whatever_changes_is_a_new_version(part, made_folder, tmp_path, monkeypatch):
    before, *_ = written(made_folder, tmp_path / "site")
    again, *_ = written(made_folder, tmp_path / "site")
    assert again == before
    if part == "tokenizers":
        script = made_folder / "node_modules" / browser_models.SCRIPTS["tokenizers.js"]
        script.write_text("// another")
    elif part == "run.js":
        copy = tmp_path / "models"
        shutil.copytree(browser_models.MODELS, copy)
        (copy / "video_decoder/run.js").write_text("// another")
        monkeypatch.setattr(browser_models, "MODELS", copy)
    elif part == "models.js":
        (tmp_path / "models.js").write_text("export default { openModel };\n")
        monkeypatch.setattr(browser_models, "PAGES_SIDE", tmp_path / "models.js")
    else:
        described = made_folder / "models/models.json"
        described.write_text(described.read_text().replace("a model", "another"))
    after, folder, _ = written(made_folder, tmp_path / "site")
    assert after["version"] != before["version"]
    versions = [path for path in folder.parent.iterdir() if path.is_dir()]
    assert versions == [folder], "an older version was left behind"


def test_without_models_the_site_has_none(tmp_path):
    assert browser_models.write_site(tmp_path / "nothing", tmp_path / "site") == ""
    assert not (tmp_path / "site").exists()
