// Chapter 5: draw a digit and see what the vision transformer makes of it.

import { drawGrey, markBox, overlay } from "../shared/canvas.js";
import { checkbox, numberOf, select } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { modelLoader } from "../shared/model.js";
import { clamp } from "../shared/numbers.js";
import { decodeBytes, recordedRow } from "../shared/recordings.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { strokes } from "../shared/strokes.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["recordings", "picked", "layer", "head", "drawing", "answer"];
const SIDE = 32; // pixels of the pad's side
const BLOCK = 4; // pixels of a block's side
const BRUSH = 2.7; // half the width of a line, in pixels
const STEP = 2; // pixels that an arrow key moves the pen
const ACROSS = 288; // canvas pixels of the side of a picture

// The drawing as hexadecimal digits, four pixels each, <-> pixels of 0 or 1.
const pixelsOf = (drawing) =>
  Uint8Array.from(
    { length: SIDE * SIDE },
    (_, n) => (parseInt(drawing[n >> 2] ?? "0", 16) >> (3 - (n & 3))) & 1,
  );
function drawingOf(pixels) {
  if (!pixels.includes(1)) return "";
  let text = "";
  for (let n = 0; n < pixels.length; n += 4) {
    text += (8 * pixels[n] + 4 * pixels[n + 1] + 2 * pixels[n + 2] + pixels[n + 3]).toString(16);
  }
  return text;
}

// As scan_drawing in Python: fill the square, then count the ink in each block, in
// sixteenths (64,).
function scanOf(pixels) {
  const scan = new Array(64).fill(0);
  const inked = [...pixels.keys()].filter((n) => pixels[n]);
  if (!inked.length) return scan;
  const rows = inked.map((n) => Math.floor(n / SIDE));
  const columns = inked.map((n) => n % SIDE);
  const [top, left] = [Math.min(...rows), Math.min(...columns)];
  const [height, width] = [Math.max(...rows) - top + 1, Math.max(...columns) - left + 1];
  const side = Math.max(height, width);
  // The pixel of the drawing under the middle of each pixel of the filled square.
  const place = (i) => Math.floor(((2 * i + 1) * side) / (2 * SIDE));
  const [above, before] = [Math.floor((side - height) / 2), Math.floor((side - width) / 2)];
  for (let i = 0; i < SIDE; i += 1) {
    for (let j = 0; j < SIDE; j += 1) {
      const [r, c] = [place(i) - above, place(j) - before];
      if (r < 0 || r >= height || c < 0 || c >= width) continue;
      scan[8 * Math.floor(i / BLOCK) + Math.floor(j / BLOCK)] +=
        pixels[(top + r) * SIDE + left + c] / 16;
    }
  }
  return scan;
}

// All arithmetic: numbers in, numbers out.
function compute({ recordings, picked, layer, head, drawing, answer }) {
  const drawn = drawing !== "";
  const answered = drawn && answer.probabilities !== undefined;
  const read = !drawn || answered; // somebody read what is shown
  const recording = answered ? answer : recordings[clamp(picked, 0, recordings.length - 1)];
  const { rows, columns, n_heads, probabilities } = recording;
  const T = 1 + rows * columns;
  // The class token's weights (T,): itself, then the patches, row after row.
  const row = recordedRow(recording, (layer * n_heads + head) * T, T);
  const patches = row.slice(1);
  const top = Math.max(...patches);
  return {
    drawn,
    read,
    label: drawn ? null : recording.label,
    rows,
    columns,
    scan: drawn
      ? scanOf(pixelsOf(drawing))
      : Array.from(decodeBytes(recording.image), (level) => level / 255), // (64,)
    probabilities,
    // Digits, the likeliest first.
    order: probabilities
      .map((_, n) => n)
      .sort((a, b) => probabilities[b] - probabilities[a] || a - b),
    row,
    patches,
    shares: patches.map((weight) => (top ? weight / top : 0)),
    best: patches.indexOf(top),
  };
}

function render({ model, el, models }) {
  // A page without Python has no such trait: nobody there would read a drawing, unless the
  // trained model comes into the page.
  const answers = Boolean(model.get("_answers"));
  const recordings = model.get("recordings");
  const { rows, columns, n_layers: nLayers, n_heads: nHeads } = recordings[0];
  const range = (n) => Array.from({ length: n }, (_, i) => i);
  let reader = null;
  let asked = 0;
  let pixels = pixelsOf(model.get("drawing"));
  let waiting = null;

  const scan = select({
    label: "Scan to begin with",
    options: recordings.map(({ label }, n) => [n, `scan ${n}: a ${label}`]),
    value: model.get("picked"),
    onInput: (n) => {
      pixels = pixelsOf("");
      asked += 1;
      writeState(model, { picked: Number(n), drawing: "", answer: {} });
    },
  });
  const layer = numberOf(model, "layer", nLayers);
  const head = numberOf(model, "head", nHeads);

  // The pad. Strokes are drawn at once; the model hears of them soon after.
  const pen = { r: 6, c: 12, down: false };
  const penText = h("p", { class: "ac-note", role: "status" });
  const pad = h("canvas", {
    class: "ac-dp-pad",
    width: ACROSS,
    height: ACROSS,
    tabindex: "0",
    role: "application",
    "aria-label":
      "Drawing pad. Arrow keys move the pen, Space puts it down or lifts it, Delete clears the pad.",
  });
  const erase = checkbox({ label: "Erase", value: false, onInput: () => {} });
  const clear = h("button", { type: "button", onclick: () => wipe() }, "Clear");
  function wipe() {
    pixels.fill(0);
    pen.down = false;
    say();
  }
  // A line from one point to another, in pixels of the pad.
  function line(r0, c0, r1, c1) {
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
  function say() {
    drawPad();
    if (waiting === null) waiting = setTimeout(send, 60);
  }
  function send() {
    waiting = null;
    const drawing = drawingOf(pixels);
    asked += 1;
    // The last answer stays until the next one is there: less flicker.
    writeState(
      model,
      answers ? { drawing } : { drawing, ...(reader && drawing ? {} : { answer: {} }) },
    );
    if (reader && drawing) read(asked, drawing);
  }
  async function read(mine, drawing) {
    try {
      const { answer } = await reader.run({ image: scanOf(pixelsOf(drawing)) });
      if (mine === asked) writeState(model, { answer });
    } catch (error) {
      if (mine === asked) setText(message, `The model did not answer (${error.message}).`);
    }
  }
  const stroking = strokes(pad, {
    at: (event) => {
      const box = pad.getBoundingClientRect();
      return [
        ((event.clientY - box.top) / box.height) * SIDE - 0.5,
        ((event.clientX - box.left) / box.width) * SIDE - 0.5,
      ];
    },
    begin: () => {
      pad.focus({ preventScroll: true });
      pen.down = false;
    },
    line: (from, to) => line(...from, ...to),
    done: say,
  });
  pad.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const move = {
      ArrowUp: [-STEP, 0],
      ArrowDown: [STEP, 0],
      ArrowLeft: [0, -STEP],
      ArrowRight: [0, STEP],
    }[event.key];
    if (!move && ![" ", "Delete", "Backspace"].includes(event.key)) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has its own use for these keys
    const from = [pen.r, pen.c];
    if (move) {
      pen.r = clamp(pen.r + move[0], 0, SIDE - 1);
      pen.c = clamp(pen.c + move[1], 0, SIDE - 1);
    } else if (event.key === " ") pen.down = !pen.down;
    else wipe();
    if (pen.down) line(...from, pen.r, pen.c);
    const what = erase.input.checked ? "erasing" : "drawing";
    setText(penText, `Pen ${pen.down ? `down, ${what}` : "up"}, row ${pen.r}, column ${pen.c}.`);
    say();
  });
  for (const kind of ["focus", "blur"]) pad.addEventListener(kind, () => drawPad());
  function drawPad() {
    const context = drawGrey(
      pad,
      Array.from(pixels, (pixel) => 255 * pixel),
      SIDE,
      SIDE,
    );
    const size = ACROSS / SIDE;
    if (pad.matches(":focus-visible")) markBox(context, pen.c * size, pen.r * size, size, size);
  }

  const seen = h("canvas", { class: "ac-dp-seen", width: ACROSS, height: ACROSS, role: "img" });
  const overlaid = checkbox({ label: "Weights on the scan", value: true, onInput: () => update() });
  const classes = numberTable({
    caption: "the model's probability of each digit",
    columns: recordings[0].probabilities.map((_, n) => String(n)),
    nRows: 1,
    className: "ac-dp-classes",
  });
  const table = numberTable({
    caption: "the class token's weight on each patch",
    corner: "row",
    rows: range(rows).map(String),
    columns: range(columns).map(String),
    className: "ac-dp-weights",
  });
  const readName = h("p", { class: "ac-name" });
  const message = h("p", { class: "ac-note", role: "status" });
  const summary = summaryLine();
  const loader = answers
    ? null
    : modelLoader({
        models,
        name: model.get("in_browser"),
        what: "Draw any digit and have it read as you draw.",
        onOpen: (opened) => {
          reader = opened;
          pad.focus({ preventScroll: true });
          send();
        },
      });
  const nobody =
    "A drawing is read by the model, and so in a running notebook. Open this chapter in Jupyter or on Colab.";

  function update() {
    const state = readState(model, STATE);
    if (waiting === null && !stroking() && state.drawing !== drawingOf(pixels))
      pixels = pixelsOf(state.drawing);
    const result = compute(state);
    const {
      drawn,
      read: known,
      label,
      scan: levels,
      probabilities,
      order,
      patches,
      shares,
      best,
      row,
    } = result;
    scan.set(state.picked);
    if (drawn) scan.input.selectedIndex = -1; // none of the list is shown
    layer.set(state.layer);
    head.set(state.head);
    drawPad();
    const context = drawGrey(
      seen,
      levels.map((level) => Math.round(255 * level)),
      8,
      8,
    );
    if (known && overlaid.input.checked) overlay(context, shares, rows, columns);
    seen.setAttribute(
      "aria-label",
      drawn ? "Your drawing as a scan of 8 by 8 pixels" : `A scan of a ${label}, 8 by 8 pixels`,
    );
    probabilities.forEach((p, n) =>
      paint(classes.setCell(0, n, known ? fmtNumber(p) : "–"), known ? p : 0, false),
    );
    patches.forEach((weight, n) => {
      paint(
        table.setCell(Math.floor(n / columns), n % columns, known ? fmtNumber(weight, 3) : "–"),
        known ? shares[n] : 0,
        false,
      );
    });
    if (!known) {
      const waits = answers || reader;
      setText(readName, waits ? "Reading …" : "Not read: the model is not here");
      setText(message, waits || loader ? "" : nobody);
      if (!waits) summary.say("This is your drawing as the model would see it.");
      return;
    }
    setText(message, "");
    const [first, second] = order;
    const what = drawn ? "drawing" : `scan of a ${label}`;
    setText(readName, `Read as ${first}, with probability ${fmtNumber(probabilities[first])}`);
    const then =
      probabilities[second] >= 0.05
        ? `, as ${second} with ${fmtNumber(probabilities[second])}`
        : "";
    summary.say(
      `The model reads this ${what} as ${first} with probability ${fmtNumber(probabilities[first])}${then}. In layer ${state.layer}, ` +
        `head ${state.head}, of all patches the class token looks most at that in row ${Math.floor(best / columns)}, column ${best % columns}, ` +
        `with weight ${fmtNumber(patches[best], 3)}; to itself it gives ${fmtNumber(row[0], 3)}.`,
    );
  }

  el.append(
    panel(
      "Digit pad",
      h(
        "p",
        { class: "ac-note" },
        "Draw a digit with the mouse, a finger or the keyboard: arrow keys move the pen, Space puts it down or lifts it. The drawing is made as large as the pad and then into 8 × 8 blocks, each as bright as there is ink in it, as the scans were.",
      ),
      h("div", { class: "ac-controls" }, scan.node, layer.node, head.node),
      ...(loader ? [loader.node] : []),
      h(
        "div",
        { class: "ac-dp-pair" },
        h(
          "div",
          { class: "ac-dp-side" },
          h("p", { class: "ac-name" }, "Draw here"),
          pad,
          h("div", { class: "ac-dp-tools" }, clear, erase.node),
          penText,
        ),
        h(
          "div",
          { class: "ac-dp-side" },
          h("p", { class: "ac-name" }, "What the model sees"),
          seen,
          overlaid.node,
        ),
      ),
      // Below the pad, which must not move while somebody draws.
      h(
        "div",
        { class: "ac-step" },
        readName,
        message,
        scroller("Probability of each digit", classes.node),
      ),
      summary.node,
      h(
        "details",
        {},
        h("summary", {}, "Read the weights as a table"),
        scroller("Weights on the patches", table.node),
      ),
    ),
  );
  return live(model, STATE, update, summary.stop, () => clearTimeout(waiting));
}

export default { compute, render };
