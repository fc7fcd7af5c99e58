// What the picked patch of Y looks at: drawn over the frames of C or of Y, and as a table.

import { markBox, overlay } from "../shared/canvas.js";
import { numberOf, select } from "../shared/controls.js";
import { h, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { flatIndex } from "../shared/grid.js";
import { writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { cellsOf } from "./compute.js";
import { strip } from "./strip.js";

const NAMES = { cross: "C", self: "Y" };

// The frames and the table of one kind of look; `of` is "" for Y and "context_" for C.
function lookerOf(recording, kind, of) {
  const [nF, nH, nW] = recording[`${of}extent`].map((e) => 2 * e + 1);
  const heads = (n) => Array.from({ length: n }, () => h("span", {}));
  const [rows, columns] = [heads(nF * nH), heads(nW)];
  const table = numberTable({
    caption: `weights on the patches near it in ${NAMES[kind]}; – where there is none`,
    corner: "frame, row",
    rows,
    columns,
    className: "ac-vd-weights",
  });
  const scroll = scroller("Weights as a table", table.node);
  return { ...strip(recording[`${of}sizes`], "ac-vd-views"), table, rows, columns, scroll };
}

function controlsOf(model, recording) {
  const cells = cellsOf(recording, "");
  const kind = select({
    label: "The picked patch looks at",
    options: [
      ["cross", "C, the small video"],
      ["self", "Y, its own video"],
    ],
    value: model.get("kind"),
    onInput: (value) => writeState(model, { kind: value }),
  });
  return {
    kind,
    layer: numberOf(model, "layer", recording.n_layers),
    head: numberOf(model, "head", recording.n_heads),
    frame: numberOf(model, "frame", cells[0], "Patch's frame"),
    row: numberOf(model, "row", cells[1], "Patch's row"),
    column: numberOf(model, "column", cells[2], "Patch's column"),
  };
}

export function looking(model) {
  const [recording] = model.get("recordings");
  const controls = controlsOf(model, recording);
  const looks = {
    controls,
    kinds: {
      cross: lookerOf(recording, "cross", "context_"),
      self: lookerOf(recording, "self", ""),
    },
    shown: "", // the kind whose frames and table stand in their places
    name: h("p", { class: "ac-name" }),
    viewBox: h("div", {}),
    tableBox: h("div", {}),
  };
  const nodes = Object.values(controls).map(({ node }) => node);
  looks.node = h(
    "div",
    { class: "ac-vd-looks" },
    h("div", { class: "ac-controls" }, ...nodes),
    h("div", { class: "ac-step" }, looks.name, looks.viewBox),
    h(
      "p",
      { class: "ac-note" },
      "The stronger the colour, the larger the weight; the box marks the patch at the same place. The numbers are each frame's weights together.",
    ),
  );
  const title = h("summary", {}, "Read the weights as a table");
  looks.details = h("details", {}, title, looks.tableBox);
  return looks;
}

export function setLooks({ controls }, state) {
  for (const [name, control] of Object.entries(controls)) control.set(state[name]);
}

export function showLooks(looks, state, result) {
  const looker = looks.kinds[state.kind];
  if (looks.shown !== state.kind) {
    looks.shown = state.kind;
    looks.viewBox.replaceChildren(looker.node);
    looks.tableBox.replaceChildren(looker.scroll);
  }
  looks.node.hidden = !result.read;
  const { kind, frame, row, column } = state;
  setText(
    looks.name,
    `What the patch in frame ${frame}, row ${row}, column ${column} of Y looks at in ${NAMES[kind]}`,
  );
  drawFrames(looker, kind, result);
  fillTable(looker, result);
}

function drawFrames({ views, draw }, kind, result) {
  const { video, enlarged, mapped, context, extent, byFrame, shares } = result;
  const [F, H, W] = context;
  draw(kind === "cross" ? video : enlarged).forEach((canvas2d, n) => {
    const f = Math.floor((n * F) / views.length); // a patch may be several frames long
    const { canvas, note, node } = views[n];
    overlay(canvas2d, shares.slice(f * H * W, (f + 1) * H * W), H, W);
    if (f === mapped[0]) {
      const [width, height] = [canvas.width / W, canvas.height / H];
      markBox(canvas2d, mapped[2] * width, mapped[1] * height, width, height);
    }
    const inside = Math.abs(f - mapped[0]) <= extent[0];
    const weight = fmtNumber(byFrame[f]);
    node.classList.toggle("ac-vd-far", !inside);
    setText(note, `frame ${n}\n${inside ? weight : "–"}`);
    canvas.setAttribute("role", "img");
    canvas.setAttribute(
      "aria-label",
      `Frame ${n} of ${NAMES[kind]}: ${inside ? `weight ${weight} in all` : "outside the window"}`,
    );
  });
}

function fillTable({ table, rows, columns }, { read, near, mapped, context, shares }) {
  near.forEach(({ at, inside, weight }, n) => {
    const [i, j] = [Math.floor(n / columns.length), n % columns.length];
    setText(rows[i], `${fmtNumber(at[0], 0)}, ${fmtNumber(at[1], 0)}`);
    setText(columns[j], `column ${fmtNumber(at[2], 0)}`);
    const cell = table.setCell(i, j, read && inside ? fmtNumber(weight, 3) : "–");
    paint(cell, read && inside ? shares[flatIndex(at, context)] : 0, false);
    const isMapped = at.every((place, axis) => place === mapped[axis]);
    cell.classList.toggle("ac-vd-mapped", isMapped);
  });
}
