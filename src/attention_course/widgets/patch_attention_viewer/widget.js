// Chapter 5: pick who looks, the class token or a patch, and see where its weights go.

import { checkbox, numberOf, select } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { range } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { compute, nameOf, STATE } from "./compute.js";
import { drawScan, scanOf } from "./scan.js";

function controlsOf(model) {
  const recordings = model.get("recordings");
  const scan = select({
    label: "Scan",
    options: recordings.map(({ label }, n) => [n, `scan ${n}: a ${label}`]),
    value: model.get("picked"),
    onInput: (n) => writeState(model, { picked: Number(n) }),
  });
  const layer = numberOf(model, "layer", recordings[0].n_layers);
  const head = numberOf(model, "head", recordings[0].n_heads);
  return { scan, layer, head };
}

function tablesOf({ rows, columns, probabilities }) {
  const weights = numberTable({
    caption: "each patch's weight, where it is on the scan",
    corner: "row",
    rows: range(rows).map(String),
    columns: range(columns).map(String),
    className: "ac-pa-weights",
  });
  const classes = numberTable({
    caption: "the model's probability of each digit",
    columns: probabilities.map((_, n) => String(n)),
    nRows: 1,
    className: "ac-pa-classes",
  });
  return { weights, classes };
}

// The class token looks when its button is pressed.
function classButton(onLook) {
  const share = h("span", { class: "ac-value" });
  const node = h(
    "button",
    { type: "button", class: "ac-pa-class", onclick: () => onLook(0) },
    "class token ",
    share,
  );
  return { node, share };
}

function writeTables({ weights, classes }, { recording, patches, shares, token }) {
  const { columns, probabilities } = recording;
  patches.forEach((weight, n) => {
    const cell = weights.setCell(Math.floor(n / columns), n % columns, fmtNumber(weight, 3));
    paint(cell, shares[n], false);
    cell.classList.toggle("ac-pa-now", n === token - 1);
  });
  probabilities.forEach((p, n) => {
    paint(classes.setCell(0, n, fmtNumber(p)), p, false);
  });
}

function sentence({ layer, head }, result) {
  const { recording, token, row, order, predicted, probability, right } = result;
  const named = (t) => nameOf(t, recording.columns);
  const place = (t) => `${t === token && t ? "itself" : named(t)}, ${fmtNumber(row[t], 3)}`;
  const then = order.length > 1 ? `, then ${place(order[1])}` : "";
  return (
    `The model reads this ${recording.label} as ${predicted} with probability ${fmtNumber(probability)}, which is ` +
    `${right ? "right" : "wrong"}. In layer ${layer}, head ${head}, ${named(token)} gives the most weight to ` +
    `${place(order[0])}${then}; equal weights would be ${fmtNumber(1 / row.length, 3)} each.`
  );
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  const { recording, token, row, classWeight, predicted, probability, right } = result;
  const named = nameOf(token, recording.columns);
  view.controls.scan.set(state.picked);
  view.controls.layer.set(state.layer);
  view.controls.head.set(state.head);
  drawScan(view.scan, result, view.overlaid.input.checked);
  view.scan.picker.set(
    token
      ? `${named} looks; it gives itself weight ${fmtNumber(row[token], 3)}`
      : "none: the class token looks",
  );
  setText(view.lookName, `Layer ${state.layer}, head ${state.head}: what ${named} looks at`);
  setText(view.classToken.share, fmtNumber(classWeight, 3));
  view.classToken.node.setAttribute("aria-pressed", String(token === 0));
  const verdict = right ? "right" : `wrong, it is a ${recording.label}`;
  const chance = fmtNumber(probability);
  setText(view.readName, `Read as ${predicted}, with probability ${chance}: ${verdict}`);
  writeTables(view.tables, result);
  view.summary.say(sentence(state, result));
}

function layout({ controls, scan, overlaid, classToken, tables, lookName, readName, summary }) {
  const note = (text) => h("p", { class: "ac-note" }, text);
  const step = (...children) => h("div", { class: "ac-step" }, ...children);
  return panel(
    "Patch attention viewer",
    note(
      "Pick who looks: the class token, from which the model reads the digit, or a patch. Click the scan, or focus it and use the arrow keys. All counts start from 0.",
    ),
    h("div", { class: "ac-controls" }, ...Object.values(controls).map(({ node }) => node)),
    step(readName, scroller("Probability of each digit", tables.classes.node)),
    step(lookName),
    h(
      "div",
      { class: "ac-pa-pair" },
      h("div", { class: "ac-pa-left" }, scan.canvas, overlaid.node),
      h(
        "div",
        { class: "ac-pa-right" },
        scroller("Weights on the patches", tables.weights.node),
        h("p", {}, classToken.node),
        note(
          "The colour is the patch's share of the largest weight on a patch. All weights together, the class token's included, are 1.",
        ),
      ),
    ),
    summary.node,
  );
}

function render({ model, el }) {
  const draw = () => update(model, view);
  const look = (token) => {
    if (model.get("token") !== token) writeState(model, { token });
  };
  const view = {
    controls: controlsOf(model),
    scan: scanOf(model, look),
    overlaid: checkbox({ label: "Weights on the scan", value: true, onInput: draw }),
    classToken: classButton(look),
    tables: tablesOf(model.get("recordings")[0]),
    lookName: h("p", { class: "ac-name" }),
    readName: h("p", { class: "ac-name" }),
    summary: summaryLine(),
  };
  el.append(layout(view));
  return live(model, STATE, draw, view.summary.stop);
}

export default { compute, render };
