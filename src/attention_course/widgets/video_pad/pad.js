// The pad: the frames of the small video, which a pen paints in sixteen greys.

import { markBox } from "../shared/canvas.js";
import { slider } from "../shared/controls.js";
import { h, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { cellPicker, flatIndex } from "../shared/grid.js";
import { keyboardPen } from "../shared/pen.js";
import { strokes } from "../shared/strokes.js";
import { WHITE } from "./compute.js";
import { strip } from "./strip.js";

// `onPaint()` follows each change of the pixels; `onRestore()` asks for the example back.
export function paintingPad(small, { onPaint, onRestore }) {
  const pad = {
    small, // frames, rows, columns
    pixels: [], // 0 to 15
    touched: false, // these are somebody's painting
    shown: [], // levels from 0 to 1, where they are not
    pen: { at: [0, Math.floor(small[1] / 2), Math.floor(small[2] / 2)], down: false },
    strip: strip(small, "ac-vd-paint"),
    brightness: slider({
      label: "Brightness of the pen",
      min: 0,
      max: WHITE,
      value: WHITE,
      text: (grey) => (grey ? `brightness ${grey} of 0 to ${WHITE}` : "brightness 0, which erases"),
      onInput: (grey) => pad.brightness.set(grey),
    }),
    onPaint,
  };
  const { node } = pad.strip;
  const keys = keyboardPen(node, {
    pen: pad.pen,
    put: (at, value) => put(pad, at, value),
    painted: () => painted(pad),
    draw: () => drawPad(pad),
  });
  pad.picker = cellPicker(node, {
    label:
      "Small video to paint; arrow keys move the pen, Page Up and Page Down change the frame, Space puts the pen down or lifts it, Delete erases",
    sizes: () => small,
    cell: () => pad.pen.at,
    onPick: keys.move,
  });
  for (const kind of ["focus", "blur"]) node.addEventListener(kind, () => drawPad(pad));
  pad.stroking = pad.strip.views.map(({ canvas }, f) => strokesOn(pad, canvas, f));
  pad.copy = button("Copy from the frame before", () => {
    inFrame(pad, (n, area) => pad.pixels[n - area]);
  });
  pad.back = button("Back to the example", onRestore);
  pad.buttons = [
    button("Clear this frame", () => inFrame(pad, () => 0)),
    pad.copy,
    button("Clear all", () => {
      pad.pixels.fill(0);
      painted(pad);
    }),
    pad.back,
  ];
  return pad;
}

export function drawPad(pad) {
  const { small, pen, touched } = pad;
  const [f, r, c] = pen.at;
  const levels = touched ? pad.pixels.map((grey) => grey / WHITE) : pad.shown;
  const contexts = pad.strip.draw(levels);
  const { width, height } = contexts[f].canvas;
  const [dx, dy] = [width / small[2], height / small[1]];
  if (pad.strip.node.matches(":focus-visible")) markBox(contexts[f], c * dx, r * dy, dx, dy);
  pad.strip.views.forEach(({ note, node }, n) => {
    setText(note, n === f ? `frame ${n}, this frame` : `frame ${n}`);
    node.classList.toggle("ac-vd-here", n === f);
  });
  const brightness = fmtNumber(levels[flatIndex(pen.at, small)]);
  pad.picker.set(
    `frame ${f}, row ${r}, column ${c}, brightness ${brightness}, pen ${pen.down ? "down" : "up"}`,
  );
  able(pad.copy, f > 0);
  able(pad.back, touched);
}

function painted(pad) {
  pad.touched = true;
  drawPad(pad);
  pad.onPaint();
}

function put(pad, at, grey = Number(pad.brightness.input.value)) {
  pad.pixels[flatIndex(at, pad.small)] = grey;
}

function strokesOn(pad, canvas, f) {
  const { small, pen } = pad;
  canvas.setAttribute("aria-hidden", "true"); // the picker around it speaks
  return strokes(canvas, {
    at: ({ clientX, clientY }) => {
      const box = canvas.getBoundingClientRect();
      return [
        f,
        ((clientY - box.top) / box.height) * small[1] - 0.5,
        ((clientX - box.left) / box.width) * small[2] - 0.5,
      ];
    },
    begin: () => {
      pad.strip.node.focus({ preventScroll: true });
      pen.down = false;
    },
    line: (from, to) => line(pad, from, to),
    done: () => painted(pad),
  });
}

// Every pixel on the way; what is beyond the frame is left out.
function line(pad, from, to) {
  const far = Math.max(...to.map((place, axis) => Math.abs(place - from[axis])));
  const steps = Math.ceil(4 * far) || 1;
  for (let n = 0; n <= steps; n += 1) {
    const place = from.map((start, axis) => Math.round(start + (n / steps) * (to[axis] - start)));
    if (!place.every((p, axis) => p >= 0 && p < pad.small[axis])) continue;
    put(pad, place);
    pad.pen.at = place;
  }
}

// Change all pixels of the pen's frame: `change(n, area)` is what pixel n becomes.
function inFrame(pad, change) {
  const area = pad.small[1] * pad.small[2];
  const start = pad.pen.at[0] * area;
  for (let n = start; n < start + area; n += 1) pad.pixels[n] = change(n, area);
  painted(pad);
}

function button(text, act) {
  const onclick = () => node.getAttribute("aria-disabled") !== "true" && act();
  const node = h("button", { type: "button", onclick }, text);
  return node;
}

function able(node, can) {
  if (can) node.removeAttribute("aria-disabled");
  else node.setAttribute("aria-disabled", "true");
}
