// The picked block on its way to a token: its grey levels, the vector, the projection.

import { greyCanvas } from "../shared/canvas.js";
import { h, setText } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { range } from "../shared/numbers.js";
import { numberTable, scroller } from "../shared/tables.js";

const COLUMNS = ["mean", "left − right", "top − bottom", "diagonal"];
const PRINTED = 16; // the largest block whose grey levels are printed one by one

// Where everything stands; `P` is the patch size that the tables were built for.
export function blockOf() {
  return {
    name: h("p", { class: "ac-name" }),
    place: h("div", {}),
    picture: h("canvas", { class: "ac-block", role: "img" }),
    note: h("p", { class: "ac-note" }),
    flat: scroller("The flattened block"),
    columns: COLUMNS.map(projectionColumn),
    tables: null,
    P: 0,
  };
}

// A column of the projection's weight, drawn, and the number that it gives.
function projectionColumn(name) {
  const picture = h("canvas", { "aria-hidden": "true" });
  const value = h("span", { class: "ac-value" });
  const words = h("div", {}, h("span", { class: "ac-note" }, name), value);
  return { picture, value, node: h("div", { class: "ac-column" }, picture, words) };
}

export function drawBlock(block, result, P) {
  if (block.P !== P) build(block, result, P);
  block.P = P;
  setText(block.name, `Block ${result.block}: row ${result.row}, column ${result.column}`);
  drawLevels(block, result, P);
  writeVector(block.tables.flat, result, P);
  block.columns.forEach(({ value }, k) => {
    setText(value, fmtNumber(result.token[k], 3));
  });
}

function build(block, { weights }, P) {
  const pixels = P > PRINTED ? null : pixelTable(P);
  if (pixels) block.place.replaceChildren(scroller("Grey levels of the picked block", pixels.node));
  else block.place.replaceChildren(block.picture, block.note);
  block.tables = { pixels, flat: vectorTable(P) };
  block.flat.replaceChildren(block.tables.flat.node);
  // White adds, black takes away.
  block.columns.forEach(({ picture }, k) => {
    const grey = [...weights[k]].map((weight) => Math.round(127.5 + 127.5 * weight * P * P));
    greyCanvas(picture, grey, P, P);
  });
}

function pixelTable(P) {
  return numberTable({
    caption: "grey levels, 0 black to 255 white",
    columns: range(P).map(String),
    nRows: P,
    className: "ac-pixels",
  });
}

// Black or white, whichever reads better on this grey: at least 4.5 to 1 on all 256.
function inkOn(level) {
  return level < 118 ? "#ffffff" : "#000000";
}

// The grey levels where they can be read, else a picture.
function drawLevels({ tables, picture, note }, { levels, block }, P) {
  if (!tables.pixels) {
    greyCanvas(picture, levels, P, P);
    picture.setAttribute("aria-label", `Block ${block}, enlarged`);
    setText(note, `${P} × ${P} = ${fmtCount(P * P)} grey levels: too many to print here`);
    return;
  }
  levels.forEach((level, n) => {
    const cell = tables.pixels.setCell(Math.floor(n / P), n % P, level);
    cell.classList.add("ac-drawn");
    cell.style.backgroundColor = `rgb(${level}, ${level}, ${level})`;
    cell.style.color = inkOn(level);
  });
}

// The places of the vector that are shown: at most eight from the start, and the last one.
function placesOf(P) {
  const last = P * P - 1;
  return { first: range(Math.min(8, last)), last };
}

function vectorTable(P) {
  const { first, last } = placesOf(P);
  const table = numberTable({
    caption: `vector, 1 × ${fmtCount(P * P)}`,
    corner: "place",
    rows: ["grey level", "÷ 255"],
    columns: [...first.map(String), "…", fmtCount(last)],
  });
  table.setCell(0, first.length, "…");
  table.setCell(1, first.length, "…");
  return table;
}

function writeVector(table, { levels, vector }, P) {
  const { first, last } = placesOf(P);
  [...first, last].forEach((n, i) => {
    const j = n === last ? first.length + 1 : i;
    table.setCell(0, j, levels[n]);
    table.setCell(1, j, fmtNumber(vector[n], 3));
  });
}
