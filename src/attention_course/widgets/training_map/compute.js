// Chapter 1: word vectors at one step of their training. All arithmetic: a recording, a step
// and a word in; cosines, places on a map and counts out.

import { range } from "../shared/numbers.js";
import { decodeBytes } from "../shared/recordings.js";

export const STATE = ["recording", "step", "word"];
const N_NEAREST = 5; // as in Python

const dot = (a, b) => a.reduce((sum, x, i) => sum + x * b[i], 0);

// The vectors of every step, at length 1, decoded once: (n_steps, n_words, d_model).
const decoded = new WeakMap();
function vectorsOf(recording) {
  if (!decoded.has(recording)) {
    const { words, steps, d_model: d, vectors } = recording;
    const bytes = new Int8Array(decodeBytes(vectors).buffer);
    const row = (n) => {
      const numbers = Array.from(bytes.subarray(n * d, (n + 1) * d));
      const norm = Math.sqrt(dot(numbers, numbers)) || 1;
      return numbers.map((x) => x / norm);
    };
    const tables = steps.map((_, s) => words.map((_word, w) => row(s * words.length + w)));
    decoded.set(recording, tables);
  }
  return decoded.get(recording);
}

// The place of the largest number, the first of equal ones; place `but` is left out.
function largest(numbers, but) {
  let best = but === 0 ? 1 : 0;
  numbers.forEach((x, i) => {
    if (i !== but && x > numbers[best]) best = i;
  });
  return best;
}

export function compute({ recording, step, word }) {
  const { words, kinds, directions } = recording;
  const table = vectorsOf(recording)[step]; // (n_words, d_model)
  const cosines = table.map((u) => table.map((v) => dot(u, v))); // (n_words, n_words)
  const nearest = cosines.map(largest); // (n_words,)
  const ofOwnKind = nearest.map((j, i) => kinds[i] === kinds[j]);
  const names = [...new Set(kinds)];
  const order = range(words.length)
    .filter((i) => i !== word)
    .sort((a, b) => cosines[word][b] - cosines[word][a] || a - b);
  return {
    points: table.map((u) => directions.map((direction) => dot(u, direction))), // (n_words, 2)
    cosines: cosines[word],
    nearest: order.slice(0, N_NEAREST),
    right: ofOwnKind.filter(Boolean).length,
    // For each kind its name, how many words it has, and how many of them are among their own.
    kinds: names.map((name) => ({
      name,
      n: kinds.filter((kind) => kind === name).length,
      right: ofOwnKind.filter((own, i) => own && kinds[i] === name).length,
    })),
  };
}

// The largest place on the map, over all steps: what is drawn keeps its size.
export function spanOf(recording) {
  const places = vectorsOf(recording).flatMap((table) =>
    table.flatMap((u) => recording.directions.map((direction) => Math.abs(dot(u, direction)))),
  );
  return Math.max(...places) || 1;
}
