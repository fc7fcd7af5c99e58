// The parts that show a recording: characters, numbers as coloured cells, and three tables.

import { h, setText } from "../shared/dom.js";
import { fmtNumber, visible } from "../shared/format.js";
import { range } from "../shared/numbers.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

export function showChar(node, symbol) {
  setText(node, visible(symbol));
  node.classList.toggle("ac-symbol", [...symbol].length > 1);
}

export function charOf(symbol) {
  const char = h("span", { class: "ac-char" });
  showChar(char, symbol);
  return char;
}

// Numbers as a row of coloured cells. The picture says its size and range; the numbers
// stand in a table below.
export function strip(className) {
  const node = h("div", { class: `ac-strip ${className}`, role: "img" });
  const show = (numbers, name) => {
    while (node.children.length > numbers.length) node.lastChild.remove();
    while (node.children.length < numbers.length) node.append(h("span", { class: "ac-unit" }));
    numbers.forEach((x, n) => {
      paint(node.children[n], x);
    });
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)].map((x) => fmtNumber(x));
    node.setAttribute("aria-label", `${name}: ${numbers.length} numbers from ${low} to ${high}`);
  };
  return { node, show };
}

// The logit and the probability of each symbol of the target vocabulary.
export function chanceTable(symbols) {
  const bars = symbols.map(() => h("span", { class: "ac-bar ac-drawn" }));
  const remarks = symbols.map(() => h("span", { class: "ac-remark" }));
  const table = numberTable({
    caption: "the next character",
    corner: "token",
    rows: symbols.map((symbol, n) => h("span", {}, visible(symbol), " ", remarks[n])),
    columns: ["logit", "probability", "as a bar"],
    className: "ac-chances",
  });
  table.cells.forEach((line, n) => {
    line[2].append(bars[n]);
  });
  return { table, bars, remarks, symbols };
}

export function showChances({ table, bars, remarks, symbols }, result) {
  const { probabilities, logits, token, expected, step } = result;
  probabilities.forEach((p, n) => {
    table.setCell(n, 0, fmtNumber(logits[n]));
    table.setCell(n, 1, fmtNumber(p, 3));
    bars[n].style.width = `${(p * 100).toFixed(2)}%`;
    const words = [];
    if (n === token) words.push("written");
    if (expected && symbols[n] === expected[step - 1]) words.push("expected");
    setText(remarks[n], words.join(", "));
    table.body.rows[n].classList.toggle("ac-picked", n === token);
  });
}

// The output of a recording, step by step; what is expected stands below where it is known.
export function outputTable({ written, expected }) {
  const table = numberTable({
    caption: "the output, step by step",
    corner: "step",
    rows: expected ? ["written", "expected", "so it is"] : ["written"],
    columns: range(Math.max(written.length, expected?.length ?? 0)).map((t) => String(t + 1)),
    className: "ac-output",
  });
  expected?.forEach((symbol, t) => {
    table.setCell(1, t, visible(symbol));
  });
  return table;
}

export function showOutput(table, { written, expected, right, step, nSteps }) {
  for (let t = 0; t < table.cells[0].length; t += 1) {
    const done = t < step;
    const cell = table.setCell(0, t, done ? visible(written[t] ?? "") : "·");
    cell.classList.toggle("ac-now", t === step - 1);
    if (!expected) continue;
    const said = right[t] ? "right" : "wrong";
    const verdict = table.setCell(2, t, done && t < nSteps ? said : "");
    verdict.classList.toggle("ac-wrong", done && right[t] === false);
  }
}

// The numbers of C and of the decoder's state as tables.
export function numberTables({ recording, before, after }) {
  const units = range(before.length);
  const state = numberTable({
    caption: "decoder state",
    corner: "unit",
    rows: ["before", "after", "change"],
    columns: units.map(String),
  });
  for (const n of units) {
    paint(state.setCell(0, n, fmtNumber(before[n])), before[n]);
    paint(state.setCell(1, n, fmtNumber(after[n])), after[n]);
    state.setCell(2, n, fmtNumber(after[n] - before[n]));
  }
  const C = numberTable({
    caption: "C",
    corner: "number",
    rows: ["value"],
    columns: range(recording.context.length).map(String),
  });
  recording.context.forEach((x, n) => {
    paint(C.setCell(0, n, fmtNumber(x)), x);
  });
  return [scroller("Numbers of C", C.node), scroller("Numbers of the state", state.node)];
}
