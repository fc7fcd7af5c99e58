// The scan: a patch on it is picked by click or by keyboard, and the weights lie over it.

import { drawGrey, markBox, overlay, partAt } from "../shared/canvas.js";
import { h } from "../shared/dom.js";
import { cellPicker } from "../shared/grid.js";
import { range } from "../shared/numbers.js";
import { decodeBytes } from "../shared/recordings.js";
import { patchOf } from "./compute.js";

const ACROSS = 288; // canvas pixels of the longer side of a scan

// `onLook(token)` is told who is to look.
export function scanOf(model, onLook) {
  const { height, width, rows, columns } = model.get("recordings")[0];
  const scale = Math.max(1, Math.floor(ACROSS / Math.max(height, width)));
  const canvas = h("canvas", { class: "ac-pa-scan", height: height * scale, width: width * scale });
  const picker = cellPicker(canvas, {
    label: "The patch that looks; arrow keys move it over the scan",
    sizes: () => [1, rows, columns],
    cell: () => patchOf(Math.max(model.get("token"), 1), columns),
    onPick: ([, r, c]) => onLook(1 + r * columns + c),
  });
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const r = partAt(event.clientY, box.top, box.height, rows);
    onLook(1 + r * columns + partAt(event.clientX, box.left, box.width, columns));
  });
  return { canvas, picker };
}

export function drawScan({ canvas }, { recording, shares, token }, overlaid) {
  const { image, height, width, rows, columns } = recording;
  const context = drawGrey(canvas, decodeBytes(image), height, width);
  if (overlaid) overlay(context, shares, rows, columns);
  const [dx, dy] = [canvas.width / columns, canvas.height / rows];
  context.fillStyle = "rgba(255, 255, 255, 0.45)";
  for (const c of range(columns).slice(1)) {
    context.fillRect(Math.round(c * dx), 0, 1, canvas.height);
  }
  for (const r of range(rows).slice(1)) {
    context.fillRect(0, Math.round(r * dy), canvas.width, 1);
  }
  const [, r, c] = patchOf(token, columns);
  if (token) markBox(context, c * dx, r * dy, dx, dy);
}
