// Chapter 5: which patches of a scanned digit a vision transformer looks at. All arithmetic:
// numbers in, numbers out.

import { clamp } from "../shared/numbers.js";
import { recordedRow } from "../shared/recordings.js";

export const STATE = ["recordings", "picked", "layer", "head", "token"];

export function compute({ recordings, picked, layer, head, token }) {
  const recording = recordings[clamp(picked, 0, recordings.length - 1)];
  const { rows, columns, n_heads, label, probabilities } = recording;
  const T = 1 + rows * columns;
  const at = clamp(token, 0, T - 1);
  const row = recordedRow(recording, (layer * n_heads + head) * T + at, T); // (T,)
  const patches = row.slice(1); // (N,), row after row of the scan
  const top = Math.max(...patches);
  const likeliest = Math.max(...probabilities);
  const predicted = probabilities.indexOf(likeliest);
  return {
    recording,
    token: at,
    row,
    patches,
    classWeight: row[0],
    // Each patch's weight as a share of the largest one.
    shares: patches.map((weight) => (top ? weight / top : 0)),
    // The tokens, the most weight first.
    order: row.map((_, j) => j).sort((a, b) => row[b] - row[a] || a - b),
    predicted,
    probability: likeliest,
    right: predicted === label,
  };
}

// The patch of a token after the class token: [frame, row, column] of a grid of one frame.
export function patchOf(token, columns) {
  return [0, Math.floor((token - 1) / columns), (token - 1) % columns];
}

export function nameOf(token, columns) {
  const [, r, c] = patchOf(token, columns);
  return token ? `patch ${token - 1} (row ${r}, column ${c})` : "the class token";
}
