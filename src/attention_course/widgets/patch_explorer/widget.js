// Chapter 1: pick a block of a photo, and follow it to a token.

import { select, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtCount, plural } from "../shared/format.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { factsTable, scroller } from "../shared/tables.js";
import { blockOf, drawBlock } from "./block.js";
import { compute, STATE } from "./compute.js";
import { drawPhoto, photoOf } from "./photo.js";

// A new patch size keeps the place: the block that holds the old one's middle.
function resize(model, P) {
  const { row, column } = compute(readState(model, STATE));
  const half = model.get("patch") / 2;
  const at = (index) => Math.floor((index * 2 * half + half) / P);
  const nColumns = model.get("width") / P;
  writeState(model, { patch: P, picked: at(row) * nColumns + at(column) });
}

function controlsOf(model) {
  const patch = select({
    label: "Patch size P",
    options: model.get("patch_choices").map((P) => [P, `${P} × ${P} pixels`]),
    value: model.get("patch"),
    onInput: (P) => resize(model, Number(P)),
  });
  const dModel = slider({
    label: "Embedding size d",
    min: 1,
    max: 1000,
    value: model.get("d_model"),
    text: (d) => `${plural(d, "number", "numbers")} a token`,
    number: true,
    onInput: (d) => writeState(model, { d_model: d }),
  });
  const nPictures = slider({
    label: "Pictures M",
    min: 1,
    max: 64,
    value: model.get("n_pictures"),
    text: (M) => plural(M, "picture", "pictures"),
    onInput: (M) => writeState(model, { n_pictures: M }),
  });
  return { patch, dModel, nPictures };
}

function factsOf() {
  const shapes = factsTable({
    caption: "Shapes, for M pictures",
    corner: "Step",
    rows: ["Pictures (M, H, W)", "Blocks, flattened (M, N, P²)", "Tokens (M, N, d)"],
    columns: ["Shape", "Numbers"],
  });
  const costs = factsTable({
    caption: "Numbers to learn, for one projection",
    corner: "Each pixel as",
    rows: ["one brightness, as is done in practice", "a one-hot row of 256 grey levels"],
    columns: ["Formula", "Count"],
  });
  costs.setCell(0, 0, "P² · d + d");
  costs.setCell(1, 0, "P² · 256 · d");
  return { shapes, costs };
}

function writeFacts({ shapes, costs }, result) {
  result.shapes.forEach((shape, i) => {
    shapes.setCell(i, 0, `(${shape.join(", ")})`);
    shapes.setCell(i, 1, fmtCount(shape.reduce((all, size) => all * size, 1)));
  });
  costs.setCell(0, 1, fmtCount(result.parameters));
  costs.setCell(1, 1, fmtCount(result.oneHotWeights));
}

function sentence({ patch: P, d_model }, { nTokens, parameters, oneHotWeights }) {
  return (
    `${P} × ${P} blocks make each picture a sequence of ${fmtCount(nTokens)} ` +
    `${nTokens === 1 ? "token" : "tokens"} of ${fmtCount(d_model)} ` +
    `${d_model === 1 ? "number" : "numbers"}. The projection learns ${fmtCount(parameters)} numbers; ` +
    `with one-hot grey levels it would be ${fmtCount(oneHotWeights)}.`
  );
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  view.controls.patch.set(state.patch);
  view.controls.dModel.set(state.d_model);
  view.controls.nPictures.set(state.n_pictures);
  const { nRows, nColumns, nTokens } = result;
  setText(view.cutName, `Cut: ${nRows} × ${nColumns} = ${fmtCount(nTokens)} blocks`);
  drawPhoto(view.photo, result, state.patch);
  drawBlock(view.block, result, state.patch);
  writeFacts(view.facts, result);
  view.summary.say(sentence(state, result));
}

function layout({ controls, cutName, photo, block, facts, summary }) {
  const name = (text) => h("p", { class: "ac-name" }, text);
  const note = (text) => h("p", { class: "ac-note" }, text);
  const step = (...children) => h("div", { class: "ac-step" }, ...children);
  return panel(
    "Patch explorer",
    note(
      "Pick a block: click the photo, or focus it and use the arrow keys. Rows, columns and blocks count from 0.",
    ),
    h("div", { class: "ac-controls" }, ...Object.values(controls).map(({ node }) => node)),
    h(
      "div",
      { class: "ac-pair" },
      h("div", { class: "ac-step ac-photo-box" }, cutName, photo.canvas),
      h("div", { class: "ac-step ac-block-box" }, block.name, block.place),
    ),
    step(name("Flatten: the block, row after row, is a vector"), block.flat),
    step(
      name("Project: the vector times a weight is a token"),
      note(
        "A trained projection learns d columns of P² weights; each gives one number of the token. These four are drawn by hand instead, from cosines (white adds, black takes away), so that you can see what a column measures.",
      ),
      h("div", { class: "ac-columns ac-step" }, ...block.columns.map(({ node }) => node)),
    ),
    step(scroller("Shapes", facts.shapes.node)),
    step(scroller("Numbers to learn", facts.costs.node)),
    summary.node,
  );
}

function render({ model, el }) {
  const view = {
    controls: controlsOf(model),
    cutName: h("p", { class: "ac-name" }),
    photo: photoOf(model),
    block: blockOf(),
    facts: factsOf(),
    summary: summaryLine(),
  };
  el.append(layout(view));
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
