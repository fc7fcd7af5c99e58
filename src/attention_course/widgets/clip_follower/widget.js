// Chapter 5: play a clip, see where its cells look in the frame before, and carry a mask.

import { checkbox, numberOf, select, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber, plural } from "../shared/format.js";
import { range } from "../shared/numbers.js";
import { keepPace, pause, playingOf } from "../shared/playing.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { factsTable, numberTable, paint, scroller } from "../shared/tables.js";
import { clipOf } from "./clip.js";
import { compute, STATE, WAYS } from "./compute.js";
import { carriedWords, drawCarried, maskPad } from "./pad.js";
import { drawScreens, lookWords, screensOf } from "./screens.js";

const MAX_EXTENT = 6;

function controlsOf(model, clip, playing) {
  const nFrames = clip.frames;
  const of = (name, label, min, max, text, onInput) =>
    slider({ label, min, max, value: model.get(name), text, onInput });
  const put = (name) => (value) => writeState(model, { [name]: value });
  const time = of(
    "frame",
    "Time",
    0,
    nFrames - 1,
    (n) => `frame ${n} of 0 to ${nFrames - 1}`,
    (n) => {
      pause(playing);
      writeState(model, { frame: n });
    },
  );
  const pace = (n) => `${plural(n, "frame", "frames")} a second`;
  const far = (e) => `${e} cells to each side, a window of ${2 * e + 1} by ${2 * e + 1}`;
  return {
    frame: time,
    fps: of("fps", "Frames a second", 1, 30, pace, put("fps")),
    way: select({
      label: "Who fetches",
      options: Object.entries(WAYS),
      value: model.get("way"),
      onInput: put("way"),
    }),
    extent: of("extent", "Extent", 0, MAX_EXTENT, far, put("extent")),
    row: numberOf(model, "row", clip.rows, "Cell's row"),
    column: numberOf(model, "column", clip.columns, "Cell's column"),
  };
}

function errorTable() {
  return factsTable({
    caption: "Error of the fetched colours in this frame, in thousandths",
    corner: "Who fetches",
    rows: Object.values(WAYS),
    columns: ["changed cells", "still cells"],
    nCounts: 2,
  });
}

function writeErrors(table, errors, way) {
  Object.keys(WAYS).forEach((name, i) => {
    const { changed = null, still = null } = errors[name] ?? {};
    [changed, still].forEach((error, j) => {
      table.setCell(i, j, error === null ? "–" : fmtNumber(1000 * error, 1));
    });
    table.body.rows[i].classList.toggle("ac-cf-way", name === way);
  });
}

// The weights of the picked cell's window, written while somebody wants them.
function writeWeights({ details, place }, clip, { extent, row, column }, look) {
  if (!details.open) return;
  if (!look) {
    place.replaceChildren(h("p", { class: "ac-note" }, "Nothing is before frame 0."));
    return;
  }
  const near = (at, n) =>
    range(2 * extent + 1)
      .map((k) => at + k - extent)
      .filter((k) => k >= 0 && k < n);
  const [rows, columns] = [near(row, clip.rows), near(column, clip.columns)];
  const table = numberTable({
    caption: "weights, by row and column of the frame before",
    corner: "row",
    rows: rows.map(String),
    columns: columns.map(String),
    className: "ac-cf-weights",
  });
  const top = Math.max(...look.weights);
  rows.forEach((r, i) => {
    columns.forEach((c, j) => {
      const weight = look.weights[r * clip.columns + c];
      const cell = table.setCell(i, j, fmtNumber(weight));
      paint(cell, weight / top, false);
      cell.classList.toggle("ac-cf-own", r === row && c === column);
    });
  });
  place.replaceChildren(scroller("Weights of the picked cell", table.node));
}

function sentence(name, { way, extent, row, column }, result, clip) {
  const { n, look, errors, changed } = result;
  const moment = `Frame ${n} of 0 to ${clip.frames - 1} of ${name}`;
  if (!look) return `${moment}: ${carriedWords(result)}.`;
  const error = errors[way].changed;
  const off =
    error === null
      ? "Nothing has changed here since the frame before."
      : `On the ${plural(changed, "cell", "cells")} that changed, its colours are ${fmtNumber(1000 * error, 1)} thousandths off; the same place's, ${fmtNumber(1000 * errors.copy.changed, 1)}.`;
  return (
    `${moment}; ${WAYS[way]}, extent ${extent}: the cell in row ${row}, column ${column} gives ` +
    `${lookWords(look, clip)}. ${off} Carried here, ${carriedWords(result)}.`
  );
}

function update(model, view) {
  const state = readState(model, STATE);
  const recording = state.recordings[state.picked];
  show(model, view, clipOf(recording));
  const { clip, controls, playing } = view;
  const result = compute(state);
  keepPace(playing, state.fps);
  for (const [name, control] of Object.entries(controls)) control.set(state[name]);
  controls.frame.set(result.n, clip.frames - 1);
  view.arrows.set(state.arrows);
  view.clips.set(state.picked);
  setText(view.credit, `Film: ${recording.credit}`);
  drawScreens(view.screens, clip, state, result);
  writeErrors(view.errors, result.errors, state.way);
  drawCarried(view.pad, result);
  writeWeights(view.weights, clip, state, result.look);
  const pace = `Playing ${clip.frames} frames at ${state.fps} a second. Pause to read what is shown.`;
  view.summary.say(playing.timer === null ? sentence(recording.name, state, result, clip) : pace);
}

// Another clip gets screens and a pad of its own.
function show(model, view, clip) {
  if (view.clip === clip) return;
  view.clip = clip;
  view.screens = screensOf(model, clip, () => pause(view.playing));
  view.pad = maskPad(clip, (painting) => writeState(model, { painting }));
  view.screenPlace.replaceChildren(view.screens.node);
  view.nearPlace.replaceChildren(view.screens.near);
  const { canvas, carried, carriedName, brush, erase, buttons } = view.pad;
  const name = h("p", { class: "ac-name" }, "Frame 0: paint a mask here");
  view.padPlace.replaceChildren(
    h(
      "div",
      { class: "ac-cf-pair" },
      h("div", {}, name, canvas),
      h("div", {}, carriedName, carried),
    ),
    h("div", { class: "ac-controls" }, brush.node),
    h("div", { class: "ac-cf-tools" }, erase.node, ...buttons),
  );
}

function layout({ controls, clips, nClips, arrows, playing, credit, errors, weights, ...view }) {
  const note = (text) => h("p", { class: "ac-note" }, text);
  const { frame, fps, way, extent, row, column } = controls;
  const controlsBox = (...parts) =>
    h("div", { class: "ac-controls" }, ...parts.map(({ node }) => node));
  return panel(
    "Clip follower",
    note(
      "Each cell of a grey frame, 2 × 2 pixels, looks in the frame before and fetches a colour. Pick a cell: click it, or focus the frame and use the arrow keys. The stronger the green, the larger the weight; the arrow leads to their mean place. All counts start from 0.",
    ),
    credit,
    h("div", { class: "ac-cf-tools" }, ...playing.buttons),
    ...(nClips > 1 ? [h("div", { class: "ac-controls ac-cf-clips" }, clips.node)] : []),
    controlsBox(frame, fps, way, extent, row, column),
    h("div", { class: "ac-step" }, arrows.node),
    view.screenPlace,
    h(
      "div",
      { class: "ac-cf-pair ac-step" },
      h("div", {}, h("p", { class: "ac-name" }, "A close-up of the same look"), view.nearPlace),
      h("div", { class: "ac-cf-errors" }, scroller("Errors", errors.node)),
    ),
    view.padPlace,
    view.summary.node,
    weights.details,
  );
}

function render({ model, el }) {
  const draw = () => update(model, view);
  const recordings = model.get("recordings");
  const first = clipOf(recordings[model.get("picked")]);
  const playing = playingOf(model, first.frames, draw);
  const place = h("div", { class: "ac-step" });
  const summary = h("summary", {}, "Read the weights as a table");
  const view = {
    clip: null,
    playing,
    controls: controlsOf(model, first, playing),
    nClips: recordings.length,
    clips: select({
      label: "Clip",
      options: recordings.map(({ name }, n) => [n, name]),
      value: model.get("picked"),
      onInput: (n) => writeState(model, { picked: Number(n), painting: "" }),
    }),
    arrows: checkbox({
      label: "An arrow for every cell that changed: where it came from",
      value: model.get("arrows"),
      onInput: (arrows) => writeState(model, { arrows }),
    }),
    credit: h("p", { class: "ac-note ac-cf-credit" }),
    errors: errorTable(),
    screenPlace: h("div", { class: "ac-step" }),
    nearPlace: h("div", {}),
    padPlace: h("div", { class: "ac-step" }),
    weights: { place, details: h("details", { ontoggle: draw }, summary, place) },
    summary: summaryLine(),
  };
  el.append(layout(view));
  return live(model, STATE, draw, view.summary.stop, () => clearInterval(playing.timer));
}

export default { compute, render };
