"""Real weights: found, checked, and honest about it when they cannot be had."""

import importlib.util
import sys
import types

import pytest
import torch

from attention_course import pretrained
from attention_course.embedding import nearest_neighbours
from attention_course.pretrained import PretrainedUnavailable, TokenTable, load_token_table

installed = importlib.util.find_spec(pretrained.PACKAGE) is not None
needs_weights = pytest.mark.skipif(not installed, reason="the extra `pretrained` is not installed")


@needs_weights
def test_the_table_is_the_published_one():
    table = load_token_table()
    assert table.vectors.shape == (30522, 384)
    assert len(table.words) == 30522
    assert table.words[:1] == ["[PAD]"]
    assert table.id("[CLS]") == 101
    assert table.vectors.dtype == torch.float32
    assert not table.vectors.requires_grad


@needs_weights
def test_neighbours_in_the_real_table_are_related_words():
    words = load_token_table().whole_words()
    ids, similarities = nearest_neighbours(words.vector("monday"), words.vectors, 8)
    found = {words.words[int(row)] for row in ids}
    assert {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"} <= found
    assert float(similarities[0]) == pytest.approx(1, abs=1e-5)


def test_whole_words_keep_words_and_rows_together():
    table = TokenTable(["[PAD]", "cat", "##s", "3", "été", "dog"], torch.arange(12.0).view(6, 2))
    whole = table.whole_words()
    assert whole.words == ["cat", "dog"]
    assert whole.vectors.tolist() == [[2, 3], [10, 11]]
    assert whole.vector("dog").tolist() == [10, 11]
    with pytest.raises(KeyError, match="word: expected one of 2 words, got 'bird'"):
        whole.vector("bird")


def test_a_file_that_is_not_the_published_one_is_refused(tmp_path, monkeypatch):
    wrong = tmp_path / "vocab.txt"
    wrong.write_text("[PAD]\n")
    monkeypatch.setattr(pretrained, "_packaged", lambda name: wrong)
    with pytest.raises(ValueError, match="vocab.txt: expected sha256 07eced.*got [0-9a-f]{64}"):
        pretrained.find_file("vocab.txt")


def test_without_the_package_the_hub_is_asked_for_the_pinned_revision(tmp_path, monkeypatch):
    asked = []

    def download(model, name, *, revision):
        asked.append((model, name, revision))
        path = tmp_path / name
        path.write_text("not the model")
        return str(path)

    monkeypatch.setattr(pretrained, "_packaged", lambda name: None)
    monkeypatch.setitem(
        sys.modules, "huggingface_hub", types.SimpleNamespace(hf_hub_download=download)
    )
    with pytest.raises(ValueError, match="model.safetensors: expected sha256"):
        load_token_table()
    assert asked == [(pretrained.HUB_MODEL, "model.safetensors", pretrained.HUB_REVISION)]
    assert len(pretrained.HUB_REVISION) == 40


def test_a_hub_out_of_reach_and_no_hub_at_all_say_how_to_get_the_weights(monkeypatch):
    def refuse(*args, **kwargs):
        raise OSError("no network")

    monkeypatch.setattr(pretrained, "_packaged", lambda name: None)
    monkeypatch.setitem(
        sys.modules, "huggingface_hub", types.SimpleNamespace(hf_hub_download=refuse)
    )
    advice = r"did not answer \(OSError\).*attention-course\[pretrained\].*huggingface-hub"
    with pytest.raises(PretrainedUnavailable, match=advice):
        load_token_table()
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(PretrainedUnavailable, match=r"no source is installed.*pip install"):
        load_token_table()
