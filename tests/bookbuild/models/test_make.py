"""Models are found by discovery; files are named by their content."""

import hashlib
import json

import pytest

from attention_course.lab.pretrained import PretrainedUnavailable
from bookbuild import __main__ as command
from bookbuild.models import made, make
from bookbuild.models.pretrained_encoder.export import graphs

pytestmark = pytest.mark.slow


def test_every_folder_with_an_export_is_a_model_and_answers_in_the_browser():
    folders = made.folders()
    assert set(folders) == {
        "date-translator",
        "digit-classifier",
        "language-model",
        "pretrained-encoder",
        "video-decoder",
    }
    for name, folder in folders.items():
        assert callable(made.maker(name))
        answering = (folder / "run.js").read_text(encoding="utf-8")
        assert "export async function run(" in answering
        assert "export const warm = " in answering


def test_the_command_names_files_by_their_content(tmp_path, encoder, monkeypatch):
    extra = tmp_path / "words.json"
    extra.write_text("{}")
    small = made.Made(
        {"title": "t"}, graphs(encoder), [{"text": "a"}], {"words": extra}
    )

    def missing():
        raise PretrainedUnavailable("not here")

    makers = {"small": lambda: small, "missing": missing}
    monkeypatch.setattr(make, "folders", lambda: dict.fromkeys(makers))
    monkeypatch.setattr(make, "maker", makers.get)
    out = tmp_path / "out"
    out.mkdir()
    (out / "small-old.onnx").touch()
    assert command.main(["models", str(out)]) == 0
    models = json.loads((out / "models.json").read_text())["models"]
    assert set(models) == {"small"}
    file = models["small"]["graphs"]["encode"]
    content = (out / file["file"]).read_bytes()
    assert file["sha256"] == hashlib.sha256(content).hexdigest()
    assert file["file"] == f"small-encode-{file['sha256'][:8]}.onnx"
    assert file["bytes"] == len(content)
    assert file["inputs"] == {"ids": ["B", "T"], "mask": ["B", "T"]}
    words = models["small"]["files"]["words"]
    assert (out / words["file"]).read_text() == "{}"
    assert json.loads((out / "answers.json").read_text()) == {"small": [{"text": "a"}]}
    assert not (out / "small-old.onnx").exists()
    monkeypatch.setattr(make, "MAX_BYTES", 100)
    with pytest.raises(SystemExit, match="small-encode: .* expected at most 100"):
        command.main(["models", str(out)])
