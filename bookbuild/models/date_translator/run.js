// As attention_course.encoder_decoder.translate.

import { argmax, every, whole } from "../worker/tensors.js";

const START = 1; // numbers that every vocabulary of the course has
const END = 2;
const UNKNOWN = 3;

export const warm = { text: "1" };

export function prepare(model) {
  const symbols = model.described.source.map((symbol, number) => [symbol, number]);
  model.numbers = new Map(symbols.slice(UNKNOWN + 1));
}

export async function run({ ort, described, graphs, numbers }, { text }) {
  const { source, target, max_length: most } = described;
  const read = text.normalize("NFC");
  const tokens = [...read].map((character) => numbers.get(character) ?? UNKNOWN);
  const mask = every(ort, tokens.length);
  const { states, first } = await graphs.encode.run({ tokens: whole(ort, tokens), mask });
  let state = first;
  let token = START;
  const written = [];
  const weights = [];
  while (written.length < most && token !== END) {
    const step = await graphs.step.run({ token: whole(ort, [token], [1]), state, states, mask });
    token = argmax(step.logits.data);
    state = step.next_state;
    written.push(target[token]);
    weights.push(Array.from(step.weights.data));
  }
  return { text: read, written, weights, source };
}
