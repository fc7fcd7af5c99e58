// The cells of a grid (frames, rows, columns): how many, and a cell's number, row after row.
const product = (numbers) => numbers.reduce((all, n) => all * n, 1);
const flatIndex = ([f, r, c], [, H, W]) => (f * H + r) * W + c;
const placeOf = (n, [, H, W]) => [Math.floor(n / (H * W)), Math.floor(n / W) % H, n % W];

// What a token of a grid of `sizes` gives to each cell of its context. The recording holds
// windows, 2e + 1 cells along each axis; the grid's own begin at row `before`.
function lookFrom(recording, { token, sizes, context, extent, before = 0 }) {
  const mapped = token.map((at, axis) => Math.floor((at * context[axis]) / sizes[axis]));
  const window = extent.map((e) => 2 * e + 1);
  const weights = new Array(product(context)).fill(0); // (F' H' W',)
  const near = recordedRow(recording, before + flatIndex(token, sizes), product(window)).map((weight, n) => {
    const at = placeOf(n, window).map((step, axis) => mapped[axis] + step - extent[axis]);
    const inside = at.every((place, axis) => place >= 0 && place < context[axis]);
    if (inside) weights[flatIndex(at, context)] = weight;
    return { at, inside, weight };
  });
  const [F, H, W] = context;
  const byFrame = Array.from({ length: F }, (_, f) =>
    weights.slice(f * H * W, (f + 1) * H * W).reduce((sum, weight) => sum + weight, 0),
  );
  const top = Math.max(...weights);
  const shares = weights.map((weight) => (top ? weight / top : 0));
  return { mapped, near, weights, byFrame, shares, best: weights.indexOf(top) };
}
