// Chapter 5: where a film's cells look in the frame before, what they fetch, and what becomes of
// a mask. All arithmetic: numbers in, numbers out.

import { clamp } from "../shared/numbers.js";
import { clipOf, colourOf, greyOf, STRIDE } from "./clip.js";
import { eachLook, fetchValues, looksOf } from "./looks.js";

export const STATE = [
  "recordings",
  "picked",
  "way",
  "extent",
  "frame",
  "row",
  "column",
  "arrows",
  "painting",
];
export const WAYS = {
  trained: "the trained follower",
  pixels: "grey patches as they are",
  copy: "the same place",
};
const CHANGED = 0.06; // where a cell's grey differs by more, something has moved

// Masks: a bit for each cell, four to a hexadecimal digit.
export function bitsOf(text, cells) {
  return Array.from({ length: cells }, (_, n) =>
    text ? (parseInt(text[Math.floor(n / 4)], 16) >> (3 - (n % 4))) & 1 : 0,
  );
}

export function hexOf(bits) {
  let text = "";
  for (let n = 0; n < bits.length; n += 4) {
    const [a, b = 0, c = 0, d = 0] = bits.slice(n, n + 4);
    text += (8 * a + 4 * b + 2 * c + d).toString(16);
  }
  return text;
}

export function changedCells(clip, n) {
  const [now, before] = [greyOf(clip, n), greyOf(clip, n - 1)];
  return Array.from({ length: clip.cells }, (_, cell) => {
    const [r, c] = [Math.floor(cell / clip.columns), cell % clip.columns];
    const at = STRIDE * (r * clip.width + c);
    return Math.abs(now[at] - before[at]) > CHANGED;
  });
}

// Where a cell was on average: rows down and columns to the right of its place.
function movedOf(looks, clip, cell) {
  const [r, c] = [Math.floor(cell / clip.columns), cell % clip.columns];
  let [down, right] = [0, 0];
  eachLook(looks, clip, cell, (weight, y, x) => {
    down += weight * (y - r);
    right += weight * (x - c);
  });
  return [down, right];
}

// What the picked cell gives to the cells of the frame before.
function lookOf(clip, looks, cell) {
  const weights = new Array(clip.cells).fill(0);
  eachLook(looks, clip, cell, (weight, y, x) => {
    weights[y * clip.columns + x] = weight;
  });
  const best = weights.indexOf(Math.max(...weights));
  return { weights, best, moved: movedOf(looks, clip, cell) };
}

// √ mean (fetched − true)², on changed and on still cells; null where there are none.
function errorOf(clip, n, colour, changed) {
  const truth = colourOf(clip, n);
  const [sums, counts] = [
    [0, 0],
    [0, 0],
  ];
  changed.forEach((isChanged, cell) => {
    const part = isChanged ? 0 : 1;
    for (let k = 3 * cell; k < 3 * cell + 3; k += 1) sums[part] += (colour[k] - truth[k]) ** 2;
    counts[part] += 3;
  });
  const [moved, still] = sums.map((sum, part) =>
    counts[part] ? Math.sqrt(sum / counts[part]) : null,
  );
  return { changed: moved, still };
}

function carryTo(clip, way, extent, given, last) {
  let mask = Float64Array.from(given);
  for (let n = 1; n <= last; n += 1)
    mask = fetchValues(looksOf(clip, way, n, extent), clip, mask, 1);
  return mask;
}

// Intersection over union of a carried mask with one that was recorded.
function overlapOf(mask, truth) {
  const count = (test) => truth.filter((bit, cell) => test(bit, mask[cell] >= 0.5)).length;
  const union = count((a, b) => a || b);
  return union ? count((a, b) => a && b) / union : 1;
}

// Everything at one moment of a clip. `clip` is the recorded one unless the reader's own is
// given; that one has no recorded masks.
export function compute(state, own) {
  const recording = state.recordings[clamp(state.picked, 0, state.recordings.length - 1)];
  const clip = own ?? clipOf(recording);
  const { way, extent, row, column, painting } = state;
  const n = clamp(state.frame, 0, clip.frames - 1);
  const recorded = own ? {} : Object.fromEntries(recording.masks);
  const given = bitsOf(painting || recorded[0] || "", clip.cells);
  const carried = carryTo(clip, way, extent, given, n);
  const result = { n, given, carried: Array.from(carried), overlap: null };
  if (n && recorded[n]) result.overlap = overlapOf(carried, bitsOf(recorded[n], clip.cells));
  if (n === 0) return { ...result, look: null, errors: {}, changed: 0, arrows: [], colour: null };
  const changed = changedCells(clip, n);
  const looks = looksOf(clip, way, n, extent);
  const fetched = Object.fromEntries(
    Object.keys(WAYS).map((name) => [
      name,
      fetchValues(looksOf(clip, name, n, extent), clip, colourOf(clip, n - 1), 3),
    ]),
  );
  const cells = changed.map((yes, cell) => (yes ? cell : -1)).filter((cell) => cell >= 0);
  return {
    ...result,
    look: lookOf(clip, looks, row * clip.columns + column),
    errors: Object.fromEntries(
      Object.entries(fetched).map(([name, colour]) => [name, errorOf(clip, n, colour, changed)]),
    ),
    changed: cells.length,
    arrows: state.arrows ? cells.map((cell) => [cell, ...movedOf(looks, clip, cell)]) : [],
    colour: fetched[way], // (cells, 3)
  };
}
