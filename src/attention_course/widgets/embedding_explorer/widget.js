// Chapter 1: pick a token, and see its one-hot row times the table leave one row.

import { slider } from "../shared/controls.js";
import { h, panel } from "../shared/dom.js";
import { fmtCount, fmtNumber, plural } from "../shared/format.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { factsTable, scroller } from "../shared/tables.js";
import { compute, STATE, wordOf } from "./compute.js";
import { buildProduct, fillProduct } from "./product.js";

// A smaller vocabulary or dimension takes what was picked beyond it along.
function controlsOf(model) {
  const word = (k) => wordOf(model.get("words"), k);
  const vocab = slider({
    label: "Vocabulary size K",
    min: 2,
    max: model.get("table").length,
    value: model.get("vocab_size"),
    text: (v) => `${v} tokens`,
    onInput: (v) =>
      writeState(model, { vocab_size: v, token: Math.min(model.get("token"), v - 1) }),
  });
  const dim = slider({
    label: "Dimension k",
    min: 1,
    max: model.get("table")[0].length,
    value: model.get("dim"),
    text: (d) => `${plural(d, "number", "numbers")} a token`,
    onInput: (d) =>
      writeState(model, { dim: d, component: Math.min(model.get("component"), d - 1) }),
  });
  const token = slider({
    label: "Token",
    min: 0,
    max: model.get("vocab_size") - 1,
    value: model.get("token"),
    text: (k) => `token ${word(k)}`,
    show: word,
    onInput: (k) => writeState(model, { token: k }),
  });
  return { vocab, dim, token };
}

// One component of the vector, multiplied out.
function spelledOut(model) {
  const component = h("select", {
    onchange: () => writeState(model, { component: Number(component.value) }),
  });
  return { component, terms: h("p", { class: "ac-terms" }) };
}

function costTable() {
  return factsTable({
    caption: "What it costs",
    corner: "Quantity",
    rows: [
      "Numbers in the table (parameters)",
      "Multiplications, one-hot × table",
      "Multiplications, looking the row up",
    ],
    columns: ["Formula", "Count"],
  });
}

function writeTerms({ component, terms }, result) {
  component.value = String(result.component);
  const factors = result.terms.map(({ weight, value }, k) => {
    const number = value < 0 ? `(${fmtNumber(value)})` : fmtNumber(value);
    const kept = weight ? "ac-term ac-kept" : "ac-term";
    return h("span", { class: kept }, `${k ? "+ " : ""}${weight} × ${number}`);
  });
  terms.replaceChildren(
    ...factors.flatMap((node) => [node, " "]),
    h("strong", {}, `= ${fmtNumber(result.sum)}`),
  );
}

function writeCosts(costs, { vocab_size, dim }, result) {
  const size = `K · k = ${vocab_size} · ${dim}`;
  [
    [size, result.parameters],
    [size, result.productMultiplications],
    ["—", result.lookupMultiplications],
  ].forEach(([formula, count], i) => {
    costs.setCell(i, 0, formula);
    costs.setCell(i, 1, fmtCount(count));
  });
}

function sentence({ words }, { token, vector, productMultiplications }) {
  const numbers = vector.map((value) => fmtNumber(value)).join(", ");
  return (
    `Token ${wordOf(words, token)} picks row ${token} of the table: (${numbers}). ` +
    `The product takes ${productMultiplications} multiplications to get there, the lookup none.`
  );
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  // The tables are built again when their shape or their words change, else only filled.
  const shape = JSON.stringify([state.vocab_size, state.dim, state.words]);
  if (shape !== view.shape) {
    view.tables = buildProduct(model, view.product, result);
    view.spelledOut.component.replaceChildren(
      ...result.vector.map((_, j) => h("option", { value: j }, j)),
    );
  }
  view.shape = shape;
  fillProduct(view.tables, result);
  view.controls.vocab.set(state.vocab_size, state.table.length);
  view.controls.dim.set(state.dim, state.table[0].length);
  view.controls.token.set(result.token, state.vocab_size - 1);
  writeTerms(view.spelledOut, result);
  writeCosts(view.costs, state, result);
  view.summary.say(sentence(state, result));
}

function layout({ controls, product, spelledOut, costs, summary }) {
  const name = h("span", {}, "Component of the vector");
  const label = h("label", { class: "ac-label" }, name, spelledOut.component);
  return panel(
    "Embedding explorer",
    h(
      "p",
      { class: "ac-note" },
      "Pick a token, with the slider or in the table. Its one-hot row times the table leaves one row of the table.",
    ),
    h("div", { class: "ac-controls" }, ...Object.values(controls).map(({ node }) => node)),
    product,
    summary.node,
    h(
      "details",
      {},
      h("summary", {}, "Multiply one component out"),
      h("div", { class: "ac-control" }, label),
      spelledOut.terms,
    ),
    h("div", { class: "ac-step" }, scroller("What it costs", costs.node)),
  );
}

function render({ model, el }) {
  const view = {
    controls: controlsOf(model),
    product: h("div", { class: "ac-product" }),
    spelledOut: spelledOut(model),
    costs: costTable(),
    summary: summaryLine(),
    tables: null, // of the shape that `shape` says
    shape: "",
  };
  el.append(layout(view));
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
