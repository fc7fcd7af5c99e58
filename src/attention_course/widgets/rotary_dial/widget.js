// Chapter 6: turn a query and a key by their positions, on one dial for each pair of numbers.

import { checkbox, select, slider } from "../shared/controls.js";
import { h, panel } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { clamp, range } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["first", "second", "base"];
const QUERY = [1, 0, 1, 0, 1, 0];
const KEY = [0.8, 0.6, 0.6, 0.8, 1, 0];
const BASES = [10, 100, 1_000, 10_000];
const LAST = 63;
const TOLD = [0, 1, 2, 4, 8, 16, 32, 63]; // differences whose scores are listed
const DEGREES = 180 / Math.PI;

const speedOf = (m, base) => base ** (-m / 3); // radians a position

function turned(numbers, place, base) {
  return range(3).flatMap((m) => {
    const angle = place * speedOf(m, base);
    const [a, b] = numbers.slice(2 * m, 2 * m + 2);
    return [a * Math.cos(angle) - b * Math.sin(angle), a * Math.sin(angle) + b * Math.cos(angle)];
  });
}

const productsOf = (query, key) =>
  range(3).map((m) => query[2 * m] * key[2 * m] + query[2 * m + 1] * key[2 * m + 1]);
const sumOf = (numbers) => numbers.reduce((sum, x) => sum + x, 0);

// All arithmetic: numbers in, numbers out.
function compute({ first, second, base }) {
  const [query, key] = [turned(QUERY, first, base), turned(KEY, second, base)]; // (6,) each
  const products = productsOf(query, key);
  const angle = (x, m) => (Math.atan2(x[2 * m + 1], x[2 * m]) * DEGREES + 360) % 360;
  return {
    query,
    key,
    speeds: range(3).map((m) => speedOf(m, base) * DEGREES),
    angles: [query, key].map((x) => range(3).map((m) => angle(x, m))), // (2, 3)
    products,
    score: sumOf(products),
    scores: TOLD.map((steps) => sumOf(productsOf(turned(QUERY, steps, base), KEY))),
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
    const line = svg("line", { x1: 0, y1: 0, class: `ac-drawn ac-dial-${name}` });
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
  if (!view.tied) return writeState(model, { [name]: to });
  const other = name === "first" ? "second" : "first";
  const [from, at] = [model.get(name), model.get(other)];
  const step = clamp(to - from, -at, LAST - at);
  writeState(model, { [name]: from + step, [other]: at + step });
  // Where the other one stops it, the slider that was moved goes back to its position.
  return view.controls[name].set(from + step);
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
    base: select({
      label: "Base",
      options: BASES.map((base) => [base, fmtCount(base)]),
      value: model.get("base"),
      onInput: (base) => writeState(model, { base: Number(base) }),
    }),
    tied: checkbox({
      label: "Move both together",
      value: view.tied,
      onInput: (on) => {
        view.tied = on;
      },
    }),
  };
}

function tablesOf() {
  const hands = numberTable({
    caption: "angles in degrees, a turn for each position; the products add up to the score",
    corner: "pair",
    rows: [...range(3).map(String), "sum"],
    columns: ["a turn", "query", "key", "product"],
    className: "ac-dial-hands",
  });
  const distances = numberTable({
    caption: "the score of any query that stands so many positions after the key",
    corner: "positions",
    rows: ["score"],
    columns: TOLD.map(String),
    className: "ac-dial-distances",
  });
  return { hands, distances };
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  for (const name of STATE) view.controls[name].set(state[name]);
  const { hands, distances } = view.tables;
  view.dials.forEach((one, m) => {
    drawDial(one, m, result);
    hands.setCell(m, 0, `${fmtNumber(result.speeds[m], 1)}°`);
    hands.setCell(m, 1, `${fmtNumber(result.angles[0][m], 0)}°`);
    hands.setCell(m, 2, `${fmtNumber(result.angles[1][m], 0)}°`);
    paint(hands.setCell(m, 3, fmtNumber(result.products[m])), result.products[m]);
  });
  hands.setCell(3, 3, fmtNumber(result.score));
  result.scores.forEach((score, n) => {
    paint(distances.setCell(0, n, fmtNumber(score)), score / 3); // 3 is the largest possible
  });
  const { first, second } = state;
  view.summary.say(
    `The query stands at position ${first}, the key at ${second}: query minus key is ` +
      `${fmtNumber(first - second, 0)}. The score is ${fmtNumber(result.score)}, as for any two ` +
      "positions with that difference.",
  );
}

function render({ model, el }) {
  const view = { tied: false, dials: range(3).map(dial), tables: tablesOf() };
  view.summary = summaryLine();
  view.controls = controlsOf(model, view);
  el.append(
    panel(
      "Rotary dial",
      h(
        "p",
        { class: "ac-note" },
        "A query and a key of six numbers, taken as three pairs. Each pair is a hand that its position turns, the first one fast, the last one slowly. The query's hands are whole lines, the key's are dashed.",
      ),
      h("div", { class: "ac-controls" }, ...Object.values(view.controls).map(({ node }) => node)),
      h("div", { class: "ac-dials" }, ...view.dials.map(({ node }) => node)),
      scroller("Hands and products", view.tables.hands.node),
      h("div", { class: "ac-step" }, scroller("Scores by distance", view.tables.distances.node)),
      view.summary.node,
    ),
  );
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
