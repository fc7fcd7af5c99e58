// Chapter 6: step over a row of scores in blocks, and see what is kept and what is rescaled.

import { select, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber, plural } from "../shared/format.js";
import { clamp, range } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { compute, STATE } from "./compute.js";

const ORDERS = [
  ["given", "as they stand"],
  ["rising", "largest score last"],
  ["falling", "largest score first"],
];
const NONE = "–";

const short = (x) => (x === -Infinity ? "−∞" : fmtNumber(x));
const vector = (numbers) => `(${numbers.map((x) => fmtNumber(x)).join(", ")})`;

function move(model, by) {
  const { step, nBlocks } = compute(readState(model, STATE));
  const next = clamp(step + by, 0, nBlocks);
  if (next !== step) writeState(model, { step: next });
}

// Other blocks make other steps: the last one left, if need be.
function resize(model, block) {
  const { nBlocks } = compute({ ...readState(model, STATE), block });
  writeState(model, { block, step: Math.min(model.get("step"), nBlocks) });
}

function controlsOf(model) {
  const nKeys = model.get("scores").length;
  const block = slider({
    label: "Keys in a block",
    min: 1,
    max: nKeys,
    value: model.get("block"),
    text: (n) => `${plural(n, "key", "keys")} in a block`,
    onInput: (n) => resize(model, n),
  });
  const order = select({
    label: "Order of the keys",
    options: ORDERS,
    value: model.get("order"),
    onInput: (name) => writeState(model, { order: name }),
  });
  const step = slider({
    label: "Blocks read",
    min: 0,
    max: compute(readState(model, STATE)).nBlocks,
    value: model.get("step"),
    text: (n) => `${plural(n, "block", "blocks")} read`,
    onInput: (n) => writeState(model, { step: n }),
  });
  const back = h("button", { type: "button", onclick: () => move(model, -1) }, "← Back");
  const on = h("button", { type: "button", onclick: () => move(model, 1) }, "Next block →");
  return { block, order, step, back, on };
}

// The keys in the order they come in, and what is kept for the query.
function tablesOf(model) {
  const [keys, numbers] = [range(model.get("scores").length), range(model.get("values")[0].length)];
  const heads = keys.map(() => h("span", {}));
  const row = numberTable({
    caption: "the keys, as they come",
    corner: "of each",
    rows: ["score", ...numbers.map((n) => `value[${n}]`), "e^(score − largest)"],
    columns: heads,
    className: "ac-os-keys",
  });
  const kept = numberTable({
    caption:
      "kept for the query: the largest score, the total of e^(score − largest), and the values, mixed with these",
    corner: "kept",
    rows: ["largest", "total", ...numbers.map((n) => `mixed[${n}]`)],
    columns: ["before", "rescaled", "block", "after"],
    className: "ac-os-kept",
  });
  const output = numberTable({
    caption: "mixed, divided by total",
    corner: "output",
    rows: ["so far", "all at once"],
    columns: numbers.map((n) => `[${n}]`),
    className: "ac-os-output",
  });
  return { heads, row, kept, output };
}

function showKeys({ heads, row }, result) {
  const { places, scores, values, shares, first, last } = result;
  const dV = values[0].length;
  places.forEach((place, j) => {
    setText(heads[j], `key ${place}`);
    const inBlock = j >= first && j < last;
    heads[j].closest("th").classList.toggle("ac-os-now", inBlock);
    row.setCell(0, j, short(scores[j]));
    values[j].forEach((x, n) => {
      row.setCell(1 + n, j, short(x));
    });
    const cell = row.setCell(1 + dV, j, j < last ? short(shares[j]) : NONE);
    paint(cell, j < last ? shares[j] : 0, false);
    for (const line of row.cells) line[j].classList.toggle("ac-os-now", inBlock);
  });
}

function showKept({ kept }, { before, now }) {
  const { rescaled, added } = now;
  const rows = [
    [before?.largest, null, added?.largest, now.largest],
    [before?.total, rescaled?.total, added?.total, now.total],
    ...now.mixed.map((x, n) => [before?.mixed[n], rescaled?.mixed[n], added?.mixed[n], x]),
  ];
  rows.forEach((row, i) => {
    row.forEach((x, n) => {
      kept.setCell(i, n, x == null ? NONE : short(x));
    });
  });
}

function factorOf({ before, now }) {
  if (!before) return "No block has been read: both sums are 0, and the largest score is −∞.";
  return (
    `Rescaled by e^(${short(before.largest)} − ${now.largest < 0 ? `(${short(now.largest)})` : short(now.largest)}) = ` +
    `${short(now.factor)}, then the block is added.`
  );
}

function sentence({ nBlocks, step, before, now, output, whole }) {
  if (!before) return `Before the first of ${plural(nBlocks, "block", "blocks")}.`;
  const rises = before.largest < now.largest;
  const largest = rises
    ? `raises the largest score from ${short(before.largest)} to ${short(now.largest)}, so what was there is multiplied by ${short(now.factor)}`
    : `leaves the largest score at ${short(now.largest)}, so nothing is rescaled`;
  const apart = Math.max(...output.map((x, n) => Math.abs(x - whole[n])));
  const end = apart <= 1e-5 ? "the same as with all keys at once, to 0.00001" : `off by ${apart}`;
  const last = step === nBlocks ? ` All keys are read: ${end}.` : "";
  return `Block ${step} of ${nBlocks} ${largest}. The output so far is ${vector(output)}.${last}`;
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  view.block.set(state.block);
  view.order.set(state.order);
  view.step.set(result.step, result.nBlocks);
  view.back.setAttribute("aria-disabled", String(result.step === 0));
  view.on.setAttribute("aria-disabled", String(result.step === result.nBlocks));
  showKeys(view.tables, result);
  showKept(view.tables, result);
  setText(view.factor, factorOf(result));
  result.output.forEach((x, n) => {
    view.tables.output.setCell(0, n, result.before ? short(x) : NONE);
    view.tables.output.setCell(1, n, short(result.whole[n]));
  });
  view.summary.say(sentence(result));
}

function layout({ block, order, step, back, on, tables, factor, summary }) {
  const part = (...children) => h("div", { class: "ac-step" }, ...children);
  return panel(
    "Softmax online",
    h(
      "p",
      { class: "ac-note" },
      "One query has a score for each key. The keys come in blocks; of those that have gone by, only three things are kept.",
    ),
    h("div", { class: "ac-controls" }, block.node, order.node, step.node),
    h("div", { class: "ac-os-buttons" }, back, on),
    part(scroller("The keys", tables.row.node)),
    part(scroller("What is kept", tables.kept.node), factor),
    part(scroller("The output", tables.output.node)),
    summary.node,
  );
}

function render({ model, el }) {
  const view = {
    ...controlsOf(model),
    tables: tablesOf(model),
    factor: h("p", { class: "ac-os-factor" }),
    summary: summaryLine(),
  };
  el.append(layout(view));
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
