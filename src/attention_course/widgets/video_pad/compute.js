// Chapter 5: a small video, enlarged by straight lines and by the decoder, and what a patch of
// it looks at. All arithmetic: numbers in, numbers out.

import { lookFrom, product } from "../shared/grid.js";
import { clamp } from "../shared/numbers.js";
import { decodeBytes } from "../shared/recordings.js";

export const STATE = [
  "recordings",
  "picked",
  "kind",
  "layer",
  "head",
  "frame",
  "row",
  "column",
  "painting",
  "answer",
];
export const WHITE = 15; // the brightest of sixteen greys

export const greysOf = (painting) => Array.from(painting, (digit) => parseInt(digit, 16));
// Patches along each axis; `of` is "" for Y and "context_" for C.
export const cellsOf = (recording, of) =>
  recording[`${of}sizes`].map((size, axis) => size / recording[`${of}patch`][axis]);

// Straight lines between the numbers of a grid along one axis, read at `to` places.
function stretch(numbers, sizes, axis, to) {
  const from = sizes[axis];
  const inner = product(sizes.slice(axis + 1));
  const result = [];
  for (let outer = 0; outer < numbers.length; outer += from * inner) {
    for (let i = 0; i < to; i += 1) {
      const place = Math.max(((i + 0.5) * from) / to - 0.5, 0);
      const low = Math.floor(place);
      const high = Math.min(low + 1, from - 1);
      for (let k = 0; k < inner; k += 1) {
        const [a, b] = [numbers[outer + low * inner + k], numbers[outer + high * inner + k]];
        result.push(a + (place - low) * (b - a));
      }
    }
  }
  return result;
}

// As trilinear in Python: one axis after the other.
function trilinear(video, sizes, to) {
  const now = [...sizes];
  return to.reduce((numbers, size, axis) => {
    const next = stretch(numbers, now, axis, size);
    now[axis] = size;
    return next;
  }, video);
}

// What the picked patch of Y gives to each patch of C or of Y itself.
function looksOf(recording, { kind, layer, head, frame, row, column }) {
  const of = kind === "cross" ? "context_" : "";
  const [sizes, context, extent] = [
    cellsOf(recording, ""),
    cellsOf(recording, of),
    recording[`${of}extent`],
  ];
  const before = (layer * recording.n_heads + head) * product(sizes);
  return {
    context,
    extent,
    ...lookFrom(recording[kind], { token: [frame, row, column], sizes, context, extent, before }),
  };
}

export function compute(state) {
  const { recordings, painting, answer } = state;
  const example = recordings[clamp(state.picked, 0, recordings.length - 1)];
  const painted = painting !== "";
  const answered = painted && answer.enlarged !== undefined;
  const recording = answered ? answer : example;
  const video = painted
    ? greysOf(painting).map((grey) => grey / WHITE)
    : Array.from(decodeBytes(example.video), (level) => level / 255);
  return {
    painted,
    read: !painted || answered, // somebody enlarged what is shown
    video, // (F' H' W',)
    straight: trilinear(video, recording.context_sizes, recording.sizes), // (F H W,)
    enlarged: Array.from(decodeBytes(recording.enlarged), (level) => level / 255),
    ...looksOf(recording, state),
  };
}
