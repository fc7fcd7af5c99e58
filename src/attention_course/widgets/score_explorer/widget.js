// Chapter 3: change queries, keys, score and mask, and read every number that follows.

import { h, panel, setText } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { live, readState, summaryLine } from "../shared/state.js";
import { compute, D_HIDDEN, STATE } from "./compute.js";
import { controlsOf, setControls } from "./controls.js";
import { buildTables, fillTables, placesOf } from "./tables.js";

function formula({ score, d_k, temperature }) {
  const text = {
    dot: "score = q · k",
    scaled_dot: `score = q · k / √d_k, here q · k / ${fmtNumber(Math.sqrt(d_k))}`,
    general: `score = qᵀ W k, with d_k² = ${fmtCount(d_k * d_k)} parameters (random here)`,
    additive:
      `score = v · tanh(W q + U k), ${D_HIDDEN} hidden units, ` +
      `${D_HIDDEN} (2 d_k + 1) = ${fmtCount(D_HIDDEN * (2 * d_k + 1))} parameters (random here)`,
  }[score];
  return temperature === 1 ? `${text}.` : `${text}; then divided by the temperature.`;
}

function sentence({ picked, weights, context, entropy, effective }) {
  if (effective[picked] === 0) {
    return `Query ${picked} may attend to nothing: its weights and its context are zero.`;
  }
  const best = weights[picked].indexOf(Math.max(...weights[picked]));
  const vector = context[picked].map((x) => fmtNumber(x)).join(", ");
  return (
    `Query ${picked} gives key ${best} the most weight, ${fmtNumber(weights[picked][best])}. ` +
    `Its entropy, ${fmtNumber(entropy[picked])} nats, is that of ` +
    `${fmtNumber(effective[picked], 1)} equally weighted keys. Its context is (${vector}).`
  );
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  const { n_queries, n_keys, d_k, query, key, value } = state;
  // The tables are built again when their shape changes, and otherwise only filled.
  const shape = JSON.stringify([n_queries, n_keys, d_k, query, key, value]);
  if (shape !== view.shape) view.tables = buildTables(model, view.places, result);
  view.shape = shape;
  fillTables(view.tables, result);
  setControls(view.controls, state);
  const { scores, spread, picked } = result;
  setText(view.formula, formula(state));
  setText(
    view.spread,
    `Standard deviation of these ${fmtCount(scores.flat().length)} scores: ${fmtNumber(spread)}.`,
  );
  setText(
    view.contextName,
    `Context: the values, weighted and added (query ${picked} written out)`,
  );
  view.summary.say(sentence(result));
}

function layout({ controls, places, formula, spread, contextName, summary }) {
  const name = (text) => h("p", { class: "ac-name" }, text);
  const step = (...children) => h("div", { class: "ac-step" }, ...children);
  return panel(
    "Score explorer",
    h(
      "p",
      { class: "ac-note" },
      "Change anything: every number below follows. Pick a query, or untick a cell to mask it. All counts start from 0.",
    ),
    h("div", { class: "ac-controls" }, ...Object.values(controls).map(({ node }) => node)),
    step(name("Scores: how well each query matches each key"), formula, places.scores, spread),
    step(name("Weights: the softmax of each row"), places.weights),
    step(contextName, h("div", { class: "ac-side" }, places.context, places.sum)),
    summary.node,
    h("details", {}, h("summary", {}, "Read the queries, keys and values"), places.inputs),
  );
}

function render({ model, el }) {
  const view = {
    controls: controlsOf(model),
    places: placesOf(),
    formula: h("p", { class: "ac-note" }),
    spread: h("p", { class: "ac-note ac-below" }),
    contextName: h("p", { class: "ac-name" }),
    summary: summaryLine(),
    tables: null, // of the shape that `shape` says
    shape: "",
  };
  el.append(layout(view));
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
