"""Chapter 5's widgets in a real browser, on a page that needs no built book.

``show`` opens the page and ``compute`` calls a widget's arithmetic: see conftest.py. What
holds for every widget is in test_every_widget.py.
"""

from __future__ import annotations

import math
import re
from typing import ClassVar

import pytest
import torch

from attention_course.grid_attention import (
    count_scores,
    nearby_attention_direct,
    neighbourhood,
    weights_on_grid,
)
from attention_course.widgets import (
    NeighbourhoodExplorer,
    PatchAttentionViewer,
    VideoPlayer,
)
from tests.widgets.helpers import (
    apart,
    box_of,
    cells_of,
    near,
    number,
    numbers_in,
    picker,
)

pytestmark = pytest.mark.browser

KINDS = [NeighbourhoodExplorer, PatchAttentionViewer, VideoPlayer]


class Model(torch.nn.Module):
    """Stands in for the vision transformer: random weights over patches."""

    config: ClassVar = {}

    def __init__(self, seed=0, size=(6, 10), patch=(3, 2), n_layers=2, n_heads=3):
        super().__init__()
        self.config = {"patch": patch}
        self.n_layers, self.n_heads = n_layers, n_heads
        self.n_tokens = 1 + (size[0] // patch[0]) * (size[1] // patch[1])
        self.draw = torch.Generator().manual_seed(seed)
        self.size = size

    def forward(self, images, *, need_weights):
        shape = (len(images), self.n_layers, self.n_heads, *[self.n_tokens] * 2)
        weights = (3 * torch.randn(*shape, generator=self.draw)).softmax(-1)
        return 3 * torch.randn(len(images), 7, generator=self.draw), weights

    def record(self, n=3):
        images = torch.rand(n, *self.size, 1, generator=self.draw)
        labels = torch.randint(0, 7, (n,), generator=self.draw)
        return PatchAttentionViewer.record(self, images, labels)


def viewer(**state):
    return PatchAttentionViewer(Model().record(), **state)


def videos(seed=3):
    draw = torch.Generator().manual_seed(seed)
    sizes = {"small": (3, 4, 5), "large": (6, 7, 11), "end": (5, 7, 11)}
    return {name: torch.rand(*size, generator=draw) for name, size in sizes.items()}


def windows(sizes, context, extent, draw=None):
    draw = draw or torch.Generator().manual_seed(5)
    query = 2 * torch.randn(*sizes, 3, generator=draw)
    key = 2 * torch.randn(*context, 3, generator=draw)
    return nearby_attention_direct(query, key, key, extent)[1]


def player(**state):
    weights = windows((6, 7, 11), (3, 4, 5), (1, 1, 2))
    given = {"query": "large", "context": "small", "weights": weights, **state}
    return VideoPlayer(videos(), **given)


# The arithmetic in the ES modules, against torch.


def test_the_neighbourhoods_are_torch_s_over_400_settings(compute):
    pick = picker(torch.Generator().manual_seed(51))
    widgets = [
        NeighbourhoodExplorer((8, 8, 8), None, 4, (7, 0, 4), True),
        NeighbourhoodExplorer((8, 8, 8), (1, 1, 1), 4),
        NeighbourhoodExplorer((1, 1, 1), (8, 8, 8), 0),
    ]
    while len(widgets) < 400:
        sizes = [pick(1, 8) for _ in range(3)]
        context = [None, list(sizes), [pick(1, 8) for _ in range(3)]][len(widgets) % 3]
        widget = NeighbourhoodExplorer(
            sizes,
            context,
            [pick(0, 4) for _ in range(3)],
            [pick(0, size - 1) for size in sizes],
            causal=bool(pick(0, 1)) and context in (None, sizes),
            seed=pick(0, 5),
        )
        widgets.append(widget)
    keep = ["context", "cell", "mapped", "neighbours", "later", "weights", "counts"]
    results = compute(NeighbourhoodExplorer, [w.state() for w in widgets], keep)
    largest, n_causal, n_clipped = 0.0, 0, 0
    for widget, result in zip(widgets, results, strict=True):
        sizes, context = widget.sizes, widget.context
        assert (result["context"], result["cell"]) == (context, widget.cell)
        assert result["mapped"] == widget.mapped()
        at = tuple(widget.cell)
        given = (sizes, context, widget.extent)
        cells, inside = (
            part[at] for part in neighbourhood(*given, causal=widget.causal)
        )
        everything = neighbourhood(*given)[1][at]
        assert result["neighbours"] == cells[inside].tolist()
        assert result["later"] == cells[everything & ~inside].tolist()
        query, key = widget._toys()
        _, weights = nearby_attention_direct(
            query, key, key, widget.extent, causal=widget.causal
        )
        expected = weights_on_grid(weights, context)[at]
        shown = torch.tensor(result["weights"]).reshape(context)
        largest = max(largest, apart(shown, expected), apart(shown, widget.weights()))
        counts = dict(result["counts"])
        assert counts == widget.counts()
        assert counts["nearby"] == count_scores(*given, causal=widget.causal)
        N = math.prod(sizes)
        assert counts["full"] == (
            N * (N + 1) // 2 if widget.causal else N * math.prod(context)
        )
        n_causal += widget.causal
        n_clipped += counts["query"] < counts["window"]
    assert largest <= 1e-5
    assert n_causal >= 50
    assert 50 <= n_clipped < 400


def test_the_patch_viewer_s_arithmetic_is_torch_s_over_250_settings(compute):
    pick = picker(torch.Generator().manual_seed(52))
    widgets, exact = [], []
    for n in range(250):
        patch = [(1, 5), (3, 2), (2, 2), (6, 10)][n % 4]
        model = Model(n, (6, 10), patch, pick(1, 3), pick(1, 4))
        recordings = model.record(2)
        widgets.append(
            PatchAttentionViewer(
                recordings,
                picked=n % 2,
                layer=pick(0, model.n_layers - 1),
                head=pick(0, model.n_heads - 1),
                token=pick(0, model.n_tokens - 1),
            )
        )
        again = Model(n, (6, 10), patch, model.n_layers, model.n_heads)
        images = torch.rand(2, 6, 10, 1, generator=again.draw)
        torch.randint(0, 7, (2,), generator=again.draw)
        logits, weights = again(images, need_weights=True)
        exact.append((logits[n % 2].softmax(-1), weights[n % 2]))
    keep = ["token", "row", "patches", "classWeight", "shares", "order"]
    keep += ["predicted", "probability", "right"]
    results = compute(PatchAttentionViewer, [w.state() for w in widgets], keep)
    largest, n_right = 0.0, 0
    for widget, (chances, weights), result in zip(widgets, exact, results, strict=True):
        at = widget.layer, widget.head, widget.token
        assert result["token"] == widget.token
        row = torch.tensor(result["row"], dtype=torch.double)
        assert apart(row, weights[at]) <= 0.002
        grid = widget.on_patches().flatten()
        largest = max(
            largest,
            apart(row, widget.weights()[widget.token]),
            apart(result["patches"], grid),
            apart(result["classWeight"], row[0]),
            apart(result["shares"], grid / grid.max()),
        )
        assert result["order"] == row.argsort(descending=True, stable=True).tolist()
        assert result["predicted"] == int(chances.argmax())
        assert (result["predicted"], result["probability"]) == widget.prediction()
        assert result["probability"] == near(float(chances.max()), 4)
        right = result["predicted"] == widget.recording()["label"]
        assert result["right"] == right
        n_right += right
    assert largest <= 1e-5
    assert 0 < n_right < 250


def test_the_player_s_arithmetic_is_torch_s_over_250_settings(compute):
    draw = torch.Generator().manual_seed(53)
    pick = picker(draw)
    widgets, exact = [], []
    for n in range(250):
        names = ["one", "two", "three"][: pick(1, 3)]
        sizes = {name: [pick(1, 7), pick(1, 5), pick(1, 6)] for name in names}
        clips = {
            name: torch.rand(*size, generator=draw) for name, size in sizes.items()
        }
        asks, seen = names[pick(0, len(names) - 1)], names[pick(0, len(names) - 1)]
        tokens = [pick(1, size) for size in sizes[asks]]
        context = [pick(1, size) for size in sizes[seen]]
        weights = windows(tokens, context, [pick(0, 2) for _ in range(3)], draw)
        if n % 5 == 0:
            weights = torch.zeros_like(weights)  # a token that may attend to nothing
        widget = VideoPlayer(
            clips, weights=weights, query=asks, context=seen, context_sizes=context
        )
        widget.frame = pick(0, widget.n_frames - 1)
        widget.row, widget.column = (pick(0, size - 1) for size in sizes[asks][1:])
        widgets.append(widget)
        token = tuple(widget.query_token())
        exact.append(weights_on_grid(weights, context)[token])
    keep = ["nFrames", "time", "shown", "looks"]
    results = compute(VideoPlayer, [w.state() for w in widgets], keep)
    largest = 0.0
    for widget, weights, result in zip(widgets, exact, results, strict=True):
        looks = result["looks"]
        assert (result["nFrames"], result["time"]) == (widget.n_frames, widget.frame)
        assert result["shown"] == widget.shown()
        assert looks["token"] == widget.query_token()
        shown = torch.tensor(looks["weights"]).reshape(weights.shape)
        assert apart(shown, weights) <= 0.002
        mine = widget.weights()
        top = float(mine.max()) or 1.0
        largest = max(
            largest,
            apart(shown, mine),
            apart(looks["byFrame"], mine.sum(dim=(1, 2))),
            apart(looks["shares"], mine.flatten() / top),
        )
        assert mine.flatten()[looks["best"]] == mine.max()
        for (first, last), at, size, e in zip(
            looks["window"],
            looks["mapped"],
            weights.shape,
            widget.attention["extent"],
            strict=True,
        ):
            assert (first, last) == (max(at - e, 0), min(at + e, size - 1))
    assert largest <= 1e-5
    (plain,) = compute(VideoPlayer, [VideoPlayer(videos(), frame=4).state()], keep)
    assert plain == {"nFrames": 6, "time": 4, "shown": [2, 4, 3], "looks": None}


# In the page, with the network cut off.


def assert_neighbourhood_shows(page, widget):
    box = box_of(page, NeighbourhoodExplorer)
    sizes, context = widget.sizes, widget.context
    for labels, values in [
        (("Frames of X", "Rows of X", "Columns of X"), sizes),
        (("Extent, frames", "Extent, rows", "Extent, columns"), widget.extent),
        (("Query's frame", "Query's row", "Query's column"), widget.cell),
    ]:
        for label, value in zip(labels, values, strict=True):
            slide = box.get_by_role("slider", name=label)
            assert slide.input_value() == str(value)
    for axis, label in enumerate(("Frames of C", "Rows of C", "Columns of C")):
        slide = box.get_by_label(label)
        assert slide.is_visible() == (widget.context_sizes is not None)
        assert slide.input_value() == str(context[axis])
    itself = box.get_by_label("C is X itself")
    assert itself.is_checked() == (widget.context_sizes is None)
    causal = box.get_by_label("Causal")
    assert causal.is_checked() == widget.causal
    assert causal.is_enabled() == (sizes == context)

    # X: one square is marked.
    squares = box.locator(".ac-ne-cell")
    assert squares.count() == math.prod(sizes)
    marked = box.locator(".ac-ne-query")
    assert marked.all_inner_texts() == ["Q"]
    assert marked.get_attribute("data-cell") == " ".join(map(str, widget.cell))
    f, r, c = widget.cell
    grid = box.get_by_role("slider", name=re.compile("^Query cell of X"))
    assert grid.get_attribute("aria-valuetext") == f"frame {f}, row {r}, column {c}"
    own = (f * sizes[1] + r) * sizes[2] + c
    assert grid.get_attribute("aria-valuenow") == str(own)
    assert grid.get_attribute("aria-valuemax") == str(math.prod(sizes) - 1)

    # C: a table for each frame, a number for each neighbour and for no other cell.
    weights, mapped = widget.weights(), widget.mapped()
    neighbours = {tuple(cell) for cell in widget.neighbours().tolist()}
    tables = box.locator("table.ac-ne-context").all()
    assert len(tables) == context[0]
    seen = set()
    for a, table in enumerate(tables):
        rows = cells_of(table)
        assert [len(rows), len(rows[0])] == context[1:]
        for b, row in enumerate(rows):
            for c, text in enumerate(row):
                assert ("●" in text) == ([a, b, c] == mapped)
                text = text.replace("●", "").strip()
                if (a, b, c) in neighbours:
                    assert number(text) == near(float(weights[a, b, c]))
                    seen.add((a, b, c))
                elif text:
                    assert text == "×"
                    assert widget.causal
                    assert (a, b, c) > tuple(widget.cell)
        in_window = abs(a - mapped[0]) <= widget.extent[0]
        caption = table.locator("caption").inner_text()
        assert caption == f"frame {a} of C{'' if in_window else ': not seen'}"
    assert seen == neighbours
    painted = box.locator("table.ac-ne-context td").evaluate_all(
        "(all) => all.map((td) => parseFloat(td.style.getPropertyValue('--ac-share')))"
    )
    expected = 100 * weights / weights.max()
    assert painted == pytest.approx(expected.flatten().tolist(), abs=0.51)

    axes, costs = box.locator("table.ac-facts").all()
    for axis, (maps, window, inside, cut) in enumerate(cells_of(axes)):
        at, size, of = widget.cell[axis], sizes[axis], context[axis]
        assert maps == f"⌊{at} · {of} ÷ {size}⌋ = {mapped[axis]}"
        e = widget.extent[axis]
        assert numbers_in(window) == [mapped[axis] - e, mapped[axis] + e]
        ends = [max(mapped[axis] - e, 0), min(mapped[axis] + e, of - 1)]
        assert numbers_in(inside) == ends
        lost = 2 * e + 1 - (ends[1] - ends[0] + 1)
        assert cut == (f"{lost} of {2 * e + 1}" if lost else "nothing")
    counts = widget.counts()
    one, every = cells_of(costs)
    seen_by_one = own + 1 if widget.causal else math.prod(context)
    assert [number(x) for x in one[:2]] == [counts["query"], seen_by_one]
    assert number(one[2].rstrip(" ×")) == near(seen_by_one / counts["query"], 1)
    assert [number(x) for x in every[:2]] == [counts["nearby"], counts["full"]]
    times = counts["full"] / counts["nearby"]
    assert number(every[2].rstrip(" ×")) == near(times, 1)
    summary = box.locator(".ac-summary").inner_text()
    where = ", ".join(map(str, mapped))
    told = f"maps to ({where}) of C and scores {counts['query']} of the "
    assert told + f"{counts['window']} cells of its window" in summary
    assert (
        f"{counts['nearby']:,} scores; full attention {counts['full']:,}"
    ) in summary
    best = re.search(r"most weight, (\S+), is on \((.+?)\)", summary)
    assert number(best[1]) == near(float(weights.max()))
    place = tuple(int(n) for n in best[2].split(", "))
    assert weights[place] == weights.max()
    cuts = [
        name
        for name, cell in zip(
            ("frames", "rows", "columns"), cells_of(axes), strict=True
        )
        if cell[3] != "nothing"
    ]
    cutting = f"border cuts the window along {' and '.join(cuts)}."
    assert (cutting if cuts else "No border cuts the window.") in summary


def test_the_neighbourhood_explorer_answers_every_control_without_network(show):
    widget = NeighbourhoodExplorer((4, 5, 3))
    page = show(NeighbourhoodExplorer((4, 5, 3)))
    box = box_of(page, NeighbourhoodExplorer)
    assert_neighbourhood_shows(page, widget)

    def change(**changes):
        widget.set_state(changes)
        assert_neighbourhood_shows(page, widget)

    def press(label, key):
        box.get_by_role("slider", name=label, exact=True).press(key)

    press("Extent, columns", "ArrowRight")
    change(extent=[1, 1, 2])
    press("Extent, frames", "Home")
    change(extent=[0, 1, 2])
    press("Query's frame", "End")
    change(cell=[3, 2, 1])
    press("Query's column", "Home")
    change(cell=[3, 2, 0])
    box.get_by_label("Causal").press("Space")
    change(causal=True)

    # A cell of X, by mouse and by keyboard; nothing leaves the grid.
    grid = box.get_by_role("slider", name=re.compile("^Query cell of X"))
    grid.locator("[data-cell='1 4 2']").click()
    change(cell=[1, 4, 2])
    grid.focus()
    for key, cell in [
        ("ArrowDown", [1, 4, 2]),
        ("ArrowRight", [1, 4, 2]),
        ("ArrowUp", [1, 3, 2]),
        ("ArrowLeft", [1, 3, 1]),
        ("PageDown", [2, 3, 1]),
        ("PageUp", [1, 3, 1]),
        ("PageUp", [0, 3, 1]),
        ("PageUp", [0, 3, 1]),
        ("End", [3, 4, 2]),
        ("Home", [0, 0, 0]),
        ("ArrowUp", [0, 0, 0]),
    ]:
        page.keyboard.press(key)
        change(cell=cell)

    # Another grid for C: first one like X, then of its own; causal goes where it cannot be.
    box.get_by_label("C is X itself").press("Space")
    change(context_sizes=[4, 5, 3])
    assert widget.causal
    press("Columns of C", "ArrowRight")
    change(context_sizes=[4, 5, 4], causal=False)
    press("Frames of C", "Home")
    change(context_sizes=[1, 5, 4])
    press("Rows of X", "End")
    change(sizes=[4, 8, 3])
    grid.press("End")
    change(cell=[3, 7, 2])
    press("Frames of X", "ArrowLeft")
    change(sizes=[3, 8, 3], cell=[2, 7, 2])
    box.get_by_label("C is X itself").check()
    change(context_sizes=None)


# A canvas's pixels, read from a copy: reading it more than once makes Chromium warn.
READ = """
    const { width, height } = canvas;
    const copy = new OffscreenCanvas(width, height).getContext("2d");
    copy.drawImage(canvas, 0, 0);
    const { data } = copy.getImageData(0, 0, width, height);
    const at = (x, y) => [...data.slice(4 * (y * width + x), 4 * (y * width + x) + 3)];
"""
# One colour for the middle of each of rows × columns parts.
MIDDLES = f"""(canvas, [rows, columns]) => {{
    {READ}
    const middle = (n, parts, length) => Math.floor((n + 0.5) * length / parts);
    return Array.from({{ length: rows }}, (_, r) => Array.from({{ length: columns }},
        (_, c) => at(middle(c, columns, width), middle(r, rows, height))));
}}"""
# Where the light line of a frame around something begins and ends, as shares.
FRAME = f"""(canvas) => {{
    {READ}
    const [xs, ys] = [[], []];
    for (let n = 0; n < width * height; n += 1) {{
        const [x, y] = [n % width, Math.floor(n / width)];
        if (at(x, y).join() !== "255,176,0") continue;
        xs.push(x / width);
        ys.push(y / height);
    }}
    return [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
}}"""
# How much greener than red each of rows × columns parts is, on average.
GREENS = f"""(canvas, [rows, columns]) => {{
    {READ}
    return Array.from({{ length: rows * columns }}, (_, n) => {{
        const [r, c] = [Math.floor(n / columns), n % columns];
        const ends = (part, parts, length) =>
            [part, part + 1].map((one) => Math.round(one * length / parts));
        const [[left, right], [top, bottom]] = [ends(c, columns, width), ends(r, rows, height)];
        let sum = 0;
        for (let y = top; y < bottom; y += 1) for (let x = left; x < right; x += 1) {{
            const [red, green] = at(x, y);
            sum += green - red;
        }}
        return sum / ((right - left) * (bottom - top));
    }});
}}"""
TEAL = torch.tensor([32.0, 190.0, 165.0])


def pixels_of(canvas, *sizes):
    return torch.tensor(canvas.evaluate(MIDDLES, list(sizes)), dtype=torch.double)


def under_weights(levels, shares):
    """Colours of grey levels from 0 to 1 with shares of weights over them, (H, W, 3)."""
    alpha = 0.7 * shares.unsqueeze(-1)
    return 255 * levels.unsqueeze(-1) * (1 - alpha) + TEAL * alpha


def assert_patches_show(page, widget, *, overlaid=True):
    box = box_of(page, PatchAttentionViewer)
    recording, token = widget.recording(), widget.token
    grid, row = widget.on_patches(), widget.weights()[token]
    rows, columns = grid.shape
    for label, value in [("Layer", widget.layer), ("Head", widget.head)]:
        slide = box.get_by_role("slider", name=label)
        assert slide.input_value() == str(value)
    assert box.get_by_role("combobox", name="Scan").input_value() == str(widget.picked)
    table = box.locator("table.ac-pa-weights")
    shown = [[number(x) for x in line] for line in cells_of(table)]
    assert shown == [near(line.tolist(), 3) for line in grid]
    painted = table.locator("td").evaluate_all(
        "(all) => all.map((td) => parseFloat(td.style.getPropertyValue('--ac-share')))"
    )
    shares = grid / grid.max()
    assert painted == pytest.approx((100 * shares).flatten().tolist(), abs=0.51)
    marked = table.locator("td").evaluate_all(
        "(all) => all.map((td) => td.classList.contains('ac-pa-now'))"
    )
    assert marked == [n == token - 1 for n in range(rows * columns)]

    button = box.get_by_role("button", name="class token")
    assert number(button.inner_text().split()[-1]) == near(float(row[0]), 3)
    assert button.get_attribute("aria-pressed") == str(token == 0).lower()
    scan = box.get_by_role("slider", name="The patch that looks")
    said = scan.get_attribute("aria-valuetext")
    if token:
        r, c = divmod(token - 1, columns)
        assert said.startswith(f"patch {token - 1} (row {r}, column {c}) looks")
        assert number(said.split()[-1]) == near(float(row[token]), 3)
    else:
        assert said == "none: the class token looks"
    levels = widget.image()
    height, width = levels.shape
    spread = shares.repeat_interleave(height // rows, 0)
    spread = spread.repeat_interleave(width // columns, 1)
    expected = under_weights(levels, spread if overlaid else torch.zeros_like(levels))
    colours = pixels_of(scan, height, width)
    torch.testing.assert_close(colours, expected, atol=2.0, rtol=0)

    probabilities = recording["probabilities"]
    shown = [number(x) for x in cells_of(box.locator("table.ac-pa-classes"))[0]]
    assert shown == near(probabilities)
    guess, probability = widget.prediction()
    names = box.locator(".ac-name").all_inner_texts()
    verdict = "right" if guess == recording["label"] else "wrong, it is a "
    assert names[0].startswith(f"Read as {guess}, with probability {probability:.2f}")
    assert f": {verdict}" in names[0]
    summary = box.locator(".ac-summary").inner_text()
    assert summary.startswith(f"The model reads this {recording['label']} as {guess} ")
    order = row.argsort(descending=True, stable=True).tolist()
    best = re.search(r"gives the most weight to (.+?), (0\.\d+|1\.000)", summary)
    named = {0: "the class token", token: "itself" if token else "the class token"}
    patch, at = order[0] - 1, divmod(order[0] - 1, columns)
    expected = f"patch {patch} (row {at[0]}, column {at[1]})"
    assert best[1] == named.get(order[0], expected)
    assert number(best[2]) == near(float(row[order[0]]), 3)


def test_the_patch_viewer_answers_every_control_without_network(show):
    widget = viewer()
    page = show(viewer())
    box = box_of(page, PatchAttentionViewer)
    assert_patches_show(page, widget)

    def change(**changes):
        widget.set_state(changes)
        assert_patches_show(page, widget)

    box.get_by_role("slider", name="Layer").press("Home")
    change(layer=0)
    box.get_by_role("slider", name="Head").press("End")
    change(head=2)
    box.get_by_role("combobox", name="Scan").select_option("2")
    change(picked=2)
    # Two rows of five patches: keys move as on the scan, and stop at its borders.
    scan = box.get_by_role("slider", name="The patch that looks")
    scan.focus()
    for key, token in [
        ("ArrowRight", 2),
        ("ArrowDown", 7),
        ("ArrowDown", 7),
        ("ArrowLeft", 6),
        ("ArrowLeft", 6),
        ("ArrowUp", 1),
        ("PageDown", 1),
        ("End", 10),
        ("ArrowRight", 10),
        ("Home", 1),
    ]:
        page.keyboard.press(key)
        change(token=token)
    size = scan.bounding_box()
    scan.click(position={"x": 0.7 * size["width"], "y": 0.8 * size["height"]})
    change(token=9)
    scan.click(position={"x": 1, "y": size["height"] - 1})
    change(token=6)
    box.get_by_role("button", name="class token").press("Enter")
    change(token=0)
    box.get_by_label("Weights on the scan").uncheck()
    assert_patches_show(page, widget, overlaid=False)
    box.get_by_label("Weights on the scan").press("Space")
    assert_patches_show(page, widget)


def test_the_picked_patch_is_framed_on_the_scan(show):
    """The frame is dark around light, so that it is seen on any grey."""
    page = show(viewer(token=8, head=1))
    scan = page.get_by_role("slider", name="The patch that looks")
    frame = scan.evaluate(FRAME)
    assert frame == pytest.approx([2 / 5, 3 / 5, 1 / 2, 1], abs=0.04)


def assert_player_shows(page, widget):
    box = box_of(page, VideoPlayer)
    looking = bool(widget.attention)
    assert box.get_by_role("slider", name="Time", exact=True).input_value() == str(
        widget.frame
    )
    fps = box.get_by_role("slider", name="Frames a second")
    assert fps.input_value() == str(widget.fps)
    screens = box.locator(".ac-vp-player").all()
    query = widget.attention["query"] if looking else None
    for v, (screen, video, n) in enumerate(
        zip(screens, widget.videos, widget.shown(), strict=True)
    ):
        name, note = screen.locator("span").all_inner_texts()
        assert (name, note) == (
            video["name"],
            f"frame {n} of 0 to {video['frames'] - 1}",
        )
        canvas = screen.locator("canvas")
        levels = widget.video(video["name"])[n]
        colours = pixels_of(canvas, *levels.shape)
        if v == query:
            said = canvas.get_attribute("aria-valuetext")
            level = levels[widget.row, widget.column]
            place = f"frame {n}, row {widget.row}, column {widget.column}, "
            assert said == f"{place}brightness {float(level):.2f}"
            # The frame around the pixel may cover those next to it, never itself.
            near_it = torch.zeros_like(levels, dtype=torch.bool)
            r, c = widget.row, widget.column
            near_it[max(r - 1, 0) : r + 2, max(c - 1, 0) : c + 2] = True
            near_it[r, c] = False
            colours[near_it] = (255 * levels[near_it]).unsqueeze(-1)
        else:
            label = canvas.get_attribute("aria-label")
            mean = f"mean brightness {float(levels.mean()):.2f}"
            assert label == f"{video['name']}, frame {n}, {mean}"
        expected = (255 * levels).unsqueeze(-1).expand_as(colours)
        torch.testing.assert_close(colours, expected, atol=1.0, rtol=0)
    summary = box.locator(".ac-summary").inner_text()
    assert summary.startswith(f"Time {widget.frame} of 0 to {widget.n_frames - 1}: ")
    views = box.locator(".ac-vp-view").all()
    if not looking:
        assert views == []
        return

    for label, value in [("row", widget.row), ("column", widget.column)]:
        slide = box.get_by_role("slider", name=f"Pixel's {label}")
        assert slide.input_value() == str(value)
    weights = widget.weights()
    context = widget.videos[widget.attention["context"]]
    sizes, extent = widget.attention["sizes"], widget.attention["extent"]
    mapped = [
        at * seen // size
        for at, seen, size in zip(
            widget.query_token(), weights.shape, sizes, strict=True
        )
    ]
    assert len(views) == len(weights)
    _, H, W = weights.shape
    for f, view in enumerate(views):
        note = view.locator("span").inner_text()
        if abs(f - mapped[0]) > extent[0]:
            assert note == f"frame {f}: not seen"
        else:
            assert number(note.rpartition(" ")[2]) == near(float(weights[f].sum()))
        middle = (2 * f + 1) * context["frames"] // (2 * len(weights))
        levels = widget.video(context["name"])[middle]
        if levels.shape == (H, W) and f != mapped[0]:
            colours = pixels_of(view.locator("canvas"), H, W)
            shares = weights[f] / (weights.max() or 1)
            expected = under_weights(levels, shares)
            torch.testing.assert_close(colours, expected, atol=2.0, rtol=0)
    told = re.search(r"most weight, (\S+), to cell \((.+?)\) of (.+?)\. Alto", summary)
    assert number(told[1]) == near(float(weights.max()), 3)
    assert weights[tuple(int(n) for n in told[2].split(", "))] == weights.max()
    assert told[3] == context["name"]
    if box.locator("details").get_attribute("open") is not None:
        tables = box.locator("table.ac-vp-weights").all()
        bounds = [
            range(max(at - e, 0), min(at + e, size - 1) + 1)
            for at, e, size in zip(mapped, extent, weights.shape, strict=True)
        ]
        assert len(tables) == len(bounds[0])
        for f, table in zip(bounds[0], tables, strict=True):
            caption = table.locator("caption").inner_text()
            assert caption == f"frame {f} of {context['name']}"
            heads = table.locator("th").all_inner_texts()
            rows, columns = ([str(n) for n in bound] for bound in bounds[1:])
            assert heads == ["row", *columns, *rows]
            inside = weights[f][bounds[1].start : bounds[1].stop]
            inside = inside[:, bounds[2].start : bounds[2].stop]
            shown = [[number(x) for x in line] for line in cells_of(table)]
            assert shown == [near(line.tolist(), 3) for line in inside]
            marked = table.locator(".ac-vp-mapped").count()
            assert marked == (f == mapped[0])


def test_the_player_answers_every_control_without_network(show):
    widget = player()
    page = show(player())
    box = box_of(page, VideoPlayer)
    assert_player_shows(page, widget)

    def change(**changes):
        widget.set_state(changes)
        assert_player_shows(page, widget)

    box.get_by_role("button", name="Frame on").press("Enter")
    change(frame=1)
    for _ in range(2):  # from the first one back to the last
        box.get_by_role("button", name="Frame back").click()
    change(frame=5)
    box.get_by_role("button", name="Frame on").press("Space")
    change(frame=0)
    box.get_by_role("slider", name="Time", exact=True).press("End")
    change(frame=5)
    box.get_by_role("slider", name="Frames a second").press("ArrowRight")
    change(fps=5)
    box.locator("summary").press("Enter")
    page.wait_for_selector("table.ac-vp-weights")
    box.get_by_role("slider", name="Pixel's row").press("Home")
    change(row=0)
    box.get_by_role("slider", name="Pixel's column").press("End")
    change(column=10)
    # The pixel on the video itself, of 6 frames, 7 rows and 11 columns.
    canvas = box.get_by_role("slider", name="Picked pixel of large")
    canvas.focus()
    for key, frame, row, column in [
        ("ArrowUp", 5, 0, 10),
        ("ArrowRight", 5, 0, 10),
        ("ArrowDown", 5, 1, 10),
        ("ArrowLeft", 5, 1, 9),
        ("PageUp", 4, 1, 9),
        ("PageDown", 5, 1, 9),
        ("PageDown", 5, 1, 9),
        ("Home", 0, 0, 0),
        ("End", 5, 6, 10),
    ]:
        page.keyboard.press(key)
        change(frame=frame, row=row, column=column)
    size = canvas.bounding_box()
    x, y = size["width"] * 3.5 / 11, size["height"] * 4.5 / 7
    canvas.click(position={"x": x, "y": y})
    change(row=4, column=3)


def test_tokens_of_several_pixels_are_looked_up_and_drawn(show):
    weights = windows((3, 2, 5), (5, 3, 2), (2, 0, 1))
    given = {"context": "end", "context_sizes": (5, 3, 2), "weights": weights}
    widget = player(**given, frame=3, row=6, column=7)
    page = show(player(**given, frame=3, row=6, column=7))
    assert_player_shows(page, widget)
    # Each token's part of the picture has its own share of the colour: more or less green.
    weights = widget.weights()
    expected = 0.7 * (190 - 32) * weights / weights.max()
    own = widget.query_token()[0] * 5 // 3  # the frame with the frame around a token
    assert expected[[f for f in range(5) if f != own]].max() > 50
    for f, view in enumerate(page.locator(".ac-vp-view canvas").all()):
        if f != own:
            greens = view.evaluate(GREENS, [3, 2])
            assert greens == pytest.approx(expected[f].flatten().tolist(), abs=2.0)


def frame_of(page):
    return int(page.get_by_role("slider", name="Time", exact=True).input_value())


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_it_plays_only_when_asked_to_and_stops_when_asked_to(show, motion):
    page = show(player(fps=20), reduced_motion=motion)
    page.wait_for_timeout(250)
    assert frame_of(page) == 0  # nothing moves by itself
    toggle = page.get_by_role("button", name="Play")
    toggle.press("Enter")
    seen = """(n) => {
        globalThis.seen ??= new Set();
        seen.add(document.querySelector("input[type=range]").value);
        return seen.size === n;
    }"""
    page.wait_for_function(seen, arg=6, polling=10)  # and round again
    assert (
        "Playing 6 frames at 20 a second." in page.locator(".ac-summary").inner_text()
    )
    page.get_by_role("button", name="Pause").click()
    at = frame_of(page)
    page.wait_for_timeout(250)
    assert frame_of(page) == at
    assert page.locator(".ac-summary").inner_text().startswith(f"Time {at} of 0 to 5")
    assert_player_shows(page, player(fps=20, frame=at))


@pytest.mark.parametrize("stop", ["Frame on", "Time", "Picked pixel of large"])
def test_a_step_by_hand_pauses(show, stop):
    page = show(player(fps=30))
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "() => document.querySelector('input[type=range]').value > 1"
    )
    if stop == "Frame on":
        page.get_by_role("button", name=stop).click()
    else:
        name = re.compile(f"^{stop}")
        page.get_by_role("slider", name=name).press("Home")
    page.wait_for_timeout(150)
    at = frame_of(page)
    page.wait_for_timeout(150)
    assert frame_of(page) == at
    assert page.get_by_role("button", name="Play").is_visible()


def test_playing_is_not_read_aloud_frame_by_frame(show):
    page = show(player(fps=1))
    page.evaluate(
        """() => {
            globalThis.said = [];
            const spoken = document.querySelector("[aria-live=polite]");
            new MutationObserver(() => said.push(spoken.textContent))
                .observe(spoken, { childList: true, characterData: true, subtree: true });
        }"""
    )
    page.get_by_role("button", name="Play").click()
    page.wait_for_function(
        "() => document.querySelector('input[type=range]').value === '3'"
    )
    said = page.evaluate("said")
    assert said == ["Playing 6 frames at 1 a second. Pause to read what is shown."]


def test_a_new_speed_holds_while_playing(show):
    page = show(player(fps=1))
    page.get_by_role("button", name="Play").click()
    page.get_by_role("slider", name="Frames a second").press("End")
    page.wait_for_function(
        """() => {
            globalThis.seen ??= new Set();
            seen.add(document.querySelector("input[type=range]").value);
            return seen.size === 6;
        }""",
        polling=10,
        timeout=3000,
    )
    assert "at 30 a second" in page.locator(".ac-summary").inner_text()


def test_without_weights_videos_just_play(show):
    page = show(VideoPlayer(videos(), frame=4))
    assert_player_shows(page, VideoPlayer(videos(), frame=4))
    assert page.locator("details").count() == 0
    assert page.get_by_role("slider").count() == 2
    page = show(VideoPlayer({"still": torch.rand(1, 3, 4)}))
    for name in ("Play", "Frame back", "Frame on"):
        assert page.get_by_role("button", name=name).is_disabled()
