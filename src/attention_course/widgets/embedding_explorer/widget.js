// Chapter 1: a one-hot row times the table is one row of the table.

import { slider } from "../shared/controls.js";
import { h, panel, uniqueId } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { clamp } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["table", "vocab_size", "dim", "token", "component", "words"];

// All arithmetic: numbers in, numbers out.
function compute({ table, vocab_size, dim, token, component }) {
  const picked = clamp(token, 0, vocab_size - 1);
  const spelledOut = clamp(component, 0, dim - 1);
  const rows = table.slice(0, vocab_size).map((row) => row.slice(0, dim)); // (V, d)
  const oneHot = rows.map((_, k) => (k === picked ? 1 : 0)); // (V,)
  const product = (j) => rows.reduce((sum, row, k) => sum + oneHot[k] * row[j], 0);
  const vector = Array.from({ length: dim }, (_, j) => product(j)); // (d,)
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

function render({ model, el }) {
  const wordOf = (k) => {
    const word = (model.get("words") || [])[k];
    return word ? `${k} ${word}` : String(k);
  };

  // A smaller vocabulary or dimension takes what was picked beyond it along.
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
    text: (d) => `${d} ${d === 1 ? "number" : "numbers"} a token`,
    onInput: (d) =>
      writeState(model, { dim: d, component: Math.min(model.get("component"), d - 1) }),
  });
  const token = slider({
    label: "Token",
    min: 0,
    max: model.get("vocab_size") - 1,
    value: model.get("token"),
    text: (k) => `token ${wordOf(k)}`,
    show: wordOf,
    onInput: (k) => writeState(model, { token: k }),
  });

  const product = h("div", { class: "ac-product" });
  const component = h("select", {});
  component.addEventListener("change", () =>
    writeState(model, { component: Number(component.value) }),
  );
  const terms = h("p", { class: "ac-terms" });
  const details = h(
    "details",
    {},
    h("summary", {}, "Multiply one component out"),
    h(
      "div",
      { class: "ac-control" },
      h("label", { class: "ac-label" }, h("span", {}, "Component of the vector"), component),
    ),
    terms,
  );
  const counts = numberTable({
    caption: "What it costs",
    corner: "Quantity",
    rows: [
      "Numbers in the table (parameters)",
      "Multiplications, one-hot × table",
      "Multiplications, looking the row up",
    ],
    columns: ["Formula", "Count"],
    className: "ac-facts",
  });
  for (const head of counts.node.querySelectorAll("thead th:last-child"))
    head.classList.add("ac-right");
  for (const line of counts.cells) line[1].classList.add("ac-right");
  const summary = summaryLine();

  // The three tables are built again when their shape or their words change ...
  let oneHotTable, rowTable, vectorTable, radios;
  let built = "";
  function build({ rows }) {
    const V = rows.length;
    const d = rows[0].length;
    const group = uniqueId("token");
    const names = rows.map((_, k) => wordOf(k));
    const components = rows[0].map((_, j) => String(j));
    radios = rows.map((_, k) =>
      h("input", {
        type: "radio",
        name: group,
        value: k,
        onchange: () => writeState(model, { token: k }),
      }),
    );
    oneHotTable = numberTable({
      caption: `one-hot row, 1 × ${V}`,
      columns: rows.map((_, k) => String(k)),
      nRows: 1,
    });
    rowTable = numberTable({
      caption: `table, ${V} × ${d}`,
      corner: "token",
      rows: radios.map((radio, k) => h("label", { class: "ac-pick" }, radio, names[k])),
      columns: components,
      className: "ac-rows",
    });
    [...rowTable.body.rows].forEach((line, k) => {
      line.addEventListener("click", () => {
        if (model.get("token") !== k) writeState(model, { token: k });
      });
    });
    vectorTable = numberTable({ caption: `vector, 1 × ${d}`, columns: components, nRows: 1 });
    product.replaceChildren(
      h("div", { class: "ac-factor" }, scroller("One-hot row", oneHotTable.node)),
      h(
        "div",
        { class: "ac-factor" },
        h("span", { class: "ac-sign" }, "×"),
        scroller("Embedding table", rowTable.node),
      ),
      h(
        "div",
        { class: "ac-factor" },
        h("span", { class: "ac-sign" }, "="),
        scroller("Vector", vectorTable.node),
      ),
    );
    component.replaceChildren(...components.map((j) => h("option", { value: j }, j)));
  }

  // ... and otherwise only their numbers are written.
  function update() {
    const state = readState(model, STATE);
    const result = compute(state);
    const shape = JSON.stringify([state.vocab_size, state.dim, state.words]);
    if (shape !== built) build(result);
    built = shape;

    vocab.set(state.vocab_size, state.table.length);
    dim.set(state.dim, state.table[0].length);
    token.set(result.token, state.vocab_size - 1);
    const largest = Math.max(...result.rows.flat().map(Math.abs)) || 1;
    result.rows.forEach((row, k) => {
      const picked = k === result.token;
      rowTable.body.rows[k].classList.toggle("ac-picked", picked);
      radios[k].checked = picked;
      paint(oneHotTable.setCell(0, k, result.oneHot[k]), result.oneHot[k], false);
      row.forEach((value, j) => paint(rowTable.setCell(k, j, fmtNumber(value)), value / largest));
    });
    result.vector.forEach((value, j) => {
      const cell = vectorTable.setCell(0, j, fmtNumber(value));
      paint(cell, value / largest);
      cell.classList.add("ac-result");
    });

    component.value = String(result.component);
    const factors = result.terms.map(({ weight, value }, k) =>
      h(
        "span",
        { class: weight ? "ac-term ac-kept" : "ac-term" },
        `${k ? "+ " : ""}${weight} × ${value < 0 ? `(${fmtNumber(value)})` : fmtNumber(value)}`,
      ),
    );
    terms.replaceChildren(
      ...factors.flatMap((node) => [node, " "]),
      h("strong", {}, `= ${fmtNumber(result.sum)}`),
    );

    const size = `K · k = ${state.vocab_size} · ${state.dim}`;
    counts.setCell(0, 0, size);
    counts.setCell(0, 1, fmtCount(result.parameters));
    counts.setCell(1, 0, size);
    counts.setCell(1, 1, fmtCount(result.productMultiplications));
    counts.setCell(2, 0, "—");
    counts.setCell(2, 1, fmtCount(result.lookupMultiplications));
    const vector = result.vector.map((value) => fmtNumber(value)).join(", ");
    const steps = result.productMultiplications;
    summary.say(
      `Token ${wordOf(result.token)} picks row ${result.token} of the table: (${vector}). ` +
        `The product takes ${steps} multiplications to get there, the lookup none.`,
    );
  }

  el.append(
    panel(
      "Embedding explorer",
      h(
        "p",
        { class: "ac-note" },
        "Pick a token, with the slider or in the table. Its one-hot row times the table leaves one row of the table.",
      ),
      h("div", { class: "ac-controls" }, vocab.node, dim.node, token.node),
      product,
      summary.node,
      details,
      h("div", { class: "ac-step" }, scroller("What it costs", counts.node)),
    ),
  );
  return live(model, STATE, update, summary.stop);
}

export default { compute, render };
