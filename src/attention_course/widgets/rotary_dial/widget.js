// Chapter 6: turn a query and a key by their positions, on one dial for each pair of numbers.

import { checkbox, slider } from "../shared/controls.js";
import { h, panel } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { clamp, range } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["first", "second"];
const QUERY = [1, 0, 1, 0, 1, 0];
const KEY = [0.8, 0.6, 0.6, 0.8, 1, 0];
const BASE = 100;
const LAST = 63;

function turned(numbers, place) {
  return range(numbers.length / 2).flatMap((m) => {
    const angle = place * BASE ** ((-2 * m) / numbers.length);
    const [a, b] = numbers.slice(2 * m, 2 * m + 2);
    return [a * Math.cos(angle) - b * Math.sin(angle), a * Math.sin(angle) + b * Math.cos(angle)];
  });
}

// All arithmetic: numbers in, numbers out.
function compute({ first, second }) {
  const [query, key] = [turned(QUERY, first), turned(KEY, second)]; // (6,) each
  const products = range(3).map(
    (m) => query[2 * m] * key[2 * m] + query[2 * m + 1] * key[2 * m + 1],
  );
  const angle = (x, m) => ((Math.atan2(x[2 * m + 1], x[2 * m]) * 180) / Math.PI + 360) % 360;
  return {
    query,
    key,
    angles: [query, key].map((x) => range(3).map((m) => angle(x, m))), // (2, 3)
    products,
    score: products.reduce((sum, x) => sum + x, 0),
  };
}

function svg(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  return node;
}

function dial(m) {
  const picture = svg("svg", { viewBox: "-1.15 -1.15 2.3 2.3", role: "img", class: "ac-dial" });
  picture.append(svg("circle", { r: 1.05, class: "ac-dial-face" }));
  const hands = ["query", "key"].map((name) => {
    const line = svg("line", { x1: 0, y1: 0, class: `ac-dial-${name}` });
    picture.append(line);
    return line;
  });
  const name = h("span", { class: "ac-note" }, `pair ${m}`);
  return { picture, hands, node: h("div", { class: "ac-dial-place" }, name, picture) };
}

function drawDial({ picture, hands }, m, result) {
  [result.query, result.key].forEach((x, n) => {
    hands[n].setAttribute("x2", x[2 * m].toFixed(3));
    hands[n].setAttribute("y2", (-x[2 * m + 1]).toFixed(3)); // up is positive
  });
  const [query, key] = result.angles.map((row) => Math.round(row[m]));
  picture.setAttribute("aria-label", `pair ${m}: query at ${query} degrees, key at ${key} degrees`);
}

// Both positions move by the same step while they are tied, as far as both can.
function move(model, view, name, to) {
  const other = name === "first" ? "second" : "first";
  if (!view.tied) return writeState(model, { [name]: to });
  const [from, at] = [model.get(name), model.get(other)];
  const step = clamp(to - from, -at, LAST - at);
  return writeState(model, { [name]: from + step, [other]: at + step });
}

function controlsOf(model, view) {
  const place = (name, label) =>
    slider({
      label,
      min: 0,
      max: LAST,
      value: model.get(name),
      text: (t) => `position ${t}`,
      onInput: (t) => move(model, view, name, t),
    });
  return {
    first: place("first", "Position of the query"),
    second: place("second", "Position of the key"),
    tied: checkbox({
      label: "Move both together",
      value: view.tied,
      onInput: (on) => {
        view.tied = on;
      },
    }),
  };
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  for (const name of STATE) view.controls[name].set(state[name]);
  view.dials.forEach((one, m) => {
    drawDial(one, m, result);
    view.table.setCell(0, m, `${fmtNumber(result.angles[0][m], 0)}°`);
    view.table.setCell(1, m, `${fmtNumber(result.angles[1][m], 0)}°`);
    paint(view.table.setCell(2, m, fmtNumber(result.products[m])), result.products[m]);
  });
  view.table.setCell(2, 3, fmtNumber(result.score));
  const { first, second } = state;
  view.summary.say(
    `The query stands at position ${first}, the key at ${second}: query minus key is ` +
      `${fmtNumber(first - second, 0)}. The score is ${fmtNumber(result.score)}, as for any two ` +
      "positions with that difference.",
  );
}

function render({ model, el }) {
  const view = { tied: false, dials: range(3).map(dial), summary: summaryLine() };
  view.controls = controlsOf(model, view);
  view.table = numberTable({
    caption: "the products add up to the score",
    corner: "hand",
    rows: ["query's hand", "key's hand", "product"],
    columns: ["pair 0", "pair 1", "pair 2", "sum"],
  });
  el.append(
    panel(
      "Rotary dial",
      h(
        "p",
        { class: "ac-note" },
        "A query and a key of six numbers, as three pairs. Each pair is a hand, turned by its position; the first pair turns fast, the last one slowly. The query's hand is blue, the key's is orange and dashed.",
      ),
      h("div", { class: "ac-controls" }, ...Object.values(view.controls).map(({ node }) => node)),
      h("div", { class: "ac-dials" }, ...view.dials.map(({ node }) => node)),
      scroller("Hands and products", view.table.node),
      view.summary.node,
    ),
  );
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
