// A clip as numbers: the grey of its pixels, the colour of its cells, and the follower.

import { decodeBytes } from "../shared/recordings.js";

export const STRIDE = 2; // pixels from one cell to the next
const MOST = 160; // tables of weights that are kept

// What a recording says, made once.
const made = new WeakMap();
export function clipOf(recording) {
  if (!made.has(recording)) made.set(recording, readClip(recording));
  return made.get(recording);
}

function readClip(recording) {
  const [frames, height, width] = recording.sizes;
  const ends = new Int8Array(decodeBytes(recording.colour).buffer); // red and blue
  const colour = new Float64Array((3 * ends.length) / 2);
  for (let n = 0; n < ends.length / 2; n += 1) {
    const [red, blue] = [ends[2 * n], ends[2 * n + 1]].map((end) => recording.scales[0] * end);
    colour.set([red, -red - blue, blue], 3 * n);
  }
  return newClip({
    name: recording.name,
    frames,
    height,
    width,
    grey: Float64Array.from(decodeBytes(recording.grey), (level) => level / 255),
    colour,
    follower: readFollower(recording),
  });
}

export function newClip({ height, width, ...clip }) {
  const [rows, columns] = [height / STRIDE, width / STRIDE];
  return { ...clip, height, width, rows, columns, cells: rows * columns, kept: new Map() };
}

function readFollower({ weights, layers, scales: [, step, sharpness] }) {
  const pairs = decodeBytes(weights);
  const numbers = Float64Array.from({ length: pairs.length / 2 }, (_, n) => {
    const number = pairs[2 * n] + 256 * pairs[2 * n + 1];
    return step * (number < 32768 ? number : number - 65536);
  });
  const [patchExtent, dHidden, dModel] = layers;
  const nInputs = (2 * patchExtent + 1) ** 2 + 1;
  let start = 0;
  const take = (n) => {
    start += n;
    return numbers.subarray(start - n, start);
  };
  return {
    patchExtent,
    dHidden,
    dModel,
    sharpness,
    hiddenWeight: take(dHidden * nInputs), // (d_hidden, n)
    hiddenBias: take(dHidden),
    vectorWeight: take(dModel * dHidden), // (d_model, d_hidden)
    vectorBias: take(dModel),
    stay: take(dModel),
  };
}

// What `make` gives for a clip, once for each name; what was not used for longest goes.
export function kept(clip, name, make) {
  const found = clip.kept.get(name) ?? make();
  clip.kept.delete(name);
  clip.kept.set(name, found);
  if (clip.kept.size > MOST) clip.kept.delete(clip.kept.keys().next().value);
  return found;
}

export const greyOf = ({ grey, height, width }, n) =>
  grey.subarray(n * height * width, (n + 1) * height * width);
export const colourOf = ({ colour, cells }, n) =>
  colour.subarray(3 * n * cells, 3 * (n + 1) * cells);

// A frame's pixels as bytes: its grey, and the colour of its cells.
export function paintedPixels(clip, n, colour) {
  const { height, width, columns } = clip;
  const grey = greyOf(clip, n);
  const bytes = new Uint8ClampedArray(4 * height * width);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const cell = Math.floor(y / STRIDE) * columns + Math.floor(x / STRIDE);
      const at = y * width + x;
      for (let k = 0; k < 3; k += 1) bytes[4 * at + k] = 255 * (grey[at] + colour[3 * cell + k]);
      bytes[4 * at + 3] = 255;
    }
  }
  return bytes;
}
