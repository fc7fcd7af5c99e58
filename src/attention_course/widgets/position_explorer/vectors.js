// The two vectors: a strip of colours each, and their pairs of dimensions as a table.

import { h, setText } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

// 6.3, 62.8, 6,283: a wavelength in places.
export const places = (x) => (x < 100 ? fmtNumber(x, 1) : fmtCount(Math.round(x)));

// Where everything stands; `pairs` is the table for the number of dimensions in use.
export function vectorsOf() {
  const rows = [0, 1].map(() => {
    const name = h("span", { class: "ac-note" });
    const strip = h("div", { class: "ac-wave-strip", role: "img" });
    return { name, strip, node: h("div", { class: "ac-wave-row" }, name, strip) };
  });
  return { rows, place: scroller("Pairs of dimensions"), pairs: null };
}

// Cells and columns are built again for another number of dimensions, else only written.
export function drawVectors(view, { d_model, first, second }, result) {
  if (!view.pairs || view.rows[0].strip.children.length !== d_model) build(view, result);
  [first, second].forEach((t, n) => {
    const { name, strip } = view.rows[n];
    setText(name, `position ${t}`);
    result.vectors[n].forEach((x, k) => {
      paint(strip.children[k], x);
    });
    strip.setAttribute(
      "aria-label",
      `vector of position ${t}: ${d_model} numbers from −1 to 1, in the table below`,
    );
  });
  writePairs(view.pairs, result);
}

function build(view, { wavelengths, vectors }) {
  for (const { strip } of view.rows) {
    strip.replaceChildren(...vectors[0].map(() => h("span", { class: "ac-unit" })));
  }
  view.pairs = numberTable({
    caption: "shortest wave first; the products add up to the dot product",
    corner: "dimensions",
    rows: ["wavelength in positions", "turns apart", "product"],
    columns: [...wavelengths.map((_, i) => `${2 * i}, ${2 * i + 1}`), "sum"],
    className: "ac-wave-pairs",
  });
  view.place.replaceChildren(view.pairs.node);
}

function writePairs(pairs, { wavelengths, turns, products, dot }) {
  wavelengths.forEach((length, i) => {
    pairs.setCell(0, i, places(length));
    pairs.setCell(1, i, fmtNumber(turns[i]));
    paint(pairs.setCell(2, i, fmtNumber(products[i])), products[i]);
  });
  pairs.setCell(2, wavelengths.length, fmtNumber(dot)).classList.add("ac-wave-sum");
}

// The numbers of both vectors as a table.
export function numbersTable({ first, second }, { vectors }) {
  const table = numberTable({
    caption: "sine at even dimensions, cosine at odd ones",
    corner: "dimension",
    rows: [`position ${first}`, `position ${second}`],
    columns: vectors[0].map((_, k) => String(k)),
  });
  vectors.forEach((row, n) => {
    row.forEach((x, k) => {
      paint(table.setCell(n, k, fmtNumber(x)), x);
    });
  });
  return table;
}

// The curve as a table.
export function similarityTable(_state, { cosines, dots }) {
  const table = numberTable({
    caption: "for any two positions that far apart",
    corner: "distance",
    rows: ["dot product", "cosine"],
    columns: cosines.map((_, n) => String(n)),
  });
  cosines.forEach((x, n) => {
    table.setCell(0, n, fmtNumber(dots[n]));
    paint(table.setCell(1, n, fmtNumber(x)), x);
  });
  return table;
}
