// Chapter 5: small videos at one moment, and what a picked pixel attends to in them. All
// arithmetic: numbers in, numbers out.

import { lookFrom } from "../shared/grid.js";
import { clamp } from "../shared/numbers.js";

export const STATE = ["videos", "attention", "fps", "frame", "row", "column"];

const sizesOf = ({ frames, height, width }) => [frames, height, width];

// The frame whose middle is nearest to the middle of time t.
export function nearestFrame(t, nTimes, nFrames) {
  return Math.floor(((2 * t + 1) * nFrames) / (2 * nTimes));
}

// What the picked pixel's token gives to each token of the context.
function attend(recording, pixel, pixels) {
  const { sizes, context_sizes: context, extent } = recording;
  const token = pixel.map((at, axis) => Math.floor((at * sizes[axis]) / pixels[axis]));
  const looks = lookFrom(recording, { token, sizes, context, extent });
  // The window, clipped: [first, last] along each axis.
  const window = looks.mapped.map((at, axis) => [
    Math.max(at - extent[axis], 0),
    Math.min(at + extent[axis], context[axis] - 1),
  ]);
  return { token, window, ...looks };
}

export function compute({ videos, attention, frame, row, column }) {
  const nFrames = Math.max(...videos.map(({ frames }) => frames));
  const time = clamp(frame, 0, nFrames - 1);
  const shown = videos.map(({ frames }) => nearestFrame(time, nFrames, frames));
  const looks =
    attention.weights === undefined
      ? null
      : attend(attention, [shown[attention.query], row, column], sizesOf(videos[attention.query]));
  return { nFrames, time, shown, looks };
}
