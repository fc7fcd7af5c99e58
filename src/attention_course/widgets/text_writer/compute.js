// Chapter 6: what a language model expects after a text, what is drawn of it, and where the
// text's last character looks. All arithmetic: numbers in, numbers out.

import { clamp, range, softmax } from "../shared/numbers.js";
import { recordedRow } from "../shared/recordings.js";

export const STATE = [
  "recordings",
  "picked",
  "answer",
  "text",
  "symbols",
  "temperature",
  "top_k",
  "seed",
  "layer",
  "head",
];
export const READS = 64; // characters that the model reads, as in Python
export const SHOWN = 10; // characters in the table of what may come

// As random_share in Python: the number that draws the character at a place of a text.
export function randomShare(seed, place) {
  let bits = (Math.imul(seed, 0x9e3779b1) + Math.imul(place, 0x85ebca6b)) >>> 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}

// The first place at which the chances add up to more than a share.
function drawnAt(chances, share) {
  let sum = 0;
  const found = chances.findIndex((chance) => {
    sum += chance;
    return chance > 0 && sum > share;
  });
  return found < 0 ? chances.findLastIndex((chance) => chance > 0) : found;
}

export function compute(state) {
  const { recordings, picked, answer, text, temperature, top_k, seed, layer, head } = state;
  const answered = text !== "" && answer.text !== undefined;
  const recording = answered ? answer : recordings[clamp(picked, 0, recordings.length - 1)];
  const { logits, n_layers, n_heads } = recording;
  const characters = [...recording.text];
  const T = Math.min(characters.length, READS);
  const order = range(logits.length).sort((a, b) => logits[b] - logits[a] || a - b);
  const least = logits[order[Math.min(top_k, order.length) - 1]];
  const kept = logits.map((logit) => logit >= least);
  const chances = softmax(
    logits.map((logit) => logit / temperature),
    kept,
  );
  const rows = range(n_layers * n_heads).map((n) => recordedRow(recording, n, T));
  const row = rows[layer * n_heads + head]; // (T,), oldest first
  return {
    recording,
    answered,
    // What is shown is of another text: the answer to this one is on its way, or nobody is.
    waiting: text !== "" && answer.text !== text,
    characters,
    plain: softmax(logits),
    chances, // with both dials
    order, // of the symbols, the likeliest first
    drawn: drawnAt(chances, randomShare(seed, characters.length)),
    rows, // (n_layers * n_heads, T)
    row,
    best: row.indexOf(Math.max(...row)),
  };
}
