"""What a chapter computes by hand, the package computes, number by number.

Each test reads the formulas of one Markdown cell, takes the numbers given from the first
of them, and compares all that follow with the package's own results, in the order in which
they stand there and to the decimals that are shown.
"""

import re
from pathlib import Path

import nbformat
import pytest
import torch
from torch import nn

from attention_course.attention import attend, dot_score
from attention_course.embedding import sinusoidal_positions
from attention_course.encoder_decoder import gru_step
from attention_course.grid_attention import (
    map_cells,
    nearby_attention_direct,
    neighbourhood,
)
from attention_course.self_attention import (
    MultiHeadAttention,
    SelfAttentionHead,
    causal_mask,
    merge_heads,
    split_heads,
)

BOOK = Path(__file__).parents[3] / "book"
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def formulas(chapter: int, begins: str) -> list[str]:
    """List the displayed formulas of the one Markdown cell that begins so."""
    (path,) = BOOK.glob(f"0{chapter}-*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    (text,) = [c.source for c in cells if c.source.startswith(begins)]
    return re.findall(r"\$\$(.+?)\$\$", text, re.DOTALL)


def bare(tex: str) -> str:
    """Leave out what is no number of the computation: indices and commands."""
    tex = re.sub(r"\\(?:text|mathrm|begin|end)\{[^}]*\}|\\[A-Za-z]+", " ", tex)
    return re.sub(r"_(?:\{[^{}]*\}|\w)|[A-Za-z]", " ", tex)


def texts(tex: str) -> list[str]:
    return NUMBER.findall(bare(tex))


def numbers(tex: str) -> list[float]:
    return [float(text) for text in texts(tex)]


def lines(tex: str) -> list[str]:
    """Cut aligned formulas into lines, but leave matrices whole."""
    inner = re.sub(r"\\(?:begin|end)\{aligned\}", "", tex)
    whole = re.sub(
        r"\\begin\{pmatrix\}.*?\\end\{pmatrix\}",
        lambda found: found[0].replace(r"\\", ";"),
        inner,
        flags=re.DOTALL,
    )
    return re.sub(r"\\\\\s*&\\qquad", " ", whole).split(
        r"\\"
    )  # joined: one that goes on


def compare(tex: str, expected) -> None:
    """Hold each number to the package's, rounded to as many decimals as it shows."""
    shown = texts(tex)
    wanted = [float(value) for value in expected]
    assert len(shown) == len(wanted), (shown, wanted)
    for text, value in zip(shown, wanted, strict=True):
        decimals = len(text.partition(".")[2])
        # Half a unit of the last decimal, and a little for floats.
        assert abs(float(text) - value) <= 0.5 * 10**-decimals + 1e-5, (text, value)


def flat(*tensors) -> list[float]:
    return [v for t in tensors for v in torch.as_tensor(t).flatten().tolist()]


# --- chapter 2 ------------------------------------------------------------------------


def gru_of_the_text():
    given, worked = formulas(2, "**By hand.** The input is a single number")
    w_z, w_n, moved = (torch.tensor(numbers(line)) for line in lines(given))
    cell = nn.GRUCell(1, 2)
    swap = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    state = swap @ moved  # U_n swaps: twice is the state itself
    with torch.no_grad():
        for parameter in cell.parameters():
            parameter.zero_()
        cell.weight_ih[2:4, 0], cell.weight_ih[4:, 0] = w_z, w_n
        cell.weight_hh[4:] = swap
    return cell, state, worked


def test_the_gru_step():
    cell, state, worked = gru_of_the_text()
    r, z, n, h = lines(worked)
    w_z, w_n = cell.weight_ih[2:4, 0].detach(), cell.weight_ih[4:, 0].detach()
    moved = cell.weight_hh[4:].detach() @ state
    z_t, n_t = torch.sigmoid(w_z), torch.tanh(w_n + 0.5 * moved)
    with torch.no_grad():
        after = gru_step(torch.ones(1, 1), state[None], cell)[0]
        assert torch.allclose(after, cell(torch.ones(1, 1), state[None])[0], atol=1e-6)
    assert torch.allclose(after, z_t * state + (1 - z_t) * n_t, atol=1e-6)

    compare(r, flat(torch.zeros(2), torch.full((2,), 0.5)))
    compare(z, flat(w_z, z_t))
    inside = [v for w, u in zip(w_n, moved, strict=True) for v in (w, 0.5, u)]
    compare(n, [*inside, *(w_n + 0.5 * moved), *n_t])
    products = [
        v for k in (0, 1) for v in (z_t[k], state[k], 1 - z_t[k], n_t[k])
    ]  # in the text: kept times old, the rest times new
    compare(h, [*products, *after])


# --- chapter 3 ------------------------------------------------------------------------


def test_attention():
    (worked,) = formulas(3, "**By hand**, for query 0.")
    *scores_lines, sum_line = lines(worked)[:4]
    *weights_lines, output_line = lines(worked)[4:]
    query = torch.tensor([[2.0, 0.0]])
    key = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    value = torch.tensor([[10.0], [50.0], [30.0]])
    output, weights = attend(query, key, value, score=dot_score)
    scores = dot_score(query, key)[0]
    powers = scores.exp()

    for line, k, score in zip(scores_lines, key, scores, strict=True):
        compare(line, [*flat(torch.stack([query[0], k], dim=1)), score])
    compare(sum_line, [*scores, *powers, powers.sum()])
    for line, power, weight in zip(weights_lines, powers, weights[0], strict=True):
        compare(line, [power, powers.sum(), weight])
    pairs = [v for pair in zip(weights[0], value[:, 0], strict=True) for v in pair]
    compare(output_line, [*pairs, output[0, 0]])
    assert output[0, 0] not in value
    assert abs(output[0, 0] - value.mean()) > 1


# --- chapter 4 ------------------------------------------------------------------------


def test_self_attention_from_end_to_end():
    given, projected, scores_, weights_, joined = formulas(
        4, "### From end to end, by hand"
    )
    x, *matrices = (torch.tensor(numbers(line)) for line in lines(given))
    x = x.view(3, 2)
    w_q, w_k, w_v, w_o = (matrix.view(2, 2) for matrix in matrices)
    layer = MultiHeadAttention(2, 2, bias=False)
    with torch.no_grad():
        for part, matrix in [
            (layer.to_query, w_q),
            (layer.to_key, w_k),
            (layer.to_value, w_v),
            (layer.to_output, w_o),
        ]:
            part.weight.copy_(matrix.T)
        output, weights = layer(x, mask=causal_mask(3), need_weights=True)
        q, k, v = layer.to_query(x), layer.to_key(x), layer.to_value(x)

    compare(projected, flat(q, k, v))
    for head, line in enumerate(lines(scores_)):
        scores = dot_score(q[:, head : head + 1], k[:, head : head + 1])
        compare(line.partition("=")[2], flat(scores[causal_mask(3)]))
    for head, line in enumerate(lines(weights_)):
        compare(line.partition("=")[2], flat(weights[head]))
    heads = merge_heads(weights @ split_heads(v, 2))
    first, second = lines(joined)
    compare(first.partition("=")[2], flat(heads))
    compare(second.rpartition("=")[2], flat(output))
    # Each head is what a single head with its columns gives.
    alone = SelfAttentionHead(2, 1)
    with torch.no_grad():
        alone.to_query.weight.copy_(w_q.T[:1])
        alone.to_key.weight.copy_(w_k.T[:1])
        alone.to_value.weight.copy_(w_v.T[:1])
        assert torch.allclose(alone(x, mask=causal_mask(3))[0], heads[:, :1])


# --- chapter 5 ------------------------------------------------------------------------


def test_one_neighbourhood():
    given, worked = formulas(5, "**One neighbourhood, by hand.**")
    context, w_q, w_k, w_v = (torch.tensor(numbers(line)) for line in lines(given))
    context = context.view(1, 3, 3, 1)
    grid = torch.full((1, 6, 6, 1), 2.0)
    cell, extent = (0, 2, 5), (1, 1, 1)
    output, weights = nearby_attention_direct(
        w_q * grid, w_k * context, w_v * context, extent
    )
    places, inside = neighbourhood((1, 6, 6), (1, 3, 3), extent)
    near = context.flatten()[places[cell][inside[cell]]]
    shares = weights[cell].flatten()[inside[cell].flatten()]
    assert [
        int(axis[at])
        for axis, at in zip(map_cells((1, 6, 6), (1, 3, 3)), cell, strict=True)
    ] == [
        0,
        1,
        2,
    ]

    q, keys, values, scores, weights_line, result = lines(worked)
    compare(q, [2, w_q, 2 * w_q])
    compare(keys, w_k * near)
    compare(values, w_v * near)
    compare(scores, [1, *(2 * w_q * w_k * near)])
    compare(weights_line, shares)
    pairs = [v for pair in zip(shares, w_v * near, strict=True) for v in pair]
    compare(result, [*pairs, output[cell][0]])
    assert abs(output[cell][0] - (w_v * near).mean()) > 1


# --- chapter 1 ------------------------------------------------------------------------


def test_the_waves_are_those_of_the_formula():
    d_model, t = 32, torch.arange(48).unsqueeze(-1)
    m = torch.arange(d_model // 2)
    angles = t * 10000.0 ** (-2 * m / d_model)
    waves = sinusoidal_positions(48, d_model)
    assert torch.allclose(waves[:, 0::2], angles.sin(), atol=1e-5)
    assert torch.allclose(waves[:, 1::2], angles.cos(), atol=1e-5)
    assert torch.allclose(
        waves[5] @ waves[17],
        (12 * 10000.0 ** (-2 * m / d_model)).cos().sum(),
        atol=1e-4,
    )


# --- the comparison itself --------------------------------------------------------------


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"r_t &= \sigma(0,\ 0) = (0.5,\ 0.5)", [0, 0, 0.5, 0.5]),
        (r"w_{00} = 7.389 / 15.778", [7.389, 15.778]),
        (r"\exp(2) \cdot (-0.6)", [2, -0.6]),
        (r"\begin{pmatrix} 1 & - \\ 2 & -2 \end{pmatrix}", [1, 2, -2]),
        (r"\text{scores of head 0} = 3", [3]),
    ],
)
def test_the_numbers_of_a_formula_are_read(tex, expected):
    assert numbers(tex) == expected


def test_a_wrong_decimal_is_found():
    compare("0.791 = 0.79", [0.79149, 0.79149])
    with pytest.raises(AssertionError):
        compare("0.792", [0.79149])
    with pytest.raises(AssertionError):
        compare("0.791", [0.79149, 0.5])
