// What the picked pixel looks at: each frame of the context with the weights laid over it,
// and on request the window as tables.

import { drawGrey, markBox, overlay } from "../shared/canvas.js";
import { h, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { flatIndex } from "../shared/grid.js";
import { range } from "../shared/numbers.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { nearestFrame } from "./compute.js";
import { levelsOf, screenOf } from "./screens.js";

// `tables` are those of the window in `shape`. `onOpen()` is told that somebody wants them.
export function looksOf(attention, reels, onOpen) {
  const [asks, seen] = [reels[attention.query], reels[attention.context]];
  const views = range(attention.context_sizes[0]).map(() => {
    const canvas = screenOf(seen);
    canvas.setAttribute("role", "img");
    const note = h("span", { class: "ac-note" });
    return { canvas, note, node: h("div", { class: "ac-vp-view" }, canvas, note) };
  });
  const place = h("div", { class: "ac-vp-tables" });
  const summary = h("summary", {}, "Read the weights as tables");
  const details = h("details", { ontoggle: onOpen }, summary, place);
  const name = h("p", { class: "ac-name" });
  return { attention, asks, seen, views, name, place, details, tables: [], shape: "" };
}

export function drawLooks(view, { looks, shown }, { row, column }) {
  const { attention, asks, seen } = view;
  setText(
    view.name,
    `What the pixel in row ${row}, column ${column} of ${asks.name}, frame ${shown[attention.query]}, looks at in ${seen.name}`,
  );
  view.views.forEach((frame, f) => {
    drawFrame(view, frame, looks, f);
  });
  if (view.details.open) writeTables(view, looks);
}

function drawFrame({ attention, seen }, { canvas, note, node }, looks, f) {
  const [F, H, W] = attention.context_sizes;
  // A token may be several frames long: its middle one is drawn.
  const levels = levelsOf(seen, nearestFrame(f, F, seen.frames));
  const context = drawGrey(canvas, levels, seen.height, seen.width);
  overlay(context, looks.shares.slice(f * H * W, (f + 1) * H * W), H, W);
  const [mapped, r, c] = looks.mapped;
  const [dx, dy] = [canvas.width / W, canvas.height / H];
  if (f === mapped) markBox(context, c * dx, r * dy, dx, dy);
  const [first, last] = looks.window[0];
  const inside = f >= first && f <= last;
  node.classList.toggle("ac-vp-far", !inside);
  const sum = fmtNumber(looks.byFrame[f]);
  setText(note, inside ? `frame ${f}: ${sum}` : `frame ${f}: not seen`);
  const words = inside ? `weight ${sum} in all` : "outside the window";
  canvas.setAttribute("aria-label", `Frame ${f} of ${seen.name}: ${words}`);
}

// The window, frame by frame, as numbers.
function writeTables(view, looks) {
  const [frames, rows, columns] = looks.window.map(([first, last]) =>
    range(last - first + 1).map((n) => first + n),
  );
  if (view.shape !== String(looks.window)) buildTables(view, frames, rows, columns);
  view.shape = String(looks.window);
  frames.forEach((f, a) => {
    rows.forEach((r, b) => {
      columns.forEach((c, d) => {
        const n = flatIndex([f, r, c], view.attention.context_sizes);
        const cell = view.tables[a].setCell(b, d, fmtNumber(looks.weights[n], 3));
        paint(cell, looks.shares[n], false);
        const mapped = [f, r, c].every((at, axis) => at === looks.mapped[axis]);
        cell.classList.toggle("ac-vp-mapped", mapped);
      });
    });
  });
}

function buildTables(view, frames, rows, columns) {
  view.tables = frames.map((f) =>
    numberTable({
      caption: `frame ${f} of ${view.seen.name}`,
      corner: "row",
      rows: rows.map(String),
      columns: columns.map(String),
      className: "ac-vp-weights",
    }),
  );
  view.place.replaceChildren(
    ...view.tables.map(({ node }, n) => scroller(`Weights on frame ${frames[n]}`, node)),
  );
}
