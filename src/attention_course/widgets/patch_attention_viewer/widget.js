// Chapter 5: which patches of a scanned digit a vision transformer looks at.

import { drawGrey, markBox, overlay, partAt } from "../shared/canvas.js";
import { checkbox, numberOf, select } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { cellPicker } from "../shared/grid.js";
import { clamp } from "../shared/numbers.js";
import { decodeBytes, recordedRow } from "../shared/recordings.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["recordings", "picked", "layer", "head", "token"];
const ACROSS = 288; // canvas pixels of the longer side of a scan

// All arithmetic: numbers in, numbers out.
function compute({ recordings, picked, layer, head, token }) {
  const recording = recordings[clamp(picked, 0, recordings.length - 1)];
  const { rows, columns, n_heads, label, probabilities } = recording;
  const T = 1 + rows * columns;
  const at = clamp(token, 0, T - 1);
  const row = recordedRow(recording, (layer * n_heads + head) * T + at, T); // (T,)
  const patches = row.slice(1); // (N,), row after row of the scan
  const top = Math.max(...patches);
  const likeliest = Math.max(...probabilities);
  const predicted = probabilities.indexOf(likeliest);
  return {
    recording,
    token: at,
    row,
    patches,
    classWeight: row[0],
    // Each patch's weight as a share of the largest one.
    shares: patches.map((weight) => (top ? weight / top : 0)),
    // The tokens, the most weight first.
    order: row.map((_, j) => j).sort((a, b) => row[b] - row[a] || a - b),
    predicted,
    probability: likeliest,
    right: predicted === label,
  };
}

function render({ model, el }) {
  const recordings = model.get("recordings");
  const { height, width, rows, columns, n_layers: nLayers, n_heads: nHeads } = recordings[0];
  const N = rows * columns;
  const range = (n) => Array.from({ length: n }, (_, i) => i);
  const look = (token) => {
    if (model.get("token") !== token) writeState(model, { token });
  };
  const placeOf = (token) => [0, Math.floor((token - 1) / columns), (token - 1) % columns];
  const named = (token) => {
    const [, r, c] = placeOf(token);
    return token ? `patch ${token - 1} (row ${r}, column ${c})` : "the class token";
  };

  const scan = select({
    label: "Scan",
    options: recordings.map(({ label }, n) => [n, `scan ${n}: a ${label}`]),
    value: model.get("picked"),
    onInput: (n) => writeState(model, { picked: Number(n) }),
  });
  const layer = numberOf(model, "layer", nLayers);
  const head = numberOf(model, "head", nHeads);

  // Who looks: the class token, a button, or a patch, on the scan itself.
  const classShare = h("span", { class: "ac-value" });
  const classButton = h(
    "button",
    { type: "button", class: "ac-pa-class", onclick: () => look(0) },
    "class token ",
    classShare,
  );
  const scale = Math.max(1, Math.floor(ACROSS / Math.max(height, width)));
  const canvas = h("canvas", { class: "ac-pa-scan", height: height * scale, width: width * scale });
  const patch = cellPicker(canvas, {
    label: "The patch that looks; arrow keys move it over the scan",
    sizes: () => [1, rows, columns],
    cell: () => placeOf(Math.max(model.get("token"), 1)),
    onPick: ([, r, c]) => look(1 + r * columns + c),
  });
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const r = partAt(event.clientY, box.top, box.height, rows);
    look(1 + r * columns + partAt(event.clientX, box.left, box.width, columns));
  });
  const overlaid = checkbox({ label: "Weights on the scan", value: true, onInput: () => update() });
  function draw({ recording, shares, token }) {
    const context = drawGrey(canvas, decodeBytes(recording.image), height, width);
    if (overlaid.input.checked) overlay(context, shares, rows, columns);
    const [dx, dy] = [canvas.width / columns, canvas.height / rows];
    context.fillStyle = "rgba(255, 255, 255, 0.45)";
    range(columns).forEach((c) => c && context.fillRect(Math.round(c * dx), 0, 1, canvas.height));
    range(rows).forEach((r) => r && context.fillRect(0, Math.round(r * dy), canvas.width, 1));
    const [, r, c] = placeOf(token);
    if (token) markBox(context, c * dx, r * dy, dx, dy);
  }

  const table = numberTable({
    caption: "each patch's weight, where it is on the scan",
    corner: "row",
    rows: range(rows).map(String),
    columns: range(columns).map(String),
    className: "ac-pa-weights",
  });
  const classes = numberTable({
    caption: "the model's probability of each digit",
    columns: recordings[0].probabilities.map((_, n) => String(n)),
    nRows: 1,
    className: "ac-pa-classes",
  });
  const lookName = h("p", { class: "ac-name" });
  const readName = h("p", { class: "ac-name" });
  const summary = summaryLine();

  function update() {
    const state = readState(model, STATE);
    const result = compute(state);
    const {
      recording,
      token,
      row,
      patches,
      classWeight,
      shares,
      order,
      predicted,
      probability,
      right,
    } = result;
    scan.set(state.picked);
    layer.set(state.layer);
    head.set(state.head);

    draw(result);
    patch.set(
      token
        ? `${named(token)} looks; it gives itself weight ${fmtNumber(row[token], 3)}`
        : "none: the class token looks",
    );
    setText(lookName, `Layer ${state.layer}, head ${state.head}: what ${named(token)} looks at`);
    setText(classShare, fmtNumber(classWeight, 3));
    classButton.setAttribute("aria-pressed", String(token === 0));
    patches.forEach((weight, n) => {
      const cell = table.setCell(Math.floor(n / columns), n % columns, fmtNumber(weight, 3));
      paint(cell, shares[n], false);
      cell.classList.toggle("ac-pa-now", n === token - 1);
    });

    setText(
      readName,
      `Read as ${predicted}, with probability ${fmtNumber(probability)}: ${right ? "right" : `wrong, it is a ${recording.label}`}`,
    );
    recording.probabilities.forEach((p, n) => paint(classes.setCell(0, n, fmtNumber(p)), p, false));
    const place = (t) => `${t === token && t ? "itself" : named(t)}, ${fmtNumber(row[t], 3)}`;
    const then = order.length > 1 ? `, then ${place(order[1])}` : "";
    summary.say(
      `The model reads this ${recording.label} as ${predicted} with probability ${fmtNumber(probability)}, which is ` +
        `${right ? "right" : "wrong"}. In layer ${state.layer}, head ${state.head}, ${named(token)} gives the most weight to ` +
        `${place(order[0])}${then}; equal weights would be ${fmtNumber(1 / (N + 1), 3)} each.`,
    );
  }

  el.append(
    panel(
      "Patch attention viewer",
      h(
        "p",
        { class: "ac-note" },
        "Pick who looks: the class token, from which the model reads the digit, or a patch. Click the scan, or focus it and use the arrow keys. All counts start from 0.",
      ),
      h("div", { class: "ac-controls" }, scan.node, layer.node, head.node),
      h("div", { class: "ac-step" }, readName, scroller("Probability of each digit", classes.node)),
      h("div", { class: "ac-step" }, lookName),
      h(
        "div",
        { class: "ac-pa-pair" },
        h("div", { class: "ac-pa-left" }, canvas, overlaid.node),
        h(
          "div",
          { class: "ac-pa-right" },
          scroller("Weights on the patches", table.node),
          h("p", {}, classButton),
          h(
            "p",
            { class: "ac-note" },
            "The colour is the patch's share of the largest weight on a patch. All weights together, the class token's included, are 1.",
          ),
        ),
      ),
      summary.node,
    ),
  );
  return live(model, STATE, update, summary.stop);
}

export default { compute, render };
