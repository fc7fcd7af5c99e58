// Chapter 2: one step of a gated recurrent unit, from the gates to the new state.

import { numberCell, slider } from "../shared/controls.js";
import { h, panel } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { range } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["x", "before", "w_r", "w_z", "w_n", "u_n"];
const LARGEST_X = 5;
const LARGEST_WEIGHT = 10;
// The chapter's example, to go back to.
const START = {
  x: 1,
  before: [0.8, -0.6],
  w_r: [0, 0],
  w_z: [3, -3],
  w_n: [1, 1],
  u_n: [
    [0, 1],
    [1, 0],
  ],
};
const NUMBERS = ["number 1", "number 2"];

// All arithmetic: numbers in, numbers out.
function compute({ x, before, w_r, w_z, w_n, u_n }) {
  const gate = (weights) => weights.map((w) => 1 / (1 + Math.exp(-w * x)));
  const r = gate(w_r); // (2,)
  const z = gate(w_z); // (2,)
  const rest = z.map((keep) => 1 - keep); // (2,)
  const moved = u_n.map((row) => row[0] * before[0] + row[1] * before[1]); // (2,)
  const n = w_n.map((w, m) => Math.tanh(w * x + r[m] * moved[m])); // (2,)
  const kept = z.map((keep, m) => keep * before[m]); // (2,)
  const fresh = rest.map((share, m) => share * n[m]); // (2,)
  const after = kept.map((old, m) => old + fresh[m]); // (2,)
  return { r, z, rest, moved, n, kept, fresh, after };
}

// At most three decimals: 0.791, −0.6, 3.
const short = (x) => fmtNumber(x, 3).replace(/\.?0+$/, "");

// What each box of the first table holds: a trait, and the place in it.
function boxesOf(model) {
  const lines = [
    ["state before, h", "before", (m) => [m]],
    ["W_r", "w_r", (m) => [m]],
    ["W_z", "w_z", (m) => [m]],
    ["W_n", "w_n", (m) => [m]],
    ["U_n, times number 1", "u_n", (m) => [m, 0]],
    ["U_n, times number 2", "u_n", (m) => [m, 1]],
  ];
  const table = numberTable({
    caption: "one column for each number of the state",
    corner: "given",
    rows: lines.map(([text]) => text),
    columns: NUMBERS,
    className: "ac-gs-given",
  });
  const boxes = lines.flatMap(([text, name, at], line) =>
    range(2).map((m) => {
      const box = boxOf(model, `${text}, ${NUMBERS[m]}`, name, at(m));
      table.cells[line][m].append(box.node);
      return { box, name, at: at(m) };
    }),
  );
  return { table, boxes };
}

const read = (value, at) => at.reduce((inner, n) => inner[n], value);

function boxOf(model, label, name, at) {
  const most = name === "before" ? 1 : LARGEST_WEIGHT;
  const box = numberCell({
    label,
    value: read(model.get(name), at),
    min: -most,
    max: most,
    onInput: (number) => {
      const next = structuredClone(model.get(name));
      read(next, at.slice(0, -1))[at.at(-1)] = number;
      writeState(model, { [name]: next });
    },
  });
  // What cannot be used goes back to the number in use.
  box.input.addEventListener("blur", () => box.set(read(model.get(name), at)));
  return box;
}

const STEPS = [
  ["r = σ(W_r x)", "r"],
  ["z = σ(W_z x)", "z"],
  ["1 − z", "rest"],
  ["U_n h", "moved"],
  ["n = tanh(W_n x + r · U_n h)", "n"],
  ["z · h, kept", "kept"],
  ["(1 − z) · n, new", "fresh"],
  ["state after", "after"],
];

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  view.x.set(state.x);
  for (const { box, name, at } of view.given.boxes) box.set(read(state[name], at));
  STEPS.forEach(([, name], line) => {
    result[name].forEach((number, m) => {
      const cell = view.steps.setCell(line, m, short(number));
      if (["r", "z", "rest"].includes(name)) paint(cell, number, false);
      else if (name !== "moved") paint(cell, number);
    });
  });
  view.summary.say(sentence(state, result));
}

function sentence({ x, before }, { z, after }) {
  const parts = after.map(
    (number, m) =>
      `${NUMBERS[m]} keeps ${Math.round(100 * z[m])} % of ${short(before[m])} and becomes ${short(number)}`,
  );
  return `With the input ${short(x)}, ${parts.join("; ")}.`;
}

function render({ model, el }) {
  const view = {
    x: slider({
      label: "Input x",
      min: -LARGEST_X,
      max: LARGEST_X,
      step: 0.5,
      value: model.get("x"),
      text: (x) => `the input is ${x}`,
      number: true,
      onInput: (x) => writeState(model, { x }),
    }),
    given: boxesOf(model),
    steps: numberTable({
      caption: "worked out, line by line",
      corner: "step",
      rows: STEPS.map(([text]) => text),
      columns: NUMBERS,
      className: "ac-gs-steps",
    }),
    summary: summaryLine(),
  };
  const again = h(
    "button",
    { type: "button", onclick: () => writeState(model, structuredClone(START)) },
    "Back to the first numbers",
  );
  el.append(
    panel(
      "One GRU step",
      h(
        "p",
        { class: "ac-note" },
        "Change any number, and all that follows is worked out again. U_r, U_z and all biases are zeros.",
      ),
      h("div", { class: "ac-controls" }, view.x.node, h("div", { class: "ac-gs-again" }, again)),
      h(
        "div",
        { class: "ac-step ac-gs-tables" },
        scroller("Given numbers", view.given.table.node),
        scroller("Steps", view.steps.node),
      ),
      view.summary.node,
    ),
  );
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
