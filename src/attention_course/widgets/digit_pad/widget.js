// Chapter 5: draw a digit and see what the vision transformer makes of it.

import { Answerer } from "../shared/answerer.js";
import { drawGrey, overlay } from "../shared/canvas.js";
import { checkbox, numberOf, select } from "../shared/controls.js";
import { h, panel, sayWaiting, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { range } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { compute, drawingOf, pixelsOf, STATE, scanOf } from "./compute.js";
import { ACROSS, drawingPad, drawPad } from "./pad.js";

const ABSENT = {
  "kernel without model": "This pad was given no model.",
  "page without model":
    "A drawing is read by the model, and so in a running notebook. Open this chapter in Jupyter or on Colab.",
};

// Strokes are drawn at once; the model hears of them soon after.
function sendSoon(model, view) {
  view.timer ??= setTimeout(() => send(model, view), 60);
}

async function send(model, view) {
  const { who, pad, message } = view;
  view.timer = null;
  const drawing = drawingOf(pad.pixels);
  who.forget();
  // The last answer stays until the next one is there: less flicker.
  const keeps = who.host === "kernel" || (who.opened && drawing);
  writeState(model, keeps ? { drawing } : { drawing, answer: {} });
  if (!who.opened || !drawing) return;
  const got = await who.ask({ image: scanOf(pixelsOf(drawing)) });
  if (got?.problem) setText(message, got.problem);
  else if (got) writeState(model, { answer: got.result.answer });
}

function controlsOf(model, view) {
  const recordings = model.get("recordings");
  const [first] = recordings;
  const scan = select({
    label: "Scan to begin with",
    options: recordings.map(({ label }, n) => [n, `scan ${n}: a ${label}`]),
    value: model.get("picked"),
    onInput: (n) => {
      view.pad.pixels = pixelsOf("");
      view.who.forget();
      writeState(model, { picked: Number(n), drawing: "", answer: {} });
    },
  });
  const layer = numberOf(model, "layer", first.n_layers);
  const head = numberOf(model, "head", first.n_heads);
  const overlaid = checkbox({
    label: "Weights on the scan",
    value: true,
    onInput: () => update(model, view),
  });
  return { scan, layer, head, overlaid };
}

function tablesOf({ probabilities, rows, columns }) {
  const classes = numberTable({
    caption: "the model's probability of each digit",
    columns: probabilities.map((_, n) => String(n)),
    nRows: 1,
    className: "ac-dp-classes",
  });
  const weights = numberTable({
    caption: "the class token's weight on each patch",
    corner: "row",
    rows: range(rows).map(String),
    columns: range(columns).map(String),
    className: "ac-dp-weights",
  });
  return { classes, weights };
}

function update(model, view) {
  const { pad } = view;
  const state = readState(model, STATE);
  const changedElsewhere = state.drawing !== drawingOf(pad.pixels);
  if (view.timer === null && !pad.stroking() && changedElsewhere) {
    pad.pixels = pixelsOf(state.drawing);
  }
  const result = compute(state);
  view.scan.set(state.picked);
  if (result.drawn) view.scan.input.selectedIndex = -1; // none of the list is shown
  view.layer.set(state.layer);
  view.head.set(state.head);
  drawPad(pad);
  drawScan(view, result);
  fillTables(view, result);
  if (result.read) sayReading(view, state, result);
  else sayUnread(view);
}

function drawScan({ seen, overlaid }, { drawn, read, label, scan, shares, rows, columns }) {
  const levels = scan.map((level) => Math.round(255 * level));
  const context = drawGrey(seen, levels, 8, 8);
  if (read && overlaid.input.checked) overlay(context, shares, rows, columns);
  const name = drawn
    ? "Your drawing as a scan of 8 by 8 pixels"
    : `A scan of a ${label}, 8 by 8 pixels`;
  seen.setAttribute("aria-label", name);
}

function fillTables({ classes, weights }, { read, probabilities, patches, shares, columns }) {
  probabilities.forEach((p, n) => {
    paint(classes.setCell(0, n, read ? fmtNumber(p) : "–"), read ? p : 0, false);
  });
  patches.forEach((weight, n) => {
    const text = read ? fmtNumber(weight, 3) : "–";
    const cell = weights.setCell(Math.floor(n / columns), n % columns, text);
    paint(cell, read ? shares[n] : 0, false);
  });
}

function sayUnread({ who, readName, message, summary }) {
  if (who.ready) sayWaiting(readName, "Reading …");
  else setText(readName, "Not read: the model is not here");
  setText(message, who.absent);
  if (!who.ready) summary.say("This is your drawing as the model would see it.");
}

function sayReading({ readName, message, summary }, { layer, head }, result) {
  const { drawn, label, probabilities, order, patches, best, row, columns } = result;
  const [first, second] = order;
  const [surely, less] = [first, second].map((n) => fmtNumber(probabilities[n]));
  const then = probabilities[second] >= 0.05 ? `, as ${second} with ${less}` : "";
  setText(message, "");
  setText(readName, `Read as ${first}, with probability ${surely}`);
  summary.say(
    `The model reads this ${drawn ? "drawing" : `scan of a ${label}`} as ${first} with probability ${surely}${then}. In layer ${layer}, ` +
      `head ${head}, of all patches the class token looks most at that in row ${Math.floor(best / columns)}, column ${best % columns}, ` +
      `with weight ${fmtNumber(patches[best], 3)}; to itself it gives ${fmtNumber(row[0], 3)}.`,
  );
}

function layout(view) {
  const { who, pad, scan, layer, head, seen, overlaid, classes, weights } = view;
  const name = (text) => h("p", { class: "ac-name" }, text);
  const tools = h("div", { class: "ac-dp-tools" }, pad.clear, pad.erase.node);
  const side = (...children) => h("div", { class: "ac-dp-side" }, ...children);
  return panel(
    "Digit pad",
    h(
      "p",
      { class: "ac-note" },
      "Draw a digit with the mouse, a finger or the keyboard: arrow keys move the pen, Space puts it down or lifts it. The drawing is made as large as the pad and then into 8 × 8 blocks, each as bright as there is ink in it, as the scans were.",
    ),
    h("div", { class: "ac-controls" }, scan.node, layer.node, head.node),
    ...(who.loader ? [who.loader.node] : []),
    h(
      "div",
      { class: "ac-dp-pair" },
      side(name("Draw here"), pad.canvas, tools, pad.note),
      side(name("What the model sees"), seen, overlaid.node),
    ),
    // Below the pad, which must not move while somebody draws.
    h(
      "div",
      { class: "ac-step" },
      view.readName,
      view.message,
      scroller("Probability of each digit", classes.node),
    ),
    view.summary.node,
    h(
      "details",
      {},
      h("summary", {}, "Read the weights as a table"),
      scroller("Weights on the patches", weights.node),
    ),
  );
}

function render({ model, el, models }) {
  const view = {
    ...tablesOf(model.get("recordings")[0]),
    pad: drawingPad(() => sendSoon(model, view)),
    seen: h("canvas", { class: "ac-dp-seen", width: ACROSS, height: ACROSS, role: "img" }),
    readName: h("p", { class: "ac-name" }),
    message: h("p", { class: "ac-note", role: "status" }),
    summary: summaryLine(),
    timer: null, // until the drawing is sent
  };
  Object.assign(view, controlsOf(model, view));
  view.pad.pixels = pixelsOf(model.get("drawing"));
  view.who = new Answerer({
    model,
    models,
    what: "Draw any digit and have it read as you draw.",
    absent: ABSENT,
    onOpen: () => {
      view.pad.canvas.focus({ preventScroll: true });
      send(model, view);
    },
  });
  el.append(layout(view));
  const stop = () => clearTimeout(view.timer);
  return live(model, STATE, () => update(model, view), view.summary.stop, stop);
}

export default { compute, render };
