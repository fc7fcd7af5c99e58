// Chapter 4: move two positions, and see their vectors, their waves and how alike they are.

import { slider } from "../shared/controls.js";
import { h, panel } from "../shared/dom.js";
import { fmtCount, fmtNumber, plural } from "../shared/format.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { scroller } from "../shared/tables.js";
import { compute, N_POSITIONS, STATE } from "./compute.js";
import { curveOf, drawCurve } from "./curve.js";
import { drawVectors, numbersTable, places, similarityTable, vectorsOf } from "./vectors.js";

function position(model, name, label) {
  return slider({
    label,
    min: 0,
    max: N_POSITIONS - 1,
    value: model.get(name),
    text: (t) => `position ${t}`,
    number: true,
    onInput: (t) => writeState(model, { [name]: t }),
  });
}

function controlsOf(model) {
  const dModel = slider({
    label: "Numbers in a vector, d_model",
    min: 2,
    max: 64,
    step: 2,
    value: model.get("d_model"),
    text: (d) => `${d} numbers in a vector`,
    onInput: (d) => writeState(model, { d_model: d }),
  });
  // The slider moves the exponent: each factor of ten is as far as the next.
  const base = slider({
    label: "Base",
    min: 0,
    max: 6,
    step: 0.25,
    value: Math.log10(model.get("base")),
    text: () => `base ${fmtCount(model.get("base"))}`,
    show: () => fmtCount(model.get("base")),
    onInput: (x) => writeState(model, { base: Number((10 ** x).toPrecision(2)) }),
  });
  return {
    first: position(model, "first", "First position"),
    second: position(model, "second", "Second position"),
    dModel,
    base,
  };
}

// A long table, written only while somebody looks.
function onRequest(model, title, name, tableOf) {
  const place = scroller(name);
  const write = () => {
    if (!node.open) return;
    const state = readState(model, STATE);
    place.replaceChildren(tableOf(state, compute(state)).node);
  };
  const node = h(
    "details",
    { ontoggle: write },
    h("summary", {}, title),
    h("div", { class: "ac-wave-table" }, place),
  );
  return { node, write };
}

function longTables(model) {
  return [
    onRequest(
      model,
      "Read the numbers of the two vectors",
      "Numbers of the two vectors",
      numbersTable,
    ),
    onRequest(model, "Read the curve as a table", "Similarity by distance", similarityTable),
  ];
}

function curveWords({ cosine, distance, cosines }) {
  return (
    `Line: the cosine is 1 at distance 0, ${fmtNumber(cosine)} at distance ${distance}, ` +
    `${fmtNumber(cosines[99])} at distance 99; all values stand in the table below`
  );
}

function sentence({ first, second }, { distance, dot, cosine, wavelengths }) {
  const apart = `${plural(distance, "position", "positions")} apart`;
  const [shortest, longest] = [places(wavelengths[0]), places(wavelengths.at(-1))];
  const waves =
    wavelengths.length === 1
      ? `The one wave is ${shortest} places long.`
      : `The waves are ${shortest} to ${longest} positions long.`;
  return (
    `Positions ${first} and ${second} are ${apart}. The dot product of their vectors is ` +
    `${fmtNumber(dot)}, their cosine ${fmtNumber(cosine)}, as for any two positions ${apart}. ${waves}`
  );
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  view.controls.first.set(state.first);
  view.controls.second.set(state.second);
  view.controls.dModel.set(state.d_model);
  view.controls.base.set(Math.log10(state.base));
  drawVectors(view.vectors, state, result);
  drawCurve(view.curve, result, curveWords(result));
  for (const table of view.tables) table.write();
  view.summary.say(sentence(state, result));
}

function layout({ controls, vectors, curve, tables, summary }) {
  const name = (text) => h("p", { class: "ac-name" }, text);
  const step = (...children) => h("div", { class: "ac-step" }, ...children);
  return panel(
    "Position explorer",
    h(
      "p",
      { class: "ac-note" },
      "Move two positions along the sequence. Each pair of dimensions is a wave, a sine beside a cosine; the later the pair, the longer the wave.",
    ),
    h("div", { class: "ac-controls" }, ...Object.values(controls).map(({ node }) => node)),
    step(name("Vectors: blue is −1, orange is 1"), ...vectors.rows.map(({ node }) => node)),
    step(name("Waves: one for each pair of dimensions"), vectors.place),
    step(
      name("Similarity: the cosine of any two positions, by their distance"),
      curve.node,
      h("p", { class: "ac-note ac-wave-below", "aria-hidden": "true" }, "distance in positions"),
    ),
    summary.node,
    ...tables.map(({ node }) => node),
  );
}

function render({ model, el }) {
  const view = {
    controls: controlsOf(model),
    vectors: vectorsOf(),
    curve: curveOf(),
    tables: longTables(model),
    summary: summaryLine(),
  };
  el.append(layout(view));
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
