"""A trained model as an ONNX graph, so that it runs where there is no torch: in a browser.

A graph is a module, plain tensors in and plain tensors out, with every attention map among
the outputs. :func:`export` writes it with all its axes named, and :func:`quantise` stores
its weights in 8 bits. The graphs themselves stand in a folder for each model.

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

__all__ = ["Axes", "Graph", "export", "quantise"]

Axes = tuple[str | int, ...]  # a name = any size, a number = that size


class Graph(NamedTuple):
    """A module to export, with an example of each input and the axes of all tensors."""

    module: nn.Module
    examples: dict[str, Tensor]  # in the order of the module's arguments
    inputs: dict[str, Axes]
    outputs: dict[str, Axes]


# An example's sizes, which occur nowhere else, so that no axis is taken for another.
B, T = 2, 5


def example_mask() -> Tensor:
    """Make an example of a mask ``(B, T)``, its last row with padding."""
    return torch.arange(T) < torch.tensor([T, T - 2])[:, None]  # (B, T)


def export(graph: Graph, path: Path) -> None:
    """Write a graph to an ONNX file, with a name for every axis that is open.

    Args:
        graph: its module is exported in evaluation mode and is left as it was.
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
