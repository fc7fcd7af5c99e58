// The photo with its grid: a slider in two directions, arrow keys step, a click picks.

import { greyCanvas, partAt } from "../shared/canvas.js";
import { h } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { clamp } from "../shared/numbers.js";
import { readState, writeState } from "../shared/state.js";
import { bytesOf, compute, STATE } from "./compute.js";

const SCALE = 3; // canvas pixels for each pixel of the photo

export function photoOf(model) {
  const [height, width] = [model.get("height"), model.get("width")];
  const canvas = h("canvas", {
    class: "ac-photo",
    width: width * SCALE,
    height: height * SCALE,
    tabindex: "0",
    role: "slider",
    "aria-label": "Picked block of the photo; arrow keys move it",
    "aria-valuemin": "0",
    onkeydown: (event) => onKey(model, event),
    onclick: (event) => onClick(model, canvas, event),
  });
  const photo = greyCanvas(h("canvas"), bytesOf(model.get("photo")), height, width);
  return { canvas, photo };
}

const pick = (model, block) => writeState(model, { picked: block });

function onKey(model, event) {
  const { row, column, nRows, nColumns, nTokens, block } = compute(readState(model, STATE));
  const target = {
    ArrowLeft: column > 0 ? block - 1 : block,
    ArrowRight: column < nColumns - 1 ? block + 1 : block,
    ArrowUp: row > 0 ? block - nColumns : block,
    ArrowDown: row < nRows - 1 ? block + nColumns : block,
    Home: 0,
    End: nTokens - 1,
  }[event.key];
  if (target === undefined) return;
  event.preventDefault();
  event.stopPropagation(); // the notebook has its own use for arrow keys
  pick(model, target);
}

function onClick(model, canvas, event) {
  const box = canvas.getBoundingClientRect();
  const { nRows, nColumns } = compute(readState(model, STATE));
  const row = partAt(event.clientY, box.top, box.height, nRows);
  pick(model, row * nColumns + partAt(event.clientX, box.left, box.width, nColumns));
}

export function drawPhoto({ canvas, photo }, result, P) {
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(photo, 0, 0, canvas.width, canvas.height);
  drawLines(context, result, P * SCALE);
  drawMark(context, result, P * SCALE);
  const { block, row, column, nRows, nColumns, nTokens, token } = result;
  canvas.setAttribute("aria-valuemax", nTokens - 1);
  canvas.setAttribute("aria-valuenow", block);
  canvas.setAttribute(
    "aria-valuetext",
    `block ${block}, row ${row} of ${nRows}, column ${column} of ${nColumns}, ` +
      `mean brightness ${fmtNumber(token[0])}`,
  );
}

function drawLines(context, { nRows, nColumns }, side) {
  const { width, height } = context.canvas;
  context.fillStyle = "rgba(255, 255, 255, 0.6)";
  for (let i = 1; i < nColumns; i += 1) context.fillRect(i * side - 1, 0, 3, height);
  for (let i = 1; i < nRows; i += 1) context.fillRect(0, i * side - 1, width, 3);
}

// Dark around light, so that the mark is seen on any grey.
function drawMark(context, { row, column }, side) {
  const { width, height } = context.canvas;
  const grow = 4;
  const x = clamp(column * side - grow, 3, width - side - 3);
  const y = clamp(row * side - grow, 3, height - side - 3);
  for (const [colour, line] of [
    ["#000000", 10],
    ["#ffb000", 6],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(
      x,
      y,
      Math.min(side + 2 * grow, width - x - 3),
      Math.min(side + 2 * grow, height - y - 3),
    );
  }
}
