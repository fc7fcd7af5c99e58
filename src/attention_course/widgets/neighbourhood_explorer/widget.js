// Chapter 5: pick a cell of a grid, and see which cells it attends to and what that saves.

import { h, panel } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { flatIndex, placeOf, product } from "../shared/grid.js";
import { live, readState, summaryLine } from "../shared/state.js";
import { factsTable, scroller } from "../shared/tables.js";
import { compute, STATE } from "./compute.js";
import { AXES, controlsOf, setControls } from "./controls.js";
import { askingOf, drawAsking, drawSeen, seenOf } from "./grids.js";

const cellText = (cell) => `(${cell.join(", ")})`;
const signed = (n) => (n < 0 ? `−${-n}` : String(n));

function factsOf() {
  const axes = factsTable({
    caption: "Along each axis",
    corner: "axis",
    rows: AXES,
    columns: ["the query maps to", "window", "inside C", "cut off"],
    nCounts: 0,
  });
  const costs = factsTable({
    caption: "Scores, for one head",
    corner: "who asks",
    rows: ["this query", "all cells of X"],
    columns: ["nearby", "full", "full ÷ nearby"],
    nCounts: 3,
  });
  return { axes, costs };
}

// How many cells of the window the border cuts off along an axis.
const lostAlong = (axis, { extent }, { windows }) =>
  2 * extent[axis] - windows[axis].last + windows[axis].first;

function writeAxes(axes, state, result) {
  const { context, cell, windows } = result;
  windows.forEach(({ centre, first, last }, axis) => {
    const e = state.extent[axis];
    const lost = lostAlong(axis, state, result);
    const maps = `⌊${cell[axis]} · ${context[axis]} ÷ ${state.sizes[axis]}⌋ = ${centre}`;
    axes.setCell(axis, 0, maps);
    axes.setCell(axis, 1, `${signed(centre - e)} to ${centre + e}`);
    axes.setCell(axis, 2, `${first} to ${last}`);
    axes.setCell(axis, 3, lost ? `${lost} of ${2 * e + 1}` : "nothing");
  });
}

function writeCosts(costs, { causal, sizes }, { context, cell, counts, times }) {
  const own = causal ? flatIndex(cell, sizes) + 1 : product(context);
  [
    [counts.query, own, own / counts.query],
    [counts.nearby, counts.full, times],
  ].forEach(([nearby, full, ratio], i) => {
    costs.setCell(i, 0, fmtCount(nearby));
    costs.setCell(i, 1, fmtCount(full));
    costs.setCell(i, 2, `${fmtNumber(ratio, 1)} ×`);
  });
}

function sentence(state, result) {
  const { context, cell, mapped, neighbours, later, weights, counts, times } = result;
  const cut = AXES.filter((_, axis) => lostAlong(axis, state, result) > 0);
  const clipped = cut.length
    ? ` The border cuts the window along ${cut.join(" and ")}.`
    : " No border cuts the window.";
  const best = neighbours.reduce((a, b) => (weights[b] > weights[a] ? b : a));
  const causally = state.causal ? `, and leaves out ${later.length} later ones` : "";
  return (
    `Query ${cellText(cell)} of X maps to ${cellText(mapped)} of C and scores ${fmtCount(counts.query)} of the ` +
    `${fmtCount(counts.window)} cells of its window${causally}.${clipped} The most weight, ` +
    `${fmtNumber(weights[best])}, is on ${cellText(placeOf(best, context))}. All cells of X together: ` +
    `${fmtCount(counts.nearby)} scores; full attention ${fmtCount(counts.full)}, ${fmtNumber(times, 1)} times as many.`
  );
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  setControls(view.controls, state, result);
  drawAsking(view.asking, state.sizes, result.cell);
  drawSeen(view.seen, result);
  writeAxes(view.facts.axes, state, result);
  writeCosts(view.facts.costs, state, result);
  view.summary.say(sentence(state, result));
}

function layout({ controls, asking, seen, facts, summary }) {
  const note = (text) => h("p", { class: "ac-note" }, text);
  const step = (...children) => h("div", { class: "ac-step" }, ...children);
  const { grid, itself, context, extent, cell, causal } = controls;
  return panel(
    "Neighbourhood explorer",
    note(
      "A cell of the grid X asks, cells of the context C answer. Pick the asking cell: click X, or focus it and use the arrow keys, Page Up and Page Down. All counts start from 0.",
    ),
    h(
      "div",
      { class: "ac-ne-controls" },
      ...[grid, itself, context, extent, cell, causal].map(({ node }) => node),
    ),
    step(h("p", { class: "ac-name" }, "X: the query, Q"), asking.picker.node),
    step(
      seen.name,
      note(
        "Numbers are weights, the stronger the colour the larger; ● marks the cell that the query maps to, × what is later than the query. The vectors behind them are random: a trained layer would choose, this one only shows the window.",
      ),
      seen.place,
    ),
    summary.node,
    step(scroller("Along each axis", facts.axes.node)),
    step(scroller("Scores", facts.costs.node)),
  );
}

function render({ model, el }) {
  const view = {
    controls: controlsOf(model),
    asking: askingOf(model),
    seen: seenOf(),
    facts: factsOf(),
    summary: summaryLine(),
  };
  el.append(layout(view));
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
