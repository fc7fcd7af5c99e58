// Chapter 1: a one-hot row times the table is one row of the table. All arithmetic: numbers
// in, numbers out.

import { clamp, range } from "../shared/numbers.js";

export const STATE = ["table", "vocab_size", "dim", "token", "component", "words"];

export function compute({ table, vocab_size, dim, token, component }) {
  const picked = clamp(token, 0, vocab_size - 1);
  const spelledOut = clamp(component, 0, dim - 1);
  const rows = table.slice(0, vocab_size).map((row) => row.slice(0, dim)); // (V, d)
  const oneHot = rows.map((_, k) => (k === picked ? 1 : 0)); // (V,)
  const product = (j) => rows.reduce((sum, row, k) => sum + oneHot[k] * row[j], 0);
  const vector = range(dim).map(product); // (d,)
  const terms = rows.map((row, k) => ({ weight: oneHot[k], value: row[spelledOut] }));
  return {
    token: picked,
    component: spelledOut,
    rows,
    oneHot,
    vector,
    terms,
    sum: vector[spelledOut],
    parameters: vocab_size * dim,
    productMultiplications: vocab_size * dim,
    lookupMultiplications: 0,
  };
}

// A token as a reader sees it: its number, and its word if it has one.
export function wordOf(words, k) {
  const word = (words || [])[k];
  return word ? `${k} ${word}` : String(k);
}
