// Chapter 4: self-attention of two words, from their vectors to the weighted sum.

import { checkbox, numberCell, select, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { clamp, range, softmax } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["words", "query", "key", "value", "d_k", "scaled", "picked"];
const LARGEST = 100; // of a number
const MAX_D_K = 512;
const SMALL = ["₁", "₂"];

// All arithmetic: numbers in, numbers out.
function compute({ query, key, value, d_k, scaled, picked }) {
  const dot = (a, b) => a.reduce((sum, x, n) => sum + x * b[n], 0);
  const divisor = Math.sqrt(d_k);
  const dots = query.map((q) => key.map((k) => dot(q, k))); // (2, 2)
  const divided = dots.map((row) => row.map((s) => s / divisor)); // (2, 2)
  const scores = scaled ? divided : dots;
  const weights = scores.map((row) => softmax(row)); // (2, 2)
  const weighted = weights.map((row) => row.map((w, j) => value[j].map((x) => w * x))); // (2, 2, d_v)
  const output = weighted.map((rows) => rows[0].map((x, n) => x + rows[1][n])); // (2, d_v)
  return {
    picked: clamp(picked, 0, query.length - 1),
    divisor,
    dots,
    scores,
    weights,
    // What the weights would be with the other choice of dividing or not.
    otherWeights: (scaled ? dots : divided).map((row) => softmax(row)),
    weighted,
    output,
  };
}

// At most two decimals: 112, 9.38, −0.5.
const short = (x) => fmtNumber(x).replace(/\.?0+$/, "");
const signed = (x) => (x < 0 ? `(${short(x)})` : short(x));

function controlsOf(model) {
  const word = select({
    label: "Query of",
    options: model.get("words").map((text, i) => [i, text]),
    value: model.get("picked"),
    onInput: (i) => writeState(model, { picked: Number(i) }),
  });
  const dK = slider({
    label: "Numbers in a vector, d_k",
    min: model.get("key")[0].length, // editing changes numbers, never how many there are
    max: MAX_D_K,
    value: model.get("d_k"),
    text: (n) => `${n} numbers in each query and key`,
    number: true,
    onInput: (n) => writeState(model, { d_k: n }),
  });
  const scaled = checkbox({
    label: "Divide the scores by √d_k",
    value: model.get("scaled"),
    onInput: (on) => writeState(model, { scaled: on }),
  });
  return { word, dK, scaled };
}

// One table a word, as in the figure: its query, key and value, a box for each number.
function vectorsOf(model) {
  const lines = ["query", "key", "value"].map((name) => [name, model.get(name)[0].length]);
  const columns = range(Math.max(...lines.map(([, length]) => length))).map(String);
  const boxes = []; // { name, i, n, box }: which number each holds
  const heads = SMALL.map(() => h("p", { class: "ac-name" }));
  const nodes = SMALL.map((small, i) => {
    const table = numberTable({
      caption: `vectors of word ${i + 1}`,
      corner: "vector",
      rows: lines.map(([name]) => `${name} ${name[0]}${small}`),
      columns,
      className: "ac-we-vectors",
    });
    lines.forEach(([name, length], line) => {
      for (let n = 0; n < length; n += 1) {
        const box = numberBox(model, name, i, n);
        table.cells[line][n].append(box.node);
        boxes.push({ name, i, n, box });
      }
    });
    const scroll = scroller(`Vectors of word ${i + 1}`, table.node);
    return h("div", { class: "ac-we-word" }, heads[i], scroll);
  });
  return { nodes, heads, boxes };
}

function numberBox(model, name, i, n) {
  const box = numberCell({
    label: `${name} ${name[0]}${i + 1}, number ${n}`,
    value: model.get(name)[i][n],
    min: -LARGEST,
    max: LARGEST,
    onInput: (x) => {
      const rows = model.get(name).map((row) => [...row]);
      rows[i][n] = x;
      writeState(model, { [name]: rows });
    },
  });
  // What cannot be used goes back to the number in use.
  box.input.addEventListener("blur", () => box.set(model.get(name)[i][n]));
  return box;
}

function stepTable() {
  const lines = range(4).map(() => h("span", {}));
  const columns = SMALL.map(() => h("span", {}));
  const table = numberTable({
    caption: "one column for each word that is asked",
    corner: "step",
    rows: lines,
    columns,
    className: "ac-we-steps",
  });
  return { table, lines, columns };
}

function sumTable(dV) {
  const heads = range(3).map(() => h("span", {}));
  const table = numberTable({
    caption: "each value times its weight",
    corner: "vector",
    rows: heads,
    columns: range(dV).map(String),
    className: "ac-we-sum",
  });
  return { table, heads };
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  setControls(view, state, result);
  showProducts(view.products, state, result);
  showSteps(view.steps, state, result);
  showSum(view.sum, state, result);
  setText(view.sumName, `Sum: what “${state.words[result.picked]}” becomes`);
  view.summary.say(sentence(state, result));
}

function setControls({ word, dK, scaled, vectors, zeros }, state, { picked }) {
  word.set(picked);
  [...word.input.options].forEach((option, j) => {
    setText(option, state.words[j]);
  });
  dK.set(state.d_k);
  scaled.set(state.scaled);
  for (const { name, i, n, box } of vectors.boxes) box.set(state[name][i][n]);
  vectors.heads.forEach((head, j) => {
    setText(head, state.words[j]);
  });
  vectors.nodes.forEach((node, j) => {
    node.querySelector("tbody tr").classList.toggle("ac-we-asks", j === picked);
  });
  const shown = state.key[0].length;
  const hidden = state.d_k - shown;
  setText(
    zeros,
    hidden
      ? `Each query and key has d_k = ${state.d_k} numbers. Shown are ${shown}; the other ${hidden} are zeros here, which change no score.`
      : `Each query and key has d_k = ${state.d_k} numbers, all shown.`,
  );
}

function showProducts(products, { query, key }, { picked, dots }) {
  products.forEach((node, j) => {
    // A line breaks between the terms, not inside one.
    const terms = query[picked].map((x, n) =>
      h("span", {}, `${n ? "+ " : "= "}${signed(x)} × ${signed(key[j][n])}`),
    );
    const parts = [
      h("span", {}, `q${SMALL[picked]} · k${SMALL[j]}`),
      ...terms,
      h("strong", {}, `= ${short(dots[picked][j])}`),
    ];
    node.replaceChildren(...parts.flatMap((part) => [part, " "]));
  });
}

function showSteps({ table, lines, columns }, { words, d_k, scaled }, result) {
  const { picked, divisor, dots, scores, weights, otherWeights } = result;
  setText(lines[0], `score, q${SMALL[picked]} · k`);
  setText(lines[1], scaled ? `divided by √${d_k} = ${short(divisor)}` : "not divided");
  setText(lines[2], "weight, by softmax");
  setText(lines[3], scaled ? "weight without the division" : "weight with the division");
  words.forEach((text, j) => {
    const weight = weights[picked][j];
    setText(columns[j], text);
    table.setCell(0, j, short(dots[picked][j]));
    table.setCell(1, j, short(scores[picked][j]));
    paint(table.setCell(2, j, fmtNumber(weight)), weight, false);
    table.setCell(3, j, fmtNumber(otherWeights[picked][j]));
  });
}

function showSum({ table, heads }, { value }, { picked, weights, weighted, output }) {
  const most = Math.max(...value.flat().map(Math.abs)) || 1;
  const rows = [...weighted[picked], output[picked]];
  rows.forEach((row, j) => {
    row.forEach((x, n) => {
      paint(table.setCell(j, n, fmtNumber(x)), x / most);
    });
  });
  weights[picked].forEach((weight, j) => {
    setText(heads[j], `${fmtNumber(weight)} × v${SMALL[j]}`);
  });
  setText(heads[2], `sum z${SMALL[picked]}`);
}

function sentence({ words, scaled }, { picked, divisor, dots, scores, weights, otherWeights }) {
  const pair = (numbers, format) => numbers.map((x) => format(x)).join(" and ");
  const [first, second] = weights[picked].map((w) => fmtNumber(w));
  const products = pair(dots[picked], short);
  const others = pair(otherWeights[picked], (w) => fmtNumber(w));
  return (
    `“${words[picked]}” takes ${first} of the value of “${words[0]}” and ${second} of that of “${words[1]}”. ` +
    (scaled
      ? `The scores ${products}, divided by ${short(divisor)}, are ${pair(scores[picked], short)}; ` +
        `without the division the weights would be ${others}.`
      : `The scores ${products} are not divided; divided by ${short(divisor)} they would give ` +
        `the weights ${others}.`)
  );
}

function layout(view) {
  const { word, dK, scaled, vectors, zeros, again, products, steps, sumName, sum } = view;
  const step = (...children) => h("div", { class: "ac-step" }, ...children);
  return panel(
    "Worked example",
    h(
      "p",
      { class: "ac-note" },
      "Change any number: all that follows is worked out again. The well-known figure gives the scores 112 and 96 and d_k = 64, not the numbers of the vectors; the first ones here are ours, chosen to give those scores.",
    ),
    h(
      "div",
      { class: "ac-controls" },
      word.node,
      dK.node,
      h("div", { class: "ac-we-tick" }, scaled.node),
    ),
    h("div", { class: "ac-step ac-we-words" }, ...vectors.nodes),
    h("div", { class: "ac-we-foot" }, zeros, again),
    step(
      h("p", { class: "ac-name" }, "Scores and weights"),
      ...products,
      scroller("Scores and weights", steps.table.node),
    ),
    step(sumName, scroller("The weighted sum", sum.table.node)),
    view.summary.node,
  );
}

function render({ model, el }) {
  const start = () => writeState(model, { ...model.get("start") });
  const view = {
    ...controlsOf(model),
    vectors: vectorsOf(model),
    zeros: h("p", { class: "ac-note" }),
    again: h("button", { type: "button", onclick: start }, "Back to the first numbers"),
    products: SMALL.map(() => h("p", { class: "ac-we-product" })),
    steps: stepTable(),
    sum: sumTable(model.get("value")[0].length),
    sumName: h("p", { class: "ac-name" }),
    summary: summaryLine(),
  };
  el.append(layout(view));
  return live(model, [...STATE, "start"], () => update(model, view), view.summary.stop);
}

export default { compute, render };
