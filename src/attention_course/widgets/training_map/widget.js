// Chapter 1: move through the steps of a training, and see words find their neighbours.

import { checkbox, select, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtCount, fmtNumber, visible } from "../shared/format.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { compute, STATE, spanOf } from "./compute.js";

const MARKS = "●■▲◆▼★✖"; // one for each kind

function controlsOf(model) {
  const { steps, words } = model.get("recording");
  const step = slider({
    label: "Training step",
    min: 0,
    max: steps.length - 1,
    value: model.get("step"),
    text: (n) => `after step ${fmtCount(steps[n])}`,
    show: (n) => fmtCount(steps[n]),
    onInput: (n) => writeState(model, { step: n }),
  });
  const word = select({
    label: "Word",
    options: words.map((name, n) => [n, name]),
    value: model.get("word"),
    onInput: (n) => writeState(model, { word: Number(n) }),
  });
  return { step, word };
}

// A mark for each word; one that is clicked is the picked word. The list of words and the
// table say the same to those who do not see the map.
function mapOf(model) {
  const recording = model.get("recording");
  const names = [...new Set(recording.kinds)];
  const label = h("span", { class: "ac-tm-label" });
  const dots = recording.words.map((word, n) => {
    const kind = names.indexOf(recording.kinds[n]);
    return h(
      "span",
      {
        class: `ac-tm-dot ac-tm-kind-${kind}`,
        title: `${visible(word)}, ${recording.kinds[n]}`,
        "data-word": visible(word),
        onclick: () => writeState(model, { word: n }),
      },
      MARKS[kind],
    );
  });
  const node = h("div", { class: "ac-tm-map", role: "img" }, ...dots, label);
  const named = checkbox({
    label: "Name all words",
    value: false,
    onInput: (on) => node.classList.toggle("ac-tm-named", on),
  });
  return { node, dots, label, names, named, span: spanOf(recording) };
}

function drawMap({ node, dots, label, names, span }, { recording, word }, { points, nearest }) {
  points.forEach(([x, y], n) => {
    const dot = dots[n];
    const rank = nearest.indexOf(n);
    dot.style.left = `${50 + (46 * x) / span}%`;
    dot.style.top = `${50 - (46 * y) / span}%`;
    setText(dot, rank < 0 ? MARKS[names.indexOf(recording.kinds[n])] : String(rank + 1));
    dot.classList.toggle("ac-tm-near", rank >= 0);
    dot.classList.toggle("ac-tm-now", n === word);
  });
  const { left, top } = dots[word].style;
  const toTheRight = points[word][0] < 0;
  label.style.left = toTheRight ? `calc(${left} + 0.9em)` : "auto";
  label.style.right = toTheRight ? "auto" : `calc(100% - ${left} + 0.9em)`;
  label.style.top = top;
  setText(label, visible(recording.words[word]));
  const told = nearest.map((n) => visible(recording.words[n])).join(", ");
  node.setAttribute(
    "aria-label",
    `map of ${points.length} words; nearest to ${visible(recording.words[word])}: ${told}`,
  );
}

function legendOf({ kinds }) {
  const lines = kinds.map(({ name }, n) => {
    const mark = h("span", { class: `ac-tm-kind-${n}`, "aria-hidden": "true" }, MARKS[n]);
    const count = h("strong", {});
    return { count, node: h("li", {}, mark, " ", h("span", {}, `${name}: `), count) };
  });
  return { lines, node: h("ul", { class: "ac-tm-legend" }, ...lines.map(({ node }) => node)) };
}

function tableOf({ recording, word }, { nearest, cosines }) {
  const table = numberTable({
    caption: "cosine 1 is the same direction",
    corner: `nearest to ${visible(recording.words[word])}`,
    rows: nearest.map((n, rank) => `${rank + 1} ${visible(recording.words[n])}`),
    columns: ["kind", "cosine"],
    className: "ac-tm-nearest",
  });
  nearest.forEach((n, row) => {
    table.setCell(row, 0, recording.kinds[n]);
    paint(table.setCell(row, 1, fmtNumber(cosines[n])), cosines[n]);
  });
  return table.node;
}

function sentence({ recording, step, word }, { nearest, cosines, right }) {
  const told = (n) => `“${visible(recording.words[n])}” (${fmtNumber(cosines[n])})`;
  return (
    `After step ${fmtCount(recording.steps[step])}, nearest to “${visible(recording.words[word])}” ` +
    `are ${nearest.map(told).join(", ")}. Of ${recording.words.length} words, ${right} have a ` +
    "word of their own kind for their nearest."
  );
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  view.controls.step.set(state.step);
  view.controls.word.set(state.word);
  drawMap(view.map, state, result);
  result.kinds.forEach(({ n, right }, i) => {
    setText(view.legend.lines[i].count, `${right} of ${n}`);
  });
  view.tableBox.replaceChildren(tableOf(state, result));
  view.summary.say(sentence(state, result));
}

function layout({ controls, map, legend, tableBox, summary }) {
  const name = (text) => h("p", { class: "ac-name" }, text);
  return panel(
    "Vectors in training",
    h(
      "p",
      { class: "ac-note" },
      "Move through the training and watch the words. Pick one from the list or on the map; 1 to 5 mark the words nearest to it.",
    ),
    h("div", { class: "ac-controls" }, controls.step.node, controls.word.node),
    h(
      "div",
      { class: "ac-tm-both" },
      h("div", {}, map.node, map.named.node),
      h("div", {}, name("Words whose nearest is of their own kind"), legend.node, tableBox),
    ),
    summary.node,
  );
}

function render({ model, el }) {
  const view = {
    controls: controlsOf(model),
    map: mapOf(model),
    legend: legendOf(compute(readState(model, STATE))),
    tableBox: scroller("Nearest words"),
    summary: summaryLine(),
  };
  el.append(layout(view));
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
