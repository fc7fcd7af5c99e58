// Chapter 5: which cells a cell of a grid attends to, and what that saves. All arithmetic:
// numbers in, numbers out.

import { flatIndex, product } from "../shared/grid.js";
import { clamp, range, softmax } from "../shared/numbers.js";
import { decodeBytes } from "../shared/recordings.js";

export const STATE = ["vectors", "sizes", "context_sizes", "extent", "cell", "causal"];
export const MOST = 8; // cells along an axis; the toy vectors are there for all of them
const D = 4; // numbers of a toy vector
const STEPS = 32;

// The toy vectors' bytes, signed, decoded once.
let toys = { text: null, bytes: null };
function toysOf(text) {
  if (toys.text !== text) toys = { text, bytes: new Int8Array(decodeBytes(text).buffer) };
  return toys.bytes;
}

// A toy vector: which = 0 for a query, 1 for a key, at the cell [frame, row, column].
function toyOf(text, which, [f, r, c]) {
  const start = (((which * MOST + f) * MOST + r) * MOST + c) * D;
  return Array.from(toysOf(text).subarray(start, start + D), (level) => level / STEPS);
}

// Where the window of every place along one axis ends, clipped.
function windowsAlong(size, contextSize, e) {
  return range(size).map((at) => {
    const centre = Math.floor((at * contextSize) / size);
    return { centre, first: Math.max(centre - e, 0), last: Math.min(centre + e, contextSize - 1) };
  });
}

// Every cell of the clipped window, in order.
function cellsOf([F, R, C]) {
  const along = ({ first, last }) => range(last - first + 1).map((n) => first + n);
  return along(F).flatMap((f) => along(R).flatMap((r) => along(C).map((c) => [f, r, c])));
}

// The query's weights on its neighbours; with `causal` some cells are later than the query.
function attend({ vectors, sizes, causal }, at, context, windows) {
  const own = flatIndex(at, sizes);
  const query = toyOf(vectors, 0, at);
  const cells = cellsOf(windows);
  const isLater = (cell) => causal && flatIndex(cell, context) > own;
  const seen = cells.filter((cell) => !isLater(cell));
  const scores = seen.map((cell) => {
    const key = toyOf(vectors, 1, cell);
    return query.reduce((sum, q, n) => sum + q * key[n], 0) / Math.sqrt(D);
  });
  const neighbours = seen.map((cell) => flatIndex(cell, context));
  const later = cells.filter(isLater).map((cell) => flatIndex(cell, context));
  const weights = new Array(product(context)).fill(0); // (F' H' W',)
  softmax(scores).forEach((share, n) => {
    weights[neighbours[n]] = share;
  });
  return { neighbours, later, weights };
}

// How many scores all queries together need: nearby, and in full attention.
function scoresOf({ sizes, causal }, context, along) {
  const nQueries = product(sizes);
  // The axes are independent: the sum over all cells is the product of the axes' sums.
  const all = product(
    along.map((places) => places.reduce((sum, { first, last }) => sum + last - first + 1, 0)),
  );
  // Of two neighbours only the later one sees the other; each sees itself.
  const nearby = causal ? (all + nQueries) / 2 : all;
  const full = causal ? (nQueries * (nQueries + 1)) / 2 : nQueries * product(context);
  return { nearby, full };
}

export function compute(state) {
  const { sizes, extent } = state;
  const context = state.context_sizes ?? sizes;
  const at = state.cell.map((n, axis) => clamp(n, 0, sizes[axis] - 1));
  const along = sizes.map((size, axis) => windowsAlong(size, context[axis], extent[axis]));
  const windows = along.map((places, axis) => places[at[axis]]);
  const looks = attend(state, at, context, windows);
  const { nearby, full } = scoresOf(state, context, along);
  return {
    ...looks,
    context,
    cell: at,
    mapped: windows.map(({ centre }) => centre),
    windows,
    counts: {
      query: looks.neighbours.length,
      window: product(extent.map((e) => 2 * e + 1)),
      nearby,
      full,
    },
    times: full / nearby,
  };
}
