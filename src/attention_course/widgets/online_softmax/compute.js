// A softmax over one row of scores, block by block: numbers in, numbers out.

import { clamp, range, softmax } from "../shared/numbers.js";

export const STATE = ["scores", "values", "block", "step", "order"];

const sumOf = (numbers) => numbers.reduce((sum, x) => sum + x, 0);
const weighted = (shares, rows, n) => sumOf(shares.map((share, j) => share * rows[j][n]));

// The keys' numbers in the order in which they come.
function placesOf({ scores, order }) {
  const sign = { given: 0, rising: 1, falling: -1 }[order];
  return range(scores.length).sort((a, b) => sign * (scores[a] - scores[b]) || a - b);
}

// One block more: the sums so far are brought to the new largest score, and its own added.
function advance({ largest, total, mixed }, scores, values) {
  const of = Math.max(...scores);
  const larger = Math.max(largest, of);
  const factor = Math.exp(largest - larger); // 0 before the first block
  const shares = scores.map((s) => Math.exp(s - larger));
  const rescaled = { total: factor * total, mixed: mixed.map((x) => factor * x) };
  const added = {
    largest: of,
    total: sumOf(shares),
    mixed: mixed.map((_, n) => weighted(shares, values, n)),
  };
  return {
    factor,
    rescaled,
    added,
    largest: larger,
    total: rescaled.total + added.total,
    mixed: rescaled.mixed.map((x, n) => x + added.mixed[n]),
  };
}

export function compute(state) {
  const { block } = state;
  const places = placesOf(state);
  const scores = places.map((j) => state.scores[j]); // (Tk,)
  const values = places.map((j) => state.values[j]); // (Tk, d_v)
  const nBlocks = Math.ceil(scores.length / block);
  const step = clamp(state.step, 0, nBlocks);
  const all = [{ largest: -Infinity, total: 0, mixed: values[0].map(() => 0) }];
  for (const n of range(nBlocks)) {
    const [from, to] = [n * block, (n + 1) * block];
    all.push(advance(all[n], scores.slice(from, to), values.slice(from, to)));
  }
  const now = all[step];
  const [first, last] = [Math.max(step - 1, 0) * block, Math.min(step * block, scores.length)];
  return {
    places,
    scores,
    values,
    nBlocks,
    step,
    first, // of the block that was read last
    last, // how many keys have been read
    before: step ? all[step - 1] : null,
    now,
    shares: scores.slice(0, last).map((s) => Math.exp(s - now.largest)),
    output: now.mixed.map((x) => (step ? x / now.total : 0)),
    whole: values[0].map((_, n) => weighted(softmax(scores), values, n)),
  };
}
