// Chapter 4: where each head of a pretrained encoder looks, seen from one token. All
// arithmetic: numbers in, numbers out.

import { clamp, range } from "../shared/numbers.js";
import { recordedRow } from "../shared/recordings.js";

export const STATE = ["recordings", "picked", "layer", "head", "token", "typed", "answer"];
// Where a head can put its largest weight: its mark, and what it means.
export const KINDS = [
  ["itself", "=", "itself"],
  ["[CLS]", "C", "[CLS], the start"],
  ["[SEP]", "S", "[SEP], the end"],
  ["before", "←", "the token before"],
  ["after", "→", "the token after"],
  ["elsewhere", "◆", "elsewhere"],
];

// The weights with which one token looks at all (T,).
export function rowOf(recording, layer, head, token) {
  const T = recording.words.length;
  return recordedRow(recording, (layer * recording.n_heads + head) * T + token, T);
}

function kindOf(words, token, place) {
  if (place === token) return "itself";
  if (words[place] === "[CLS]" || words[place] === "[SEP]") return words[place];
  return { "-1": "before", 1: "after" }[place - token] ?? "elsewhere";
}

// Where a head's largest weight is, seen from a token, and how large.
function largestOf(recording, layer, head, token) {
  const weights = rowOf(recording, layer, head, token);
  const weight = Math.max(...weights);
  const place = weights.indexOf(weight);
  return { place, weight, kind: kindOf(recording.words, token, place) };
}

export function compute({ recordings, picked, layer, head, token, typed, answer }) {
  const answered = typed != null && answer.words !== undefined;
  const recording = answered ? answer : recordings[clamp(picked, 0, recordings.length - 1)];
  const { words, n_layers, n_heads } = recording;
  const at = clamp(token, 0, words.length - 1);
  const row = rowOf(recording, layer, head, at); // (T,)
  const overview = range(n_layers).map((l) =>
    range(n_heads).map((k) => largestOf(recording, l, k, at)),
  ); // (n_layers, n_heads)
  const kinds = overview.flat().map(({ kind }) => kind);
  return {
    recording,
    answered,
    words,
    token: at,
    row,
    // The places of the row, the most weight first.
    order: row.map((_, j) => j).sort((a, b) => row[b] - row[a] || a - b),
    overview,
    counts: Object.fromEntries(
      KINDS.map(([kind]) => [kind, kinds.filter((one) => one === kind).length]),
    ),
  };
}
