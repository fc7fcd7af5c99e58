"""The trained models as ONNX graphs, so that they run where there is no torch: in a browser.

Each wrapper below is one graph: plain tensors in, plain tensors out, every attention map
among the outputs. The wrapped model does all the work. :func:`export` writes a graph with
all its axes named, and :func:`quantise` stores its weights in 8 bits.

Needs the optional extra ``browser``:  pip install -e '.[browser]'
"""

from __future__ import annotations

import logging
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from attention_course.encoder_decoder import Encoded, EncoderDecoder, FixedContext
from attention_course.grid_models import VideoDecoder, VisionTransformer, trilinear
from attention_course.lab.pretrained import PretrainedEncoder

__all__ = [
    "Axes",
    "ClassifyImages",
    "EncodeSentence",
    "EncodeSource",
    "EnlargeVideo",
    "Graph",
    "TranslateStep",
    "export",
    "graph_of",
    "quantise",
]

Axes = tuple[str | int, ...]  # a name = any size, a number = that size


class Graph(NamedTuple):
    """A module to export, with an example of each input and the axes of all tensors."""

    module: nn.Module
    examples: dict[str, Tensor]  # in the order of the module's arguments
    inputs: dict[str, Axes]
    outputs: dict[str, Axes]


class EncodeSource(nn.Module):
    """Read a source: the first of the two graphs of an :class:`EncoderDecoder`.

    Shapes:
        tokens ``(B, T_in)`` integers, mask ``(B, T_in)`` boolean → states
        ``(B, T_in, d_encoder)``, last ``(B, d_encoder)``, and the decoder's first state
        ``(B, d_decoder)``.

    Chapters 2 and 3.
    """

    def __init__(self, model: EncoderDecoder) -> None:
        super().__init__()
        self.encoder, self.decoder = model.encoder, model.decoder

    def forward(self, tokens: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        encoded = self.encoder(tokens, mask)
        # Copied: a graph must not hand out its own parameter.
        first = self.decoder.start(encoded).clone()
        return encoded.states, encoded.last, first


class TranslateStep(nn.Module):
    """Write one token: the second graph, run again until it writes the end.

    Shapes:
        token ``(B,)`` integers, state ``(B, d_decoder)``, states ``(B, T_in, d_encoder)``,
        mask ``(B, T_in)`` boolean → logits ``(B, n_target)``, the next state
        ``(B, d_decoder)``, weights ``(B, T_in)``.

    Raises:
        ValueError: the model has a fixed context, and so no weights.

    Chapters 2 and 3.
    """

    def __init__(self, model: EncoderDecoder) -> None:
        super().__init__()
        if isinstance(model.decoder.context, FixedContext):
            raise ValueError(
                "model: expected a model with attention, got a fixed context"
            )
        self.decoder = model.decoder

    def forward(
        self, token: Tensor, state: Tensor, states: Tensor, mask: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        last = states[:, 0]  # attention does not look at it
        logits, state, weights = self.decoder(token, state, Encoded(states, mask, last))
        return logits, state, weights


class EncodeSentence(nn.Module):
    """Read sentences with the pretrained encoder, and keep all its attention weights.

    Shapes:
        ids ``(B, T)`` integers, mask ``(B, T)`` boolean → weights
        ``(B, n_layers, n_heads, T, T)``, sentence ``(B, d_model)`` of length 1.

    Chapter 4.
    """

    def __init__(self, encoder: PretrainedEncoder) -> None:
        super().__init__()
        self.encoder = encoder

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        # As PretrainedEncoder.forward and encode do, without the check that every number
        # has a row in the table: a graph cannot stop at a number.
        model = self.encoder
        x = F.embedding(ids, model.token.weight) + model.token_type.weight[0]
        x = x + model.position.weight[: ids.shape[1]]  # (B, T, d_model)
        x, weights = model.encoder(
            model.norm(x), mask=mask.unsqueeze(-2), need_weights=True
        )
        real = mask.unsqueeze(-1)  # (B, T, 1)
        means = (x * real).sum(dim=1) / real.sum(dim=1)  # (B, d_model)
        return weights, F.normalize(means, dim=-1)


class ClassifyImages(nn.Module):
    """Classify pictures with a vision transformer, and keep all its attention weights.

    Shapes:
        images ``(B, H, W, C)`` → logits ``(B, n_classes)``, weights
        ``(B, n_layers, n_heads, T, T)``.

    Chapter 5.
    """

    def __init__(self, model: VisionTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        # As VisionTransformer.forward does. Its len(images) would fix the batch's size.
        model = self.model
        patches = model.embed(images).flatten(1, 2)  # (B, n_patches, d_model)
        token = model.class_token.expand(images.shape[0], 1, -1)  # (B, 1, d_model)
        x = torch.cat([token, patches], dim=1) + model.positions  # (B, T, d_model)
        states, weights = model.encoder(x, need_weights=True)
        return model.to_logits(states[:, 0]), weights


class EnlargeVideo(nn.Module):
    """Enlarge videos with a decoder, and keep all its attention weights.

    Shapes:
        video ``(B, F', H', W', 1)`` → enlarged ``(B, F, H, W, 1)``, brightness cut to
        0 … 1; straight, ``trilinear(video)``, likewise; self weights and cross weights
        as :class:`attention_course.grid_models.VideoDecoder` gives them.

    Raises:
        ValueError: the model lacks one of the two attentions, and so its weights.

    Chapter 5.
    """

    def __init__(self, model: VideoDecoder) -> None:
        super().__init__()
        for name in ("use_self", "use_cross"):
            if not model.config[name]:
                raise ValueError(
                    f"model: expected a decoder with both attentions, got {name}=False"
                )
        self.model = model

    def forward(self, video: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        enlarged, weights, cross_weights = self.model(video, need_weights=True)
        straight = trilinear(video, self.model.sizes)
        return enlarged.clamp(0, 1), straight, weights, cross_weights


def graph_of(model: nn.Module) -> dict[str, Graph]:
    """Describe the graphs that a model becomes, by name.

    Args:
        model: an :class:`EncoderDecoder` with attention, a :class:`PretrainedEncoder`, a
            :class:`VisionTransformer`, or a :class:`VideoDecoder` with both attentions.

    Returns:
        The graphs that :func:`export` writes, with examples for their inputs.

    Raises:
        TypeError: another model.
        ValueError: a model without the attention whose weights its graph gives.
    """
    # Sizes that occur nowhere else, so that no axis is taken for another.
    B, T = 2, 5
    mask = torch.arange(T) < torch.tensor([T, T - 2])[:, None]  # (B, T)
    if isinstance(model, EncoderDecoder):
        step = TranslateStep(model)
        d_encoder = model.config["d_encoder"]
        d_decoder = model.config["d_decoder"]
        n_source, n_target = model.config["n_source"], model.config["n_target"]
        tokens = torch.arange(B * T).reshape(B, T) % n_source
        token = torch.arange(B) % n_target
        states, state = torch.zeros(B, T, d_encoder), torch.zeros(B, d_decoder)
        read: dict[str, Axes] = {"states": ("B", "T_in", d_encoder)}
        seen: dict[str, Axes] = {"mask": ("B", "T_in")}
        return {
            "encode": Graph(
                EncodeSource(model),
                {"tokens": tokens, "mask": mask},
                {"tokens": ("B", "T_in"), **seen},
                {**read, "last": ("B", d_encoder), "first": ("B", d_decoder)},
            ),
            "step": Graph(
                step,
                {"token": token, "state": state, "states": states, "mask": mask},
                {"token": ("B",), "state": ("B", d_decoder), **read, **seen},
                {
                    "logits": ("B", n_target),
                    "next_state": ("B", d_decoder),
                    "weights": ("B", "T_in"),
                },
            ),
        }
    if isinstance(model, PretrainedEncoder):
        blocks: Any = model.encoder.blocks
        every_weight: Axes = ("B", len(blocks), blocks[0].attention.n_heads, "T", "T")
        ids = torch.arange(B * T).reshape(B, T)
        return {
            "encode": Graph(
                EncodeSentence(model),
                {"ids": ids, "mask": mask},
                {"ids": ("B", "T"), "mask": ("B", "T")},
                {
                    "weights": every_weight,
                    "sentence": ("B", model.token.weight.shape[1]),
                },
            )
        }
    if isinstance(model, VisionTransformer):
        sizes = model.config
        height, width = model.image_size
        images: Axes = ("B", height, width, sizes["n_channels"])
        n_tokens = model.positions.shape[0]
        of_heads: Axes = ("B", sizes["n_layers"], sizes["n_heads"], n_tokens, n_tokens)
        return {
            "classify": Graph(
                ClassifyImages(model),
                {"images": torch.zeros(B, *images[1:])},  # type: ignore[arg-type]
                {"images": images},
                {"logits": ("B", sizes["n_classes"]), "weights": of_heads},
            )
        }
    if isinstance(model, VideoDecoder):
        enlarge = EnlargeVideo(model)
        block: Any = model.blocks[0]
        cells = model.positions.shape[:3]  # (nF, nH, nW)
        layers: Axes = ("B", len(model.blocks), block.attention.n_heads, *cells)
        window, cross_window = (
            tuple(2 * e + 1 for e in attention.extent)
            for attention in (block.attention, block.cross)
        )
        video: Axes = ("B", *model.context_sizes, 1)
        large: Axes = ("B", *model.sizes, 1)
        return {
            "enlarge": Graph(
                enlarge,
                {"video": torch.zeros(B, *video[1:])},  # type: ignore[arg-type]
                {"video": video},
                {
                    "enlarged": large,
                    "straight": large,
                    "self_weights": (*layers, *window),
                    "cross_weights": (*layers, *cross_window),
                },
            )
        }
    raise TypeError(
        "model: expected an EncoderDecoder, a PretrainedEncoder, a VisionTransformer or "
        f"a VideoDecoder, got {type(model).__name__}"
    )


def export(graph: Graph, path: Path) -> None:
    """Write a graph to an ONNX file, with a name for every axis that is open.

    Args:
        graph: from :func:`graph_of`. Its module is exported in evaluation mode and is
            left as it was.
        path: the file to write.

    Raises:
        ImportError: the extra ``browser`` is not installed.
        ValueError: the exported graph has other inputs, outputs or axes than ``graph`` says,
            or does not answer as the module does.
    """
    try:
        import onnx
        import onnxruntime  # noqa: F401  for the check
        import onnxscript  # noqa: F401  what torch exports with
    except ImportError as error:
        raise ImportError(_how_to_get(error)) from error
    modes = [(part, part.training) for part in graph.module.modules()]
    previous = logging.root.manager.disable
    open_axes = {name for axes in graph.inputs.values() for name in axes}
    dims: dict[str | int, Any] = {
        name: torch.export.Dim(name) for name in open_axes if isinstance(name, str)
    }
    try:
        logging.disable(logging.WARNING)  # the exporter reports on every node
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch's exporter warns about itself
            program = torch.onnx.export(
                graph.module.eval(),
                tuple(graph.examples.values()),
                input_names=list(graph.inputs),
                output_names=list(graph.outputs),
                dynamic_shapes=tuple(
                    {i: dims[name] for i, name in enumerate(axes) if name in dims}
                    for axes in graph.inputs.values()
                ),
                dynamo=True,
                verbose=False,
            )
    finally:
        logging.disable(previous)
        for part, training in modes:
            part.training = training
    assert program is not None
    model = program.model_proto
    # Notes of the exporter: where each node comes from, with the paths of this machine.
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for noted in (model, model.graph, *model.graph.initializer):
        del noted.metadata_props[:]
    # The exporter takes the length of a GRU's output for that of the example. The graph
    # itself is right, so these notes on sizes go, and the outputs get the true ones.
    del model.graph.value_info[:]
    for side, axes_of in (
        (model.graph.input, graph.inputs),
        (model.graph.output, graph.outputs),
    ):
        if [tensor.name for tensor in side] != list(axes_of):
            found = ", ".join(tensor.name for tensor in side)
            raise ValueError(
                f"graph: expected tensors {', '.join(axes_of)}, got {found}"
            )
        for tensor in side:
            _name_axes(tensor, axes_of[tensor.name])
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, path)
    _check_answers(graph, path)


def quantise(path: Path, to: Path) -> None:
    """Store the weights of an ONNX file in 8 bits: a quarter of the size.

    Tables get one scale, matrices one for every 32 weights. Activations stay in 32 bits:
    in 8 bits they would move the attention weights six times as far.

    Args:
        path: the file to read.
        to: the file to write.

    Raises:
        ImportError: the extra ``browser`` is not installed.
    """
    previous = logging.root.manager.disable
    logging.disable(logging.WARNING)  # the quantiser reports on every node
    try:
        import onnx
        from onnxruntime.quantization import QuantType, quantize_dynamic
        from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

        quantize_dynamic(
            path, to, op_types_to_quantize=["Gather"], weight_type=QuantType.QInt8
        )
        matrices = MatMulNBitsQuantizer(
            onnx.load(to), bits=8, block_size=32, is_symmetric=True, accuracy_level=4
        )
        matrices.process()
    except ImportError as error:
        raise ImportError(_how_to_get(error)) from error
    finally:
        logging.disable(previous)
    onnx.save(matrices.model.model, to)


def _how_to_get(error: ImportError) -> str:
    return f"{error.name} is not installed: pip install -e '.[browser]'"


def _check_answers(graph: Graph, path: Path) -> None:
    """Compare with torch, at sizes other than the examples'.

    The exporter fixes an axis silently where the module's code does, for instance by
    ``len(tensor)``.
    """
    import onnxruntime

    inputs = {
        name: example[tuple(slice(-1 if isinstance(a, str) else None) for a in axes)]
        for (name, axes), example in zip(
            graph.inputs.items(), graph.examples.values(), strict=True
        )
    }
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    session = onnxruntime.InferenceSession(path, settings, ["CPUExecutionProvider"])
    feeds = {name: value.numpy() for name, value in inputs.items()}
    try:
        got = session.run(list(graph.outputs), feeds)
    except onnxruntime.capi.onnxruntime_pybind11_state.Fail as error:
        raise ValueError(
            f"graph: an axis is fixed that should be open: {error}"
        ) from None
    with torch.no_grad():
        expected = graph.module(*inputs.values())
    for name, ours, theirs in zip(graph.outputs, got, expected, strict=True):
        if ours.shape != theirs.shape or not np.allclose(
            ours, theirs, rtol=0, atol=1e-5
        ):
            raise ValueError(f"graph: {name} is not what torch computes")


def _name_axes(tensor: Any, axes: Axes) -> None:
    """Name the axes of a graph's input or output that are open."""
    shape = tensor.type.tensor_type.shape.dim
    sizes = [dim.dim_value for dim in shape]
    fits = len(shape) == len(axes) and all(
        isinstance(axis, str) or axis == size
        for axis, size in zip(axes, sizes, strict=True)
    )
    if not fits:
        raise ValueError(f"graph: expected {tensor.name} with axes {axes}, got {sizes}")
    for dim, axis in zip(shape, axes, strict=True):
        if isinstance(axis, str):
            dim.dim_param = axis
