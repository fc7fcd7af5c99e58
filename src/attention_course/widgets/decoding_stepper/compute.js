// Chapter 2: what one step of decoding reads and writes. All arithmetic: numbers in, numbers
// out.

import { clamp, entropyOf, softmax } from "../shared/numbers.js";

export const STATE = ["recordings", "symbols", "text", "d_context", "step"];
export const END = 2; // the number of a symbol, the same in every vocabulary
const START = 1;

export function compute({ recordings, symbols, text, d_context, step }) {
  const recording = recordings.find((one) => one.source === text && one.d_context === d_context);
  const nSteps = recording.tokens.length;
  const at = clamp(step, 1, nSteps) - 1;
  const logits = recording.logits[at]; // (n_target,)
  const probabilities = softmax(logits); // (n_target,)
  const written = recording.tokens.map((token) => symbols[token]);
  const expected = recording.expected === null ? null : [...recording.expected, symbols[END]];
  const right = written.map((symbol, t) => (expected === null ? null : symbol === expected[t]));
  return {
    recording,
    step: at + 1,
    nSteps,
    logits,
    probabilities,
    entropy: entropyOf(probabilities),
    likeliest: probabilities.indexOf(Math.max(...probabilities)),
    token: recording.tokens[at],
    read: at ? written[at - 1] : symbols[START],
    before: recording.states[at],
    after: recording.states[at + 1],
    written,
    expected,
    right,
    nRight: right.slice(0, at + 1).filter(Boolean).length,
    allRight: expected !== null && written.length === expected.length && !right.includes(false),
  };
}
