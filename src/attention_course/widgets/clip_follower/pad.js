// The mask of frame 0, which a brush paints, and what has become of it in the frame shown.

import { checkbox, slider } from "../shared/controls.js";
import { h, setText } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { cellPicker } from "../shared/grid.js";
import { keyboardPen } from "../shared/pen.js";
import { strokes } from "../shared/strokes.js";
import { hexOf } from "./compute.js";
import { boxAround, drawFilm, drawTint, filmCanvas } from "./screens.js";

// `onPaint(painting)` follows each change; "" asks for the recorded mask.
export function maskPad(clip, onPaint) {
  const pad = {
    clip,
    bits: [], // as shown
    pen: { at: [Math.floor(clip.rows / 2), Math.floor(clip.columns / 2)], down: false },
    canvas: filmCanvas(clip, { class: "ac-cf-film ac-cf-paint" }),
    carried: filmCanvas(clip, { role: "img" }),
    carriedName: h("span"),
    onPaint,
  };
  pad.brush = slider({
    label: "Brush, cells wide",
    min: 1,
    max: 9,
    step: 2,
    value: 3,
    text: (n) => `${n} by ${n} cells`,
    onInput: (n) => pad.brush.set(n),
  });
  pad.erase = checkbox({ label: "Erase", value: false, onInput: () => drawPad(pad) });
  const keys = keyboardPen(pad.canvas, {
    pen: pad.pen,
    put: (at, value) => put(pad, at, value),
    painted: () => painted(pad),
    draw: () => drawPad(pad),
  });
  pad.picker = cellPicker(pad.canvas, {
    label:
      "Mask of frame 0; arrow keys move the brush, Space puts it down or lifts it, Delete erases",
    sizes: () => [1, clip.rows, clip.columns],
    cell: () => [0, ...pad.pen.at],
    onPick: ([, ...at]) => keys.move(at),
  });
  for (const kind of ["focus", "blur"]) pad.canvas.addEventListener(kind, () => drawPad(pad));
  pad.stroking = strokesOn(pad);
  const button = (text, onclick) => h("button", { type: "button", onclick }, text);
  pad.buttons = [
    button("Clear the mask", () => onPaint(hexOf(pad.bits.map(() => 0)))),
    button("Back to the first mask", () => onPaint("")),
  ];
  return pad;
}

function strokesOn(pad) {
  const { canvas, pen } = pad;
  const { rows, columns } = pad.clip;
  return strokes(canvas, {
    at: ({ clientX, clientY }) => {
      const { left, top, width, height } = canvas.getBoundingClientRect();
      return [((clientY - top) / height) * rows - 0.5, ((clientX - left) / width) * columns - 0.5];
    },
    begin: () => {
      canvas.focus({ preventScroll: true });
      pen.down = false;
    },
    line: (from, to) => {
      const steps = Math.ceil(2 * Math.max(...to.map((at, n) => Math.abs(at - from[n])))) || 1;
      for (let n = 0; n <= steps; n += 1)
        put(
          pad,
          from.map((start, k) => Math.round(start + (n / steps) * (to[k] - start))),
        );
    },
    done: () => painted(pad),
  });
}

// Put the brush down on a cell: all cells of its square that the frame has.
function put(pad, [row, column], bit = pad.erase.input.checked ? 0 : 1) {
  const { rows, columns } = pad.clip;
  const half = (Number(pad.brush.input.value) - 1) / 2;
  for (let r = Math.max(row - half, 0); r <= Math.min(row + half, rows - 1); r += 1)
    for (let c = Math.max(column - half, 0); c <= Math.min(column + half, columns - 1); c += 1)
      pad.bits[r * columns + c] = bit;
  if (row >= 0 && row < rows && column >= 0 && column < columns) pad.pen.at = [row, column];
}

function painted(pad) {
  pad.onPaint(hexOf(pad.bits));
  drawPad(pad);
}

export function drawPad(pad) {
  const { clip, pen, canvas, bits, picker } = pad;
  const [row, column] = pen.at;
  const context = drawFilm(canvas, clip, 0);
  drawTint(context, clip, bits);
  const half = (Number(pad.brush.input.value) - 1) / 2;
  if (canvas.matches(":focus-visible")) boxAround(context, pen.at, half);
  const here = bits[row * clip.columns + column] ? "painted" : "not painted";
  picker.set(`row ${row}, column ${column}, ${here}, brush ${pen.down ? "down" : "up"}`);
}

export function drawCarried(pad, clip, { n, given, carried, overlap }) {
  pad.clip = clip;
  pad.bits = [...given];
  drawPad(pad);
  drawTint(drawFilm(pad.carried, clip, n), clip, carried);
  setText(pad.carriedName, n ? `Carried to frame ${n}` : "Not carried yet");
  pad.carried.setAttribute("aria-label", `Frame ${n}: ${carriedWords({ carried, overlap })}`);
}

export function carriedWords({ carried, overlap }) {
  const count = carried.filter((share) => share >= 0.5).length;
  const told =
    overlap === null ? "" : `, and overlaps the one drawn by hand by ${fmtNumber(overlap)}`;
  return `the mask covers ${fmtCount(count)} cells${told}`;
}
