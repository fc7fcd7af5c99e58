// Chapter 6: move a model's sizes and the length of a text, and see what the cache holds.

import { select, slider } from "../shared/controls.js";
import { h, panel } from "../shared/dom.js";
import { fmtCount, fmtNumber, plural } from "../shared/format.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { factsTable, paint, scroller } from "../shared/tables.js";

const STATE = ["n_layers", "n_heads", "n_kv_heads", "d_head", "length", "bytes_per_number"];

const grouped = (x, digits) =>
  Number(x.toFixed(digits)).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
const kB = (n) => grouped(n / 1e3, 1);
const GB = (n) => grouped(n / 1e9, 3);

// What is counted, and how it is written.
const ROWS = [
  ["heads of keys and values", fmtCount],
  ["cache, kB a token", kB],
  ["cache, GB for the text", GB],
  ["keys computed for one more token", fmtCount],
  ["the same, without a cache", fmtCount],
  ["scores of one more token", fmtCount],
];

// All arithmetic: numbers in, numbers out.
function compute({ n_layers, n_heads, n_kv_heads, d_head, length, bytes_per_number }) {
  const shared = Math.min(n_kv_heads, n_heads);
  const bytes = (heads, tokens) => 2 * n_layers * heads * d_head * tokens * bytes_per_number;
  const columns = [n_heads, shared, 1].map((heads) => [
    heads,
    bytes(heads, 1),
    bytes(heads, length),
    n_layers * heads,
    n_layers * heads * length,
    n_layers * n_heads * length, // every head asks for itself
  ]);
  const counts = ROWS.map((_, i) => columns.map((column) => column[i])); // (6, 3)
  return { shared, counts, saved: 1 - shared / n_heads };
}

function plain(model, name, label, [min, max, step], text) {
  const control = slider({
    label,
    min,
    max,
    step,
    value: model.get(name),
    text,
    onInput: (n) => writeState(model, { [name]: n }),
  });
  return { ...control, show: control.set };
}

// A slider whose steps are powers of two.
function powers(model, name, label, most, text) {
  const power = (n) => Math.round(Math.log2(n));
  const control = slider({
    label,
    min: 0,
    max: most,
    value: power(model.get(name)),
    text: (k) => text(2 ** k),
    show: (k) => fmtCount(2 ** k),
    onInput: (k) => writeState(model, { [name]: 2 ** k }),
  });
  return { ...control, show: (n) => control.set(power(n)) };
}

function controlsOf(model) {
  const bits = select({
    label: "A number takes",
    options: [
      [4, "4 bytes: float32"],
      [2, "2 bytes: bfloat16"],
      [1, "1 byte: 8 bits"],
    ],
    value: model.get("bytes_per_number"),
    onInput: (n) => writeState(model, { bytes_per_number: Number(n) }),
  });
  const tokens = (n) => `${fmtCount(n)} ${n === 1 ? "token" : "tokens"}`;
  const heads = (n) => plural(n, "head", "heads");
  const layers = (n) => plural(n, "layer", "layers");
  return {
    bytes_per_number: { ...bits, show: bits.set },
    n_layers: plain(model, "n_layers", "Layers", [1, 128, 1], layers),
    n_heads: powers(model, "n_heads", "Heads that ask", 6, heads),
    n_kv_heads: powers(model, "n_kv_heads", "Heads of keys and values", 6, heads),
    d_head: plain(model, "d_head", "Numbers in a key", [16, 256, 16], (n) => `${n} numbers`),
    length: powers(model, "length", "Tokens", 17, tokens),
  };
}

function sentence({ n_heads, length }, { shared, counts, saved }) {
  const own = n_heads === 1 ? "One head asks" : "Every head has keys and values of its own";
  const heads =
    shared === n_heads
      ? own
      : `${n_heads} heads share ${shared} of keys and values, which saves ${fmtNumber(100 * saved, 1)} % of the cache`;
  const [added, held] = [counts[1][1], counts[2][1]];
  return (
    `${heads}. After ${fmtCount(length)} tokens the cache holds ${GB(held)} GB, and each token adds ` +
    `${kB(added)} kB. Without it, ${fmtCount(counts[4][1])} keys would be computed for the next ` +
    `token in place of ${fmtCount(counts[3][1])}.`
  );
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  for (const name of STATE) view.controls[name].show(state[name]);
  result.counts.forEach((row, i) => {
    const [, written] = ROWS[i];
    row.forEach((count, j) => {
      const cell = view.table.setCell(i, j, written(count));
      if (i === 2) paint(cell, count / row[0], false); // beside a head each
    });
  });
  view.summary.say(sentence(state, result));
}

function render({ model, el }) {
  const view = {
    controls: controlsOf(model),
    table: factsTable({
      caption: "when heads share keys and values, or do not",
      corner: "what",
      rows: ROWS.map(([name]) => name),
      columns: ["a head each", "as set", "one for all"],
      nCounts: 3,
    }),
    summary: summaryLine(),
  };
  const controls = Object.values(view.controls).map(({ node }) => node);
  el.append(
    panel(
      "Cache counter",
      h(
        "p",
        { class: "ac-note" },
        "The sizes that it starts with are those of a model with 7 billion parameters in which four heads share keys and values.",
      ),
      h("div", { class: "ac-controls" }, ...controls),
      h("div", { class: "ac-step ac-cc" }, scroller("What is counted", view.table.node)),
      view.summary.node,
    ),
  );
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
