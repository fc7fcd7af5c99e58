// Vectors of a frame's cells, and what every cell gives to those near it in the frame before.

import { clamp } from "../shared/numbers.js";
import { greyOf, kept, STRIDE } from "./clip.js";

const PIXELS = 3; // to each side, of the patches that are compared as they are
const SHARPNESS = 20;

// The grey pixels around a cell; beyond the border, 0 or the last one again.
function readPatch(patch, grey, { height, width }, r, c, e, goesOn) {
  let n = 0;
  let sum = 0;
  for (let y = STRIDE * r - e; y <= STRIDE * r + e; y += 1) {
    for (let x = STRIDE * c - e; x <= STRIDE * c + e; x += 1) {
      const inside = y >= 0 && y < height && x >= 0 && x < width;
      if (inside) patch[n] = grey[y * width + x];
      else patch[n] = goesOn ? grey[clamp(y, 0, height - 1) * width + clamp(x, 0, width - 1)] : 0;
      sum += patch[n];
      n += 1;
    }
  }
  return sum / n;
}

function linear(weight, bias, given, result) {
  for (let i = 0; i < result.length; i += 1) {
    let sum = bias[i];
    const row = i * given.length;
    for (let j = 0; j < given.length; j += 1) sum += weight[row + j] * given[j];
    result[i] = sum;
  }
}

function toNormOne(vector) {
  let sum = 0;
  for (let k = 0; k < vector.length; k += 1) sum += vector[k] * vector[k];
  const norm = Math.max(Math.sqrt(sum), 1e-12);
  for (let k = 0; k < vector.length; k += 1) vector[k] /= norm;
}

// A vector of norm 1 for each cell: `write(patch, mean, vector)` makes it of the pixels around.
function makeVectors(clip, n, { e, goesOn, d, write, sharpness, stay }) {
  const { rows, columns, cells } = clip;
  const patch = new Float64Array((2 * e + 1) ** 2);
  const vectors = new Float64Array(cells * d);
  for (let cell = 0; cell < cells; cell += 1) {
    const vector = vectors.subarray(cell * d, (cell + 1) * d);
    const [r, c] = [Math.floor(cell / columns), cell % columns];
    write(patch, readPatch(patch, greyOf(clip, n), clip, r, c, e, goesOn), vector);
    toNormOne(vector);
  }
  return { vectors, d, sharpness, stay, rows, columns };
}

// f: two linear maps, ReLU between them, of a patch of equal contrast and its mean.
function embed(clip, n) {
  const { patchExtent: e, dHidden, dModel: d, sharpness, stay, ...f } = clip.follower;
  const [input, hidden] = [new Float64Array((2 * e + 1) ** 2 + 1), new Float64Array(dHidden)];
  const write = (patch, mean, vector) => {
    const last = patch.length;
    let square = 0;
    for (let k = 0; k < last; k += 1) square += (patch[k] - mean) ** 2;
    const contrast = Math.sqrt(square / last) + 0.05;
    for (let k = 0; k < last; k += 1) input[k] = (patch[k] - mean) / contrast;
    input[last] = mean - 0.5;
    linear(f.hiddenWeight, f.hiddenBias, input, hidden);
    for (let k = 0; k < dHidden; k += 1) hidden[k] = Math.max(hidden[k], 0);
    linear(f.vectorWeight, f.vectorBias, hidden, vector);
  };
  return makeVectors(clip, n, { e, goesOn: false, d, write, sharpness, stay });
}

// The patches as they are: their pixels minus the mean, and the mean.
function plainVectors(clip, n) {
  const d = (2 * PIXELS + 1) ** 2 + 1;
  const write = (patch, mean, vector) => {
    for (let k = 0; k < d - 1; k += 1) vector[k] = patch[k] - mean;
    vector[d - 1] = mean;
  };
  const sharpness = SHARPNESS;
  return makeVectors(clip, n, { e: PIXELS, goesOn: true, d, write, sharpness, stay: null });
}

const VECTORS = { trained: embed, pixels: plainVectors };
const vectorsOf = (clip, way, n) => kept(clip, `${way} ${n}`, () => VECTORS[way](clip, n));

// A query times a key; both stand in long rows of vectors.
function dot(queries, q, keys, k, d) {
  let sum = 0;
  for (let i = 0; i < d; i += 1) sum += queries[q + i] * keys[k + i];
  return sum;
}

// One cell's scores on its window, then their softmax; the one more key, stay, counts as the
// same place. What is beyond the border has weight 0.
function attendFrom(cell, now, before, e, scores) {
  const { vectors, d, sharpness, stay, rows, columns } = now;
  const [r, c, q] = [Math.floor(cell / columns), cell % columns, cell * d];
  let own = -Infinity;
  if (stay) own = sharpness * (dot(vectors, q, before.vectors, q, d) + dot(vectors, q, stay, 0, d));
  let [n, top] = [0, own];
  for (let y = r - e; y <= r + e; y += 1) {
    for (let x = c - e; x <= c + e; x += 1) {
      scores[n] = -Infinity;
      if (y >= 0 && y < rows && x >= 0 && x < columns)
        scores[n] = sharpness * dot(vectors, q, before.vectors, (y * columns + x) * d, d);
      if (scores[n] > top) top = scores[n];
      n += 1;
    }
  }
  const stayed = Math.exp(own - top);
  let total = stayed;
  for (let k = 0; k < n; k += 1) {
    scores[k] = Math.exp(scores[k] - top);
    total += scores[k];
  }
  scores[(n - 1) / 2] += stayed;
  for (let k = 0; k < n; k += 1) scores[k] /= total;
}

// The weights of all cells of frame n, (cells, (2e + 1)²), and the extent that they have.
export function looksOf(clip, way, n, extent) {
  if (way === "copy") return { weights: new Float32Array(clip.cells).fill(1), extent: 0 };
  return kept(clip, `${way} ${n} ${extent}`, () => {
    const [now, before] = [vectorsOf(clip, way, n), vectorsOf(clip, way, n - 1)];
    const size = (2 * extent + 1) ** 2;
    const weights = new Float32Array(clip.cells * size);
    const scores = new Float64Array(size);
    for (let cell = 0; cell < clip.cells; cell += 1) {
      attendFrom(cell, now, before, extent, scores);
      weights.set(scores, cell * size);
    }
    return { weights, extent };
  });
}

// Go through a cell's window: `each(weight, row, column)`, inside the frame only.
export function eachLook({ weights, extent: e }, { rows, columns }, cell, each) {
  const [r, c] = [Math.floor(cell / columns), cell % columns];
  let n = cell * (2 * e + 1) ** 2;
  for (let y = r - e; y <= r + e; y += 1) {
    for (let x = c - e; x <= c + e; x += 1) {
      if (y >= 0 && y < rows && x >= 0 && x < columns) each(weights[n], y, x);
      n += 1;
    }
  }
}

// Fetch values (cells, d) of the frame before for every cell.
export function fetchValues(looks, clip, values, d) {
  const { weights, extent: e } = looks;
  const { columns, cells } = clip;
  const found = new Float64Array(values.length);
  let n = 0;
  for (let cell = 0; cell < cells; cell += 1) {
    const [r, c] = [Math.floor(cell / columns), cell % columns];
    for (let y = r - e; y <= r + e; y += 1) {
      for (let x = c - e; x <= c + e; x += 1) {
        const weight = weights[n];
        n += 1;
        if (weight === 0) continue; // beyond the border, among others
        const from = (y * columns + x) * d;
        for (let k = 0; k < d; k += 1) found[cell * d + k] += weight * values[from + k];
      }
    }
  }
  return found;
}
