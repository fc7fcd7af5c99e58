import { clamp } from "./numbers.js";
import { recordedRow } from "./recordings.js";

// The cells of a grid (frames, rows, columns): how many, and a cell's number, row after row.
export const product = (numbers) => numbers.reduce((all, n) => all * n, 1);
export const flatIndex = ([f, r, c], [, H, W]) => (f * H + r) * W + c;
export const placeOf = (n, [, H, W]) => [Math.floor(n / (H * W)), Math.floor(n / W) % H, n % W];

// What a token of a grid of `sizes` gives to each cell of its context. The recording holds
// windows, 2e + 1 cells along each axis; the grid's own begin at row `before`.
export function lookFrom(recording, { token, sizes, context, extent, before = 0 }) {
  const mapped = token.map((at, axis) => Math.floor((at * context[axis]) / sizes[axis]));
  const window = extent.map((e) => 2 * e + 1);
  const weights = new Array(product(context)).fill(0); // (F' H' W',)
  const near = recordedRow(recording, before + flatIndex(token, sizes), product(window)).map(
    (weight, n) => {
      const at = placeOf(n, window).map((step, axis) => mapped[axis] + step - extent[axis]);
      const inside = at.every((place, axis) => place >= 0 && place < context[axis]);
      if (inside) weights[flatIndex(at, context)] = weight;
      return { at, inside, weight };
    },
  );
  const [F, H, W] = context;
  const byFrame = Array.from({ length: F }, (_, f) =>
    weights.slice(f * H * W, (f + 1) * H * W).reduce((sum, weight) => sum + weight, 0),
  );
  const top = Math.max(...weights);
  const shares = weights.map((weight) => (top ? weight / top : 0));
  return { mapped, near, weights, byFrame, shares, best: weights.indexOf(top) };
}

// Make a drawing of a grid (frames, rows, columns) a place to pick a cell: for the keyboard
// a slider with three directions. Arrow keys move in the frame, Page Up and Page Down to
// another frame, Home and End to the first and the last cell; nothing leaves the grid.
// `sizes()` and `cell()` say where things are, `set(text)` what a screen reader says.
export function cellPicker(node, { label, sizes, cell, onPick }) {
  for (const [name, value] of [
    ["tabindex", "0"],
    ["role", "slider"],
    ["aria-label", label],
    ["aria-valuemin", "0"],
  ]) {
    node.setAttribute(name, value);
  }
  const steps = {
    ArrowLeft: [0, 0, -1],
    ArrowRight: [0, 0, 1],
    ArrowUp: [0, -1, 0],
    ArrowDown: [0, 1, 0],
    PageUp: [-1, 0, 0],
    PageDown: [1, 0, 0],
    Home: [-Infinity, -Infinity, -Infinity],
    End: [Infinity, Infinity, Infinity],
  };
  node.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has its own use for these keys
    const most = sizes();
    onPick(cell().map((at, n) => clamp(at + step[n], 0, most[n] - 1)));
  });
  const set = (text) => {
    const most = sizes();
    const flat = (at) => (at[0] * most[1] + at[1]) * most[2] + at[2];
    node.setAttribute("aria-valuemax", flat(most.map((n) => n - 1)));
    node.setAttribute("aria-valuenow", flat(cell()));
    node.setAttribute("aria-valuetext", text);
  };
  return { node, set };
}
