// Chapter 1: a photo cut into blocks, each block a vector, each vector a token. All
// arithmetic: numbers in, numbers out.

import { clamp, range } from "../shared/numbers.js";
import { decodeBytes } from "../shared/recordings.js";

export const STATE = ["photo", "height", "width", "patch", "d_model", "n_pictures", "picked"];
const GREY_LEVELS = 256;

// The photo's bytes, decoded once for each photo.
let decoded = { text: null, bytes: null };
export function bytesOf(text) {
  if (decoded.text !== text) {
    decoded = { text, bytes: decodeBytes(text) };
  }
  return decoded.bytes;
}

// Four hand-made columns of a projection's weight, one number for each pixel (y, x):
// 1, cos over x, cos over y and their product, all divided by P².
function weightColumns(P) {
  const wave = range(P).map((i) => Math.cos((Math.PI * (i + 0.5)) / P));
  const area = P * P;
  const column = (weight) =>
    Float64Array.from({ length: area }, (_, n) => weight(Math.floor(n / P), n % P) / area);
  return [
    column(() => 1),
    column((_, x) => wave[x]),
    column((y) => wave[y]),
    column((y, x) => wave[x] * wave[y]),
  ]; // 4 × (P²,)
}

export function compute({ photo, height, width, patch: P, d_model, n_pictures, picked }) {
  const bytes = bytesOf(photo);
  const nRows = height / P;
  const nColumns = width / P;
  const nTokens = nRows * nColumns;
  const block = clamp(picked, 0, nTokens - 1);
  const row = Math.floor(block / nColumns);
  const column = block % nColumns;
  const levels = []; // (P²,), row after row
  for (let y = row * P; y < (row + 1) * P; y += 1) {
    for (let x = column * P; x < (column + 1) * P; x += 1) levels.push(bytes[y * width + x]);
  }
  const vector = levels.map((level) => level / 255); // (P²,)
  const weights = weightColumns(P);
  const token = weights.map((weight) =>
    vector.reduce((sum, value, n) => sum + value * weight[n], 0),
  );
  const area = P * P;
  return {
    block,
    row,
    column,
    nRows,
    nColumns,
    nTokens,
    levels,
    vector,
    weights,
    token, // (4,)
    shapes: [
      [n_pictures, height, width],
      [n_pictures, nTokens, area],
      [n_pictures, nTokens, d_model],
    ],
    parameters: area * d_model + d_model,
    oneHotWeights: area * GREY_LEVELS * d_model,
  };
}
