"""What the tests of self-attention share: drawing, and parameters as torch lays them out."""

import copy

import torch
from torch import nn

# Different sizes on every axis, with no common factor but the one that heads need.
B, TQ, TK, N_HEADS, D_HEAD, D_CONTEXT, D_HIDDEN = 2, 5, 11, 3, 7, 13, 17


D_MODEL = N_HEADS * D_HEAD


DTYPES = [torch.float32, torch.float64]


TOLERANCE = {torch.float32: 5e-6, torch.float64: 1e-12}


GRADIENT_TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-11}


def draw(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, dtype=dtype).requires_grad_()


def random_mask(*shape: int) -> torch.Tensor:
    mask = torch.rand(*shape) < 0.6
    mask[..., 0] = True  # no query without a key: torch's layers give NaN there
    return mask


def shake(module: nn.Module) -> None:
    """Move every parameter, so that no bias is 0 and no norm's gain is 1."""
    with torch.no_grad():
        for parameter in module.parameters():
            parameter.add_(torch.randn_like(parameter), alpha=0.3)


def attention_parameters(theirs: nn.MultiheadAttention) -> dict[str, torch.Tensor]:
    if theirs.in_proj_weight is not None:
        weights = theirs.in_proj_weight.chunk(3)
    else:
        weights = theirs.q_proj_weight, theirs.k_proj_weight, theirs.v_proj_weight
    found = {"to_output.weight": theirs.out_proj.weight}
    names = ["to_query", "to_key", "to_value"]
    found.update(
        {f"{name}.weight": weight for name, weight in zip(names, weights, strict=True)}
    )
    if theirs.in_proj_bias is not None:
        biases = theirs.in_proj_bias.chunk(3)
        found.update(
            {f"{name}.bias": bias for name, bias in zip(names, biases, strict=True)}
        )
        found["to_output.bias"] = theirs.out_proj.bias
    return found


def assert_same_gradients(ours, theirs, inputs, parameters_of, mine, reference):
    """Compare the gradients of both, by the inputs and by every parameter."""
    upstream = torch.randn_like(ours)
    got = torch.autograd.grad(ours, inputs, upstream, retain_graph=True)
    expected = torch.autograd.grad(theirs, inputs, upstream, retain_graph=True)
    tolerance = GRADIENT_TOLERANCE[ours.dtype]
    for a, b in zip(got, expected, strict=True):
        torch.testing.assert_close(a, b, atol=tolerance, rtol=tolerance)
    ours.backward(upstream)
    theirs.backward(upstream)
    # The same renaming carries their gradients over: it only cuts and renames.
    gradients = copy.deepcopy(reference)
    with torch.no_grad():
        for target, source in zip(
            gradients.parameters(), reference.parameters(), strict=True
        ):
            target.copy_(source.grad)
    expected_by_name = parameters_of(gradients)
    got_by_name = {name: parameter.grad for name, parameter in mine.named_parameters()}
    assert got_by_name.keys() == expected_by_name.keys()
    for name, gradient in got_by_name.items():
        torch.testing.assert_close(
            gradient,
            expected_by_name[name].detach(),
            atol=tolerance,
            rtol=tolerance,
            msg=name,
        )
