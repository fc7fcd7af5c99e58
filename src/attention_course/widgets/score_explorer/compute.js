// Chapter 3: queries and keys give scores, a masked softmax makes weights of them, and the
// weights average the values. All arithmetic: numbers in, numbers out.

import { clamp, entropyOf, softmax } from "../shared/numbers.js";

export const STATE = [
  "query",
  "key",
  "value",
  "parameters",
  "n_queries",
  "n_keys",
  "d_k",
  "score",
  "temperature",
  "mask",
  "n_padding",
  "cells",
  "picked",
];
export const D_HIDDEN = 8; // hidden units of the additive score

const dot = (a, b) => a.reduce((sum, x, n) => sum + x * b[n], 0);
const times = (matrix, x) => matrix.map((row) => dot(row.slice(0, x.length), x));

// The score function in use: (q, k) -> a number.
function scoreFunction({ score, d_k, parameters }) {
  if (score === "dot") return dot;
  if (score === "scaled_dot") return (q, k) => dot(q, k) / Math.sqrt(d_k);
  if (score === "general") {
    const W = parameters.general.slice(0, d_k); // (d_k, 64), divided by d_k below
    return (q, k) => dot(q, times(W, k)) / d_k;
  }
  const v = parameters.to_score.map((x) => x / Math.sqrt(D_HIDDEN));
  const scale = Math.sqrt(d_k);
  return (q, k) => {
    const byQuery = times(parameters.from_query, q);
    const byKey = times(parameters.from_key, k);
    return dot(
      v,
      byQuery.map((x, n) => Math.tanh((x + byKey[n]) / scale)),
    );
  };
}

function isAllowed({ mask, n_keys, n_padding, cells }, i, j) {
  if (mask === "causal") return j <= i;
  if (mask === "padding") return j < n_keys - n_padding;
  return mask === "cells" ? cells[i][j] : true;
}

function standardDeviation(numbers) {
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  return Math.sqrt(numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length);
}

export function compute(state) {
  const { n_queries, n_keys, d_k, temperature } = state;
  const query = state.query.slice(0, n_queries).map((row) => row.slice(0, d_k)); // (Tq, d_k)
  const key = state.key.slice(0, n_keys).map((row) => row.slice(0, d_k)); // (Tk, d_k)
  const value = state.value.slice(0, n_keys); // (Tk, d_v)
  const score = scoreFunction(state);
  const scores = query.map((q) => key.map((k) => score(q, k))); // (Tq, Tk)
  const allowed = query.map((_, i) => key.map((_, j) => isAllowed(state, i, j))); // (Tq, Tk)
  const weights = scores.map((row, i) => {
    const logits = row.map((s) => s / temperature);
    return softmax(logits, allowed[i]);
  }); // (Tq, Tk)
  const columns = value[0].map((_, n) => value.map((v) => v[n])); // (d_v, Tk)
  const context = weights.map((row) => columns.map((column) => dot(row, column))); // (Tq, d_v)
  const entropy = weights.map(entropyOf); // (Tq,)
  return {
    query,
    key,
    value,
    scores,
    allowed,
    weights,
    context,
    entropy,
    // How many equally weighted keys have this entropy; none where none is allowed.
    effective: entropy.map((nats, i) => (allowed[i].includes(true) ? Math.exp(nats) : 0)),
    spread: standardDeviation(scores.flat()),
    picked: clamp(state.picked, 0, n_queries - 1),
  };
}
