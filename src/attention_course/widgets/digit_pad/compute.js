// Chapter 5: a drawing, the scan that it becomes, and what the vision transformer makes of
// it. All arithmetic: numbers in, numbers out.

import { clamp } from "../shared/numbers.js";
import { decodeBytes, recordedRow } from "../shared/recordings.js";

export const STATE = ["recordings", "picked", "layer", "head", "drawing", "answer"];
export const SIDE = 32; // pixels of the pad's side
const BLOCK = 4; // pixels of a block's side

// The drawing as hexadecimal digits, four pixels each, <-> pixels of 0 or 1.
export const pixelsOf = (drawing) =>
  Uint8Array.from(
    { length: SIDE * SIDE },
    (_, n) => (parseInt(drawing[n >> 2] ?? "0", 16) >> (3 - (n & 3))) & 1,
  );

export function drawingOf(pixels) {
  if (!pixels.includes(1)) return "";
  let text = "";
  for (let n = 0; n < pixels.length; n += 4) {
    const digit = 8 * pixels[n] + 4 * pixels[n + 1] + 2 * pixels[n + 2] + pixels[n + 3];
    text += digit.toString(16);
  }
  return text;
}

// As scan_drawing in Python: fill the square, then count the ink in each block, in
// sixteenths (64,).
export function scanOf(pixels) {
  const scan = new Array(64).fill(0);
  const inked = [...pixels.keys()].filter((n) => pixels[n]);
  if (!inked.length) return scan;
  const rows = inked.map((n) => Math.floor(n / SIDE));
  const columns = inked.map((n) => n % SIDE);
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const [height, width] = [Math.max(...rows) - top + 1, Math.max(...columns) - left + 1];
  const side = Math.max(height, width);
  // The pixel of the drawing under the middle of each pixel of the filled square.
  const place = (i) => Math.floor(((2 * i + 1) * side) / (2 * SIDE));
  const [above, before] = [Math.floor((side - height) / 2), Math.floor((side - width) / 2)];
  for (let i = 0; i < SIDE; i += 1) {
    for (let j = 0; j < SIDE; j += 1) {
      const [r, c] = [place(i) - above, place(j) - before];
      if (r < 0 || r >= height || c < 0 || c >= width) continue;
      const block = 8 * Math.floor(i / BLOCK) + Math.floor(j / BLOCK);
      scan[block] += pixels[(top + r) * SIDE + left + c] / BLOCK ** 2;
    }
  }
  return scan;
}

export function compute({ recordings, picked, layer, head, drawing, answer }) {
  const drawn = drawing !== "";
  const answered = drawn && answer.probabilities !== undefined;
  const recording = answered ? answer : recordings[clamp(picked, 0, recordings.length - 1)];
  const { rows, columns, n_heads, probabilities } = recording;
  const T = 1 + rows * columns;
  // The class token's weights (T,): itself, then the patches, row after row.
  const row = recordedRow(recording, (layer * n_heads + head) * T, T);
  const patches = row.slice(1);
  const top = Math.max(...patches);
  return {
    drawn,
    read: !drawn || answered, // somebody read what is shown
    label: drawn ? null : recording.label,
    rows,
    columns,
    scan: drawn
      ? scanOf(pixelsOf(drawing))
      : Array.from(decodeBytes(recording.image), (level) => level / 255), // (64,)
    probabilities,
    // Digits, the likeliest first.
    order: probabilities
      .map((_, n) => n)
      .sort((a, b) => probabilities[b] - probabilities[a] || a - b),
    row,
    patches,
    shares: patches.map((weight) => (top ? weight / top : 0)),
    best: patches.indexOf(top),
  };
}
