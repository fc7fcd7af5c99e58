// As TextWriter.record, for one text: what may come next, and where its last character looks.

import { pack, whole } from "../worker/tensors.js";

const UNKNOWN = 3; // a number that every vocabulary of the course has

export const warm = { text: "a" };

export function prepare(model) {
  const symbols = model.described.symbols.map((symbol, number) => [symbol, number]);
  model.numbers = new Map(symbols.slice(UNKNOWN + 1));
}

export async function run({ ort, described, graphs, numbers }, { text }) {
  const read = [...text].slice(-described.length);
  const tokens = read.map((character) => numbers.get(character) ?? UNKNOWN);
  const { logits, weights } = await graphs.step.run({ tokens: whole(ort, tokens) });
  const [, n_layers, n_heads, T] = weights.dims; // (1, n_layers, n_heads, T)
  const answer = {
    text,
    logits: Array.from(
      logits.data.slice(UNKNOWN + 1), // the special symbols are never written
      (logit) => Math.round(10000 * logit) / 10000,
    ),
    n_layers,
    n_heads,
    ...pack(weights.data, T),
  };
  return { answer, logits: logits.data, weights: weights.data };
}
