// The pad: pixels that a pen changes, with the mouse, a finger or the keyboard.

import { drawGrey, markBox } from "../shared/canvas.js";
import { checkbox } from "../shared/controls.js";
import { ARROWS, h, setText } from "../shared/dom.js";
import { clamp } from "../shared/numbers.js";
import { strokes } from "../shared/strokes.js";
import { pixelsOf, SIDE } from "./compute.js";

export const ACROSS = 288; // canvas pixels of the side of a picture
const BRUSH = 2.7; // half the width of a line, in pixels
const STEP = 2; // pixels that an arrow key moves the pen

// `onDraw()` follows each change of the pixels.
export function drawingPad(onDraw) {
  const pad = {
    pixels: pixelsOf(""),
    pen: { r: 6, c: 12, down: false },
    onDraw,
    canvas: h("canvas", {
      class: "ac-dp-pad",
      width: ACROSS,
      height: ACROSS,
      tabindex: "0",
      role: "application",
      "aria-label":
        "Drawing pad. Arrow keys move the pen, Space puts it down or lifts it, Delete clears the pad.",
    }),
    note: h("p", { class: "ac-note", role: "status" }),
    erase: checkbox({ label: "Erase", value: false, onInput: () => {} }),
    clear: h("button", { type: "button", onclick: () => wipe(pad) }, "Clear"),
  };
  pad.stroking = strokes(pad.canvas, {
    at: (event) => placeOf(pad, event),
    begin: () => {
      pad.canvas.focus({ preventScroll: true });
      pad.pen.down = false;
    },
    line: (from, to) => line(pad, from, to),
    done: () => changed(pad),
  });
  pad.canvas.addEventListener("keydown", (event) => onKey(pad, event));
  for (const kind of ["focus", "blur"]) pad.canvas.addEventListener(kind, () => drawPad(pad));
  return pad;
}

export function drawPad({ canvas, pixels, pen }) {
  const levels = Array.from(pixels, (pixel) => 255 * pixel);
  const context = drawGrey(canvas, levels, SIDE, SIDE);
  const size = ACROSS / SIDE;
  if (canvas.matches(":focus-visible")) {
    markBox(context, pen.c * size, pen.r * size, size, size);
  }
}

function changed(pad) {
  drawPad(pad);
  pad.onDraw();
}

function wipe(pad) {
  pad.pixels.fill(0);
  pad.pen.down = false;
  changed(pad);
}

// Row and column under the pointer, in pixels of the pad.
function placeOf({ canvas }, { clientX, clientY }) {
  const box = canvas.getBoundingClientRect();
  return [
    ((clientY - box.top) / box.height) * SIDE - 0.5,
    ((clientX - box.left) / box.width) * SIDE - 0.5,
  ];
}

// A line from one point to another, in pixels of the pad.
function line({ pixels, erase }, [r0, c0], [r1, c1]) {
  const [dr, dc] = [r1 - r0, c1 - c0];
  const long = dr * dr + dc * dc;
  const value = erase.input.checked ? 0 : 1;
  for (let r = 0; r < SIDE; r += 1) {
    for (let c = 0; c < SIDE; c += 1) {
      const t = long ? clamp(((r - r0) * dr + (c - c0) * dc) / long, 0, 1) : 0;
      if (Math.hypot(r - r0 - t * dr, c - c0 - t * dc) <= BRUSH) pixels[r * SIDE + c] = value;
    }
  }
}

function onKey(pad, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const move = ARROWS[event.key];
  if (!move && ![" ", "Delete", "Backspace"].includes(event.key)) return;
  event.preventDefault();
  event.stopPropagation(); // the notebook has its own use for these keys
  const { pen, erase } = pad;
  const from = [pen.r, pen.c];
  if (move) {
    pen.r = clamp(pen.r + STEP * move[0], 0, SIDE - 1);
    pen.c = clamp(pen.c + STEP * move[1], 0, SIDE - 1);
  } else if (event.key === " ") pen.down = !pen.down;
  else wipe(pad);
  if (pen.down) line(pad, from, [pen.r, pen.c]);
  const what = erase.input.checked ? "erasing" : "drawing";
  const state = pen.down ? `down, ${what}` : "up";
  setText(pad.note, `Pen ${state}, row ${pen.r}, column ${pen.c}.`);
  changed(pad);
}
