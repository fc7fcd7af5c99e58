"""The translator of dates in two graphs: step by step they write as the model does."""

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch

from attention_course.data.sequences import Vocabulary
from attention_course.encoder_decoder import EncoderDecoder, translate
from bookbuild.models.date_translator.export import TranslateStep, graphs
from bookbuild.models.graph import export
from tests.bookbuild.models.helpers import near, padded, run, session

pytestmark = pytest.mark.slow


ROOT = Path(__file__).parents[3]
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
    made = graphs(model)
    for part, graph in made.items():
        export(graph, folder / f"{part}.onnx")
    return model.eval(), made, folder


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


def test_every_axis_has_a_name_and_nothing_tells_of_this_machine(translator):
    _, made, folder = translator
    for part, graph in made.items():
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


def test_a_translator_without_attention_is_refused():
    with pytest.raises(ValueError, match="expected a model with attention"):
        graphs(EncoderDecoder(5, 5, context="fixed"))
