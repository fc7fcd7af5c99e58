// The parts of the text writer: the text with its weights, what may come next, all heads.

import { h, setText } from "../shared/dom.js";
import { fmtNumber, visible } from "../shared/format.js";
import { range } from "../shared/numbers.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { SHOWN } from "./compute.js";

// A line break has a sign of its own here.
export const sign = (character) => (character === "\n" ? "↵" : visible(character));

// The text, coloured by what its last character looks at. A screen reader gets it as a text.
export function writtenText() {
  const name = h("p", { class: "ac-name" });
  const spoken = h("p", { class: "ac-hidden" });
  const line = h("div", { class: "ac-chars ac-tw-text", "aria-hidden": "true" });
  return { name, spoken, line, node: h("div", { class: "ac-step" }, name, spoken, line) };
}

export function showText({ name, spoken, line }, { layer, head }, { characters, row }) {
  const unread = characters.length - row.length;
  const top = Math.max(...row);
  while (line.children.length > characters.length) line.lastChild.remove();
  while (line.children.length < characters.length) line.append(h("span", { class: "ac-char" }));
  characters.forEach((character, n) => {
    const box = line.children[n];
    setText(box, sign(character));
    box.classList.toggle("ac-tw-unread", n < unread);
    box.classList.toggle("ac-tw-last", n === characters.length - 1);
    paint(box, n < unread || !top ? 0 : row[n - unread] / top, false);
  });
  const read = unread ? `, of which the model reads the last ${row.length}` : "";
  setText(
    name,
    `The text, ${characters.length} characters${read}; layer ${layer}, head ${head}: what the last one looks at`,
  );
  setText(spoken, characters.join(""));
}

// What may come next: the likeliest characters, and all others in one row.
export function chanceTable(nSymbols) {
  const names = range(Math.min(SHOWN, nSymbols)).map(() => h("span", {}));
  const lines = range(names.length + 1);
  const remarks = lines.map(() => h("span", { class: "ac-tw-remark" }));
  const bars = lines.map(() => h("span", { class: "ac-tw-bar ac-drawn" }));
  const table = numberTable({
    caption: "what may come next",
    corner: "character",
    rows: [...names, h("span", {}, "all others")].map((name, n) =>
      h("span", {}, name, " ", remarks[n]),
    ),
    columns: ["as it is", "with both dials", "as a bar"],
    className: "ac-tw-chances",
  });
  table.cells.forEach((line, n) => {
    line[2].append(bars[n]);
  });
  return { table, names, remarks, bars };
}

export function showChances({ table, names, remarks, bars }, symbols, result) {
  const { order, plain, chances, drawn } = result;
  const rest = order.slice(names.length);
  const sum = (numbers) => rest.reduce((total, n) => total + numbers[n], 0);
  const lines = order.slice(0, names.length).map((n) => [plain[n], chances[n], n === drawn]);
  lines.push([sum(plain), sum(chances), rest.includes(drawn)]);
  lines.forEach(([before, after, here], line) => {
    if (line < names.length) setText(names[line], sign(symbols[order[line]]));
    table.setCell(line, 0, fmtNumber(before, 3));
    table.setCell(line, 1, fmtNumber(after, 3));
    bars[line].style.width = `${(after * 100).toFixed(2)}%`;
    const which = line < names.length ? "drawn" : `${sign(symbols[drawn])} drawn`;
    setText(remarks[line], here ? which : "");
    table.body.rows[line].classList.toggle("ac-picked", here);
  });
}

// What the last character looks at in all heads; written only while somebody looks.
export function headsTable(onOpen) {
  const box = scroller("Weights of the last character in all heads");
  const details = h(
    "details",
    { ontoggle: onOpen },
    h("summary", {}, "Read the weights of all heads as a table"),
    h("div", { class: "ac-tw-heads" }, box),
  );
  return { box, details };
}

export function showHeads({ box, details }, { layer, head }, result) {
  if (!details.open) return;
  const { recording, characters, rows, row } = result;
  const { n_heads } = recording;
  const read = characters.slice(-row.length);
  const table = numberTable({
    caption: "rows: layer and head, columns: the characters that the model reads",
    corner: "head",
    rows: rows.map((_, n) => `${Math.floor(n / n_heads)}.${n % n_heads}`),
    columns: read.map((character, n) => `${row.length - 1 - n} back, ${sign(character)}`),
    className: "ac-tw-weights",
  });
  rows.forEach((line, n) => {
    table.body.rows[n].classList.toggle("ac-picked", n === layer * n_heads + head);
    line.forEach((weight, j) => {
      paint(table.setCell(n, j, fmtNumber(weight)), weight, false);
    });
  });
  box.replaceChildren(table.node);
}
