"""What is drawn on a canvas, read back as colours."""

from __future__ import annotations

import torch

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
