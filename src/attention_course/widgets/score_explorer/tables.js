// The tables: scores with a tick for each cell, weights, context vectors, the weighted sum of
// the picked query, and the queries, keys and values themselves.

import { ARROWS, h, setText, uniqueId } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { clamp } from "../shared/numbers.js";
import { writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { cellsNow } from "./controls.js";

// Where the tables stand, and which of the ticks the Tab key reaches.
export function placesOf() {
  return {
    scores: scroller("Scores"),
    weights: scroller("Weights"),
    context: scroller("Context vectors"),
    sum: scroller("The weighted sum"),
    inputs: h("div", { class: "ac-inputs" }),
    reached: [0, 0],
  };
}

// Build all tables for the shape of `result`, and put them into their places.
export function buildTables(model, places, result) {
  const { query, key, value } = result;
  const names = {
    queries: query.map((_, i) => `query ${i}`),
    keys: key.map((_, j) => `key ${j}`),
    parts: value[0].map((_, n) => String(n)),
  };
  const tables = {
    names,
    ...scoreTable(model, places, names),
    weights: numberTable({
      caption: "weights: each row adds up to 1; entropy in nats",
      corner: "query",
      rows: names.queries,
      columns: [...names.keys, "entropy", "effective keys"],
      className: "ac-weights",
    }),
    context: numberTable({
      caption: `context, ${query.length} × ${names.parts.length}`,
      corner: "query",
      rows: names.queries,
      columns: names.parts,
      className: "ac-context",
    }),
    sum: numberTable({
      caption: "each value times its weight",
      corner: "key",
      rows: [...names.keys, "sum"],
      columns: names.parts,
      className: "ac-sum",
    }),
  };
  for (const name of ["scores", "weights", "context", "sum"]) {
    places[name].replaceChildren(tables[name].node);
  }
  places.inputs.replaceChildren(
    inputTable("queries", query, names.queries),
    inputTable("keys", key, names.keys),
    inputTable("values", value, names.keys),
  );
  pickByRow(model, [tables.scores, tables.weights, tables.context]);
  return tables;
}

// Scores with a radio button for each query and a tick for each cell.
function scoreTable(model, places, { queries, keys }) {
  const group = uniqueId("query");
  const radios = queries.map((_, i) =>
    h("input", {
      type: "radio",
      name: group,
      value: i,
      onchange: () => writeState(model, { picked: i }),
    }),
  );
  const scores = numberTable({
    caption: "scores; ticked: may attend",
    corner: "query",
    rows: radios.map((radio, i) => h("label", { class: "ac-choose" }, radio, queries[i])),
    columns: keys,
    className: "ac-scores",
  });
  const numbers = queries.map(() => keys.map(() => h("span", {})));
  const ticks = queries.map((query, i) =>
    keys.map((key, j) =>
      h("input", {
        type: "checkbox",
        tabindex: "-1",
        "aria-label": `${query} may attend to ${key}`,
        onchange: () => toggle(model, i, j),
        onfocus: () => reach(places, ticks, i, j),
      }),
    ),
  );
  ticks.forEach((row, i) => {
    row.forEach((tick, j) => {
      scores.cells[i][j].append(h("label", { class: "ac-tick" }, tick, numbers[i][j]));
    });
  });
  scores.node.addEventListener("keydown", (event) => onArrow(event, places, ticks));
  const [i, j] = places.reached;
  reach(places, ticks, Math.min(i, queries.length - 1), Math.min(j, keys.length - 1));
  return { radios, scores, numbers, ticks };
}

function toggle(model, i, j) {
  const cells = cellsNow(model);
  cells[i][j] = !cells[i][j];
  writeState(model, { mask: "cells", cells });
}

// Arrow keys move between the ticks; the Tab key passes over all but one.
function reach(places, ticks, i, j) {
  const [before, beside] = places.reached;
  ticks[before]?.[beside]?.setAttribute("tabindex", "-1");
  places.reached = [i, j];
  ticks[i][j].setAttribute("tabindex", "0");
}

function onArrow(event, places, ticks) {
  const step = ARROWS[event.key];
  if (!step || event.target.type !== "checkbox") return;
  event.preventDefault();
  const i = clamp(places.reached[0] + step[0], 0, ticks.length - 1);
  const j = clamp(places.reached[1] + step[1], 0, ticks[0].length - 1);
  reach(places, ticks, i, j);
  ticks[i][j].focus();
}

// A click on a row picks its query.
function pickByRow(model, tables) {
  for (const table of tables) {
    [...table.body.rows].forEach((line, i) => {
      line.addEventListener("click", ({ target }) => {
        if (target.type === "checkbox" || target.closest(".ac-tick")) return;
        if (model.get("picked") !== i) writeState(model, { picked: i });
      });
    });
  }
}

function inputTable(name, numbers, rows) {
  const columns = numbers[0].map((_, n) => String(n));
  const caption = `${name}, ${numbers.length} × ${columns.length}`;
  const table = numberTable({ caption, corner: name, rows, columns });
  const most = Math.max(...numbers.flat().map(Math.abs)) || 1;
  numbers.forEach((row, i) => {
    row.forEach((x, n) => {
      paint(table.setCell(i, n, fmtNumber(x)), x / most);
    });
  });
  return scroller(`The ${name}`, table.node);
}

// Write the numbers of `result` into tables of its shape.
export function fillTables(tables, result) {
  const { scores, allowed, value, context, picked } = result;
  const highest = Math.max(...scores.flat().map(Math.abs)) || 1;
  const most = Math.max(...value.flat().map(Math.abs)) || 1;
  scores.forEach((row, i) => {
    for (const table of [tables.scores, tables.weights, tables.context]) {
      table.body.rows[i].classList.toggle("ac-picked", i === picked);
    }
    tables.radios[i].checked = i === picked;
    row.forEach((s, j) => {
      setText(tables.numbers[i][j], fmtNumber(s));
      tables.ticks[i][j].checked = allowed[i][j];
      const cell = tables.scores.cells[i][j];
      cell.classList.toggle("ac-masked", !allowed[i][j]);
      paint(cell, allowed[i][j] ? s / highest : 0);
    });
    fillWeights(tables.weights, result, i);
    context[i].forEach((x, n) => {
      paint(tables.context.setCell(i, n, fmtNumber(x)), x / most);
    });
  });
  fillSum(tables.sum, result, most);
}

function fillWeights(table, { weights, entropy, effective }, i) {
  weights[i].forEach((weight, j) => {
    paint(table.setCell(i, j, fmtNumber(weight)), weight, false);
  });
  const nothing = effective[i] === 0;
  const n = weights[i].length;
  table.setCell(i, n, nothing ? "—" : fmtNumber(entropy[i]));
  table.setCell(i, n + 1, nothing ? "nothing" : fmtNumber(effective[i], 1));
}

function fillSum(table, { weights, value, context, picked }, most) {
  value.forEach((row, j) => {
    const weight = weights[picked][j];
    row.forEach((x, n) => {
      const number = x < 0 ? `(${fmtNumber(x)})` : fmtNumber(x);
      const cell = table.setCell(j, n, `${fmtNumber(weight)} × ${number}`);
      cell.classList.toggle("ac-faint", weight === 0);
    });
  });
  context[picked].forEach((x, n) => {
    paint(table.setCell(value.length, n, fmtNumber(x)), x / most);
  });
}
