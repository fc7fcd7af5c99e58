// The frame before, with what the picked cell looks at, and the frame in which it is picked.

import { overlay, partAt } from "../shared/canvas.js";
import { h, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { cellPicker } from "../shared/grid.js";
import { clamp } from "../shared/numbers.js";
import { writeState } from "../shared/state.js";
import { colourOf, paintedPixels, STRIDE } from "./clip.js";

const SCALE = 5; // canvas pixels for each pixel of a film
const CELL = STRIDE * SCALE;
export const NOTHING = "Nothing is before frame 0.";
const FAR = 0.2; // cells, from which on an arrow is drawn
const NEAR = 15; // columns of cells that a close-up has
const TINT = "rgba(255, 120, 0, 0.6)";

export function filmCanvas({ height, width }, attributes = {}) {
  return h("canvas", {
    class: "ac-cf-film",
    height: height * SCALE,
    width: width * SCALE,
    ...attributes,
  });
}

// Draw a frame with these colours on its cells; without any, with its own.
export function drawFilm(canvas, clip, n, colour = colourOf(clip, n)) {
  const small = h("canvas", { height: clip.height, width: clip.width });
  const bytes = paintedPixels(clip, n, colour);
  small.getContext("2d").putImageData(new ImageData(bytes, clip.width, clip.height), 0, 0);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  return context;
}

// Lay a mask over a frame, orange, the stronger the nearer to 1.
export function drawTint(context, { columns }, mask) {
  context.fillStyle = TINT;
  mask.forEach((share, cell) => {
    context.globalAlpha = Math.min(share, 1);
    const [r, c] = [Math.floor(cell / columns), cell % columns];
    context.fillRect(c * CELL, r * CELL, CELL, CELL);
  });
  context.globalAlpha = 1;
}

// Draw lines dark around light: they are seen on any film.
function outlined(context, thick, trace) {
  for (const [colour, line] of [
    ["#000000", 2 * thick],
    ["#ffb000", thick],
  ]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.beginPath();
    trace();
    context.stroke();
  }
}

// A box around a cell, or around a square of them.
export function boxAround(context, [row, column], grow = 0, zoom = 1) {
  const edge = 3 / zoom;
  const [x, y] = [column, row].map((at) => (at - grow) * CELL - edge);
  const side = CELL * (2 * grow + 1) + 2 * edge;
  outlined(context, edge, () => context.rect(x, y, side, side));
}

// A line from one place to another, in cells, with a head at its end.
function drawArrow(context, from, to, thick) {
  const [[y0, x0], [y1, x1]] = [from, to].map((place) => place.map((at) => (at + 0.5) * CELL));
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const head = Math.min(4 * thick, 0.6 * Math.hypot(x1 - x0, y1 - y0));
  outlined(context, thick, () => {
    context.moveTo(x0, y0);
    context.lineTo(x1, y1);
    for (const turn of [2.6, -2.6]) {
      context.moveTo(x1, y1);
      context.lineTo(x1 + head * Math.cos(angle + turn), y1 + head * Math.sin(angle + turn));
    }
  });
}

export function screensOf(model, clip, onLeave) {
  const [before, near] = [0, 1].map(() => filmCanvas(clip, { role: "img" }));
  const now = filmCanvas(clip);
  now.classList.add("ac-cf-picks");
  const picker = cellPicker(now, {
    label: "Picked cell; arrow keys move it, Page Up and Page Down change the time",
    sizes: () => [clip.frames, clip.rows, clip.columns],
    cell: () => ["frame", "row", "column"].map((name) => model.get(name)),
    onPick: ([frame, row, column]) => {
      if (frame !== model.get("frame")) onLeave();
      writeState(model, { frame, row, column });
    },
  });
  now.addEventListener("click", ({ clientX, clientY }) => {
    const { left, top, width, height } = now.getBoundingClientRect();
    const row = partAt(clientY, top, height, clip.rows);
    writeState(model, { row, column: partAt(clientX, left, width, clip.columns) });
  });
  return { before, near, now, beforeName: h("span"), nowName: h("span"), picker };
}

export function drawScreens(screens, clip, { row, column }, result) {
  const { now, nowName, beforeName, picker } = screens;
  const { n, look, colour, arrows } = result;
  const place = `frame ${n}, row ${row}, column ${column}`;
  const context = drawFilm(now, clip, n, colour ?? undefined);
  for (const [at, down, right] of arrows) {
    const [r, c] = [Math.floor(at / clip.columns), at % clip.columns];
    if (Math.hypot(down, right) > FAR) drawArrow(context, [r + down, c + right], [r, c], 1.5);
  }
  boxAround(context, [row, column]);
  picker.set(look ? `${place}, which gives ${lookWords(look, clip)}` : place);
  setText(nowName, look ? `Frame ${n}: grey, with fetched colours` : "Frame 0");
  setText(beforeName, look ? `Frame ${n - 1}: where the cell looks` : NOTHING);
  for (const [canvas, zoom] of [
    [screens.before, 1],
    [screens.near, Math.max(clip.columns / NEAR, 2)],
  ])
    drawLook(canvas, zoom, clip, [row, column], result);
}

// The frame before, enlarged around the picked cell, with its weights and their mean place.
function drawLook(canvas, zoom, clip, cell, { n, look }) {
  const context = canvas.getContext("2d");
  context.resetTransform();
  if (!look) {
    context.fillStyle = "#606060";
    context.fillRect(0, 0, canvas.width, canvas.height);
    canvas.setAttribute("aria-label", NOTHING);
    return;
  }
  const [top, left] = [canvas.height, canvas.width].map((size, axis) =>
    clamp((cell[axis] + 0.5) * CELL - size / zoom / 2, 0, size - size / zoom),
  );
  context.setTransform(zoom, 0, 0, zoom, -left * zoom, -top * zoom);
  drawFilm(canvas, clip, n - 1);
  const most = Math.max(...look.weights);
  const shares = look.weights.map((weight) => weight / most);
  overlay(context, shares, clip.rows, clip.columns);
  boxAround(context, cell, 0, zoom);
  const to = cell.map((at, axis) => at + look.moved[axis]);
  if (Math.hypot(...look.moved) > FAR) drawArrow(context, cell, to, 6 / (1 + zoom));
  const words = lookWords(look, clip);
  canvas.setAttribute(
    "aria-label",
    `${zoom > 1 ? "Close-up of frame" : "Frame"} ${n - 1}: ${words}`,
  );
}

export function lookWords({ weights, best, moved }, { columns }) {
  const [r, c] = [Math.floor(best / columns), best % columns];
  const [down, right] = moved.map((by) => fmtNumber(Math.abs(by), 1));
  return (
    `cell (${r}, ${c}) the most weight, ${fmtNumber(weights[best])}; on average it was ` +
    `${down} rows ${moved[0] < 0 ? "higher" : "lower"} and ${right} columns to the ${moved[1] < 0 ? "left" : "right"}`
  );
}
