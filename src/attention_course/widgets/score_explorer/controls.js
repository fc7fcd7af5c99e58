// What a reader can change about the whole: sizes, score, temperature and mask.

import { select, slider } from "../shared/controls.js";
import { plural } from "../shared/format.js";
import { readState, writeState } from "../shared/state.js";
import { compute, STATE } from "./compute.js";

const SCORE_NAMES = [
  ["dot", "dot"],
  ["scaled_dot", "scaled dot"],
  ["general", "general"],
  ["additive", "additive"],
];
const MASK_NAMES = [
  ["none", "none"],
  ["causal", "causal: key ≤ query"],
  ["padding", "padding: the last keys"],
  ["cells", "cell by cell"],
];

// The mask on screen, as cells to change one by one.
export function cellsNow(model) {
  const { allowed } = compute(readState(model, STATE));
  return model.get("cells").map((row, i) => row.map((cell, j) => allowed[i]?.[j] ?? cell));
}

// Fewer queries or keys take what was picked beyond them along.
function sizes(model) {
  const [query, key, value] = ["query", "key", "value"].map((name) => model.get(name));
  const nQueries = slider({
    label: "Queries",
    min: 1,
    max: query.length,
    value: model.get("n_queries"),
    text: (n) => plural(n, "query", "queries"),
    onInput: (n) =>
      writeState(model, { n_queries: n, picked: Math.min(model.get("picked"), n - 1) }),
  });
  const nKeys = slider({
    label: "Keys",
    min: 1,
    max: Math.min(key.length, value.length),
    value: model.get("n_keys"),
    text: (n) => plural(n, "key", "keys"),
    onInput: (n) =>
      writeState(model, { n_keys: n, n_padding: Math.min(model.get("n_padding"), n) }),
  });
  const dK = slider({
    label: "Numbers in each, d_k",
    min: 1,
    max: Math.min(query[0].length, key[0].length),
    value: model.get("d_k"),
    text: (d) => `${plural(d, "number", "numbers")} in each query and key`,
    onInput: (d) => writeState(model, { d_k: d }),
  });
  return { nQueries, nKeys, dK };
}

function scoring(model) {
  const score = select({
    label: "Score",
    options: SCORE_NAMES,
    value: model.get("score"),
    onInput: (name) => writeState(model, { score: name }),
  });
  // The slider moves the exponent: as far from 1 to 10 as from 1 to 0.1.
  const warmth = (x) => Number((10 ** x).toPrecision(2));
  const temperature = slider({
    label: "Temperature",
    min: -1,
    max: 1,
    step: 0.05,
    value: Math.log10(model.get("temperature")),
    text: (x) => `temperature ${warmth(x)}`,
    show: (x) => String(warmth(x)),
    onInput: (x) => writeState(model, { temperature: warmth(x) }),
  });
  return { score, temperature };
}

function masking(model) {
  const mask = select({
    label: "Mask",
    options: MASK_NAMES,
    value: model.get("mask"),
    onInput: (name) =>
      writeState(model, name === "cells" ? { mask: name, cells: cellsNow(model) } : { mask: name }),
  });
  const padding = slider({
    label: "Keys of padding",
    min: 0,
    max: model.get("n_keys"),
    value: model.get("n_padding"),
    text: (n) => `the last ${plural(n, "key is", "keys are")} padding`,
    onInput: (n) => writeState(model, { n_padding: n }),
  });
  return { mask, padding };
}

export function controlsOf(model) {
  return { ...sizes(model), ...scoring(model), ...masking(model) };
}

export function setControls(controls, state) {
  controls.nQueries.set(state.n_queries);
  controls.nKeys.set(state.n_keys);
  controls.dK.set(state.d_k);
  controls.score.set(state.score);
  controls.temperature.set(Math.log10(state.temperature));
  controls.mask.set(state.mask);
  controls.padding.set(state.n_padding, state.n_keys);
  controls.padding.node.hidden = state.mask !== "padding";
}
