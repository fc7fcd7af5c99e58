// Chapter 6: move a model's sizes and the length of a text, and see what the cache holds.

import { slider } from "../shared/controls.js";
import { h, panel } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { range } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { factsTable, paint, scroller } from "../shared/tables.js";

const STATE = ["n_layers", "n_heads", "n_kv_heads", "d_head", "length"];
const BYTES = 2; // 16 bits a number

const WHAT = [
  "cache, bytes a token",
  "cache, bytes for the text",
  "the same, were no head shared",
  "keys computed for one more token",
  "the same, without a cache",
  "scores of one more token",
];

// All arithmetic: numbers in, numbers out.
function compute({ n_layers, n_heads, n_kv_heads, d_head, length }) {
  const shared = Math.min(n_kv_heads, n_heads);
  const bytes = (heads, tokens) => 2 * n_layers * heads * d_head * tokens * BYTES;
  return {
    shared,
    counts: [
      bytes(shared, 1),
      bytes(shared, length),
      bytes(n_heads, length),
      n_layers * shared,
      n_layers * shared * length,
      n_layers * n_heads * length,
    ],
    saved: 1 - shared / n_heads, // share of the cache that sharing saves
  };
}

// A slider whose steps are powers of two.
function powers(model, name, label, most, text) {
  const control = slider({
    label,
    min: 0,
    max: most,
    value: Math.round(Math.log2(model.get(name))),
    text: (k) => text(2 ** k),
    show: (k) => fmtCount(2 ** k),
    onInput: (k) => writeState(model, { [name]: 2 ** k }),
  });
  return { ...control, show: (n) => control.set(Math.round(Math.log2(n))) };
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

function controlsOf(model) {
  return {
    n_layers: plain(model, "n_layers", "Layers", [1, 128, 1], (n) => `${n} layers`),
    n_heads: powers(model, "n_heads", "Heads that ask", 6, (n) => `${n} heads that ask`),
    n_kv_heads: powers(
      model,
      "n_kv_heads",
      "Heads of keys and values",
      6,
      (n) => `${n} heads of keys and values`,
    ),
    d_head: plain(model, "d_head", "Numbers in a key", [16, 256, 16], (n) => `${n} numbers`),
    length: powers(model, "length", "Tokens", 17, (n) => `${fmtCount(n)} tokens`),
  };
}

function sentence({ n_heads, length }, { shared, counts, saved }) {
  const heads =
    shared === n_heads
      ? "Every head has its own keys and values"
      : `${n_heads} heads share ${shared}, which saves ${fmtNumber(100 * saved, 1)} % of the cache`;
  return (
    `${heads}. After ${fmtCount(length)} tokens the cache holds ${fmtNumber(counts[1] / 1e9, 3)} GB. ` +
    `One more token adds ${fmtCount(counts[0])} bytes; without a cache, all keys and values ` +
    "would be computed again."
  );
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  for (const name of STATE) view.controls[name].show(state[name]);
  for (const i of range(WHAT.length)) view.table.setCell(i, 0, fmtCount(result.counts[i]));
  paint(view.table.cells[1][0], result.counts[1] / Math.max(...result.counts.slice(0, 3)), false);
  view.summary.say(sentence(state, result));
}

function render({ model, el }) {
  const view = {
    controls: controlsOf(model),
    table: factsTable({
      caption: "in 16 bits a number",
      corner: "what",
      rows: WHAT,
      columns: ["how many"],
    }),
    summary: summaryLine(),
  };
  el.append(
    panel(
      "Cache counter",
      h(
        "p",
        { class: "ac-note" },
        "The sizes are those of a model with 7 billion parameters. Let heads share, or let the text grow.",
      ),
      h("div", { class: "ac-controls" }, ...STATE.map((name) => view.controls[name].node)),
      scroller("What is counted", view.table.node),
      view.summary.node,
    ),
  );
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
