// The product: the one-hot row, the table and the vector, as three tables side by side.

import { h, uniqueId } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { wordOf } from "./compute.js";

// Build the tables for the shape of `rows`, and put them into `place`.
export function buildProduct(model, place, { rows }) {
  const components = rows[0].map((_, j) => String(j));
  const oneHot = numberTable({
    caption: `one-hot row, 1 × ${rows.length}`,
    columns: rows.map((_, k) => String(k)),
    nRows: 1,
  });
  const { radios, table } = embeddingTable(model, rows, components);
  const vector = numberTable({
    caption: `vector, 1 × ${components.length}`,
    columns: components,
    nRows: 1,
  });
  const factor = (sign, name, { node }) =>
    h(
      "div",
      { class: "ac-factor" },
      ...(sign ? [h("span", { class: "ac-sign" }, sign)] : []),
      scroller(name, node),
    );
  place.replaceChildren(
    factor("", "One-hot row", oneHot),
    factor("×", "Embedding table", table),
    factor("=", "Vector", vector),
  );
  return { oneHot, table, radios, vector };
}

// The table with a radio button for each token; a click on a row picks it too.
function embeddingTable(model, rows, columns) {
  const group = uniqueId("token");
  const radios = rows.map((_, k) =>
    h("input", {
      type: "radio",
      name: group,
      value: k,
      onchange: () => writeState(model, { token: k }),
    }),
  );
  const words = model.get("words");
  const table = numberTable({
    caption: `table, ${rows.length} × ${columns.length}`,
    corner: "token",
    rows: radios.map((radio, k) => h("label", { class: "ac-pick" }, radio, wordOf(words, k))),
    columns,
    className: "ac-rows",
  });
  [...table.body.rows].forEach((line, k) => {
    line.addEventListener("click", () => {
      if (model.get("token") !== k) writeState(model, { token: k });
    });
  });
  return { radios, table };
}

// Write the numbers of `result` into tables of its shape.
export function fillProduct({ oneHot, table, radios, vector }, result) {
  const largest = Math.max(...result.rows.flat().map(Math.abs)) || 1;
  result.rows.forEach((row, k) => {
    const picked = k === result.token;
    table.body.rows[k].classList.toggle("ac-picked", picked);
    radios[k].checked = picked;
    paint(oneHot.setCell(0, k, result.oneHot[k]), result.oneHot[k], false);
    row.forEach((value, j) => {
      paint(table.setCell(k, j, fmtNumber(value)), value / largest);
    });
  });
  result.vector.forEach((value, j) => {
    const cell = vector.setCell(0, j, fmtNumber(value));
    paint(cell, value / largest);
    cell.classList.add("ac-result");
  });
}
