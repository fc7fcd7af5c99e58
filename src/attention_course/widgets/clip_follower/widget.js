// Chapter 5: play a clip, see where its cells look in the frame before, and carry a mask.

import { checkbox, numberOf, select, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { range } from "../shared/numbers.js";
import { pause, playingOf } from "../shared/playing.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { factsTable, numberTable, paint, scroller } from "../shared/tables.js";
import { clipOf, newClip } from "./clip.js";
import { compute, STATE, WAYS } from "./compute.js";
import { carriedWords, drawCarried, maskPad } from "./pad.js";
import { drawScreens, lookWords, NOTHING, screensOf } from "./screens.js";

const MAX_EXTENT = 6;

function controlsOf(model, clip, playing) {
  const nFrames = clip.frames;
  const of = (name, label, min, max, text, onInput) =>
    slider({ label, min, max, value: model.get(name), text, onInput });
  const put = (name) => (value) => {
    if (name === "frame") pause(playing);
    writeState(model, { [name]: value });
  };
  const time = (n) => `frame ${n} of 0 to ${nFrames - 1}`;
  const far = (e) => `${e} cells to each side`;
  return {
    frame: of("frame", "Time", 0, nFrames - 1, time, put("frame")),
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
    place.replaceChildren(h("p", { class: "ac-note" }, NOTHING));
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

function sentence({ way, extent, row, column }, result, clip) {
  const { n, look, changed } = result;
  const moment = `Frame ${n} of 0 to ${clip.frames - 1} of ${clip.name}`;
  const mask = carriedWords(result);
  return look
    ? `${moment}; ${WAYS[way]}, extent ${extent}: the cell in row ${row}, column ${column} gives ${lookWords(look, clip)}. Changed cells: ${changed}. Carried here, ${mask}.`
    : `${moment}: ${mask}.`;
}

function update(model, view) {
  const state = readState(model, STATE);
  const recording = state.recordings[state.picked];
  const clip = view.own ?? clipOf(recording);
  const { controls, playing } = view;
  const result = compute(state, view.own);
  for (const [name, control] of Object.entries(controls)) control.set(state[name]);
  view.arrows.set(state.arrows);
  view.clips.set(state.picked);
  setText(view.credit, view.own ? "" : `Film: ${recording.credit}`);
  drawScreens(view.screens, clip, state, result);
  writeErrors(view.errors, result.errors, state.way);
  drawCarried(view.pad, clip, result);
  writeWeights(view.weights, clip, state, result.look);
  const pace = `Playing ${clip.frames} frames at ${recording.rate} a second. Pause to read what is shown.`;
  view.summary.say(playing.timer === null ? sentence(state, result, clip) : pace);
}

function layout(view, nClips) {
  const { controls, clips, arrows, playing, screens, pad } = view;
  const note = (text) => h("p", { class: "ac-note" }, text);
  const named = (name, ...nodes) => h("div", {}, h("p", { class: "ac-name" }, name), ...nodes);
  const box = (className, ...parts) => h("div", { class: className }, ...parts);
  const nodes = Object.values(controls).map(({ node }) => node);
  return panel(
    "Clip follower",
    note(
      "Each cell of a grey frame, 2 × 2 pixels, looks in the frame before and fetches a colour. Pick a cell: click it, or use the arrow keys. The stronger the green, the larger the weight; an arrow leads to their mean place.",
    ),
    view.credit,
    box("ac-cf-tools", ...playing.buttons),
    ...(nClips > 1 ? [box("ac-controls ac-cf-clips", clips.node)] : []),
    box("ac-controls", ...nodes),
    box("ac-step", arrows.node),
    box(
      "ac-cf-pair ac-step",
      named(screens.beforeName, screens.before),
      named(screens.nowName, screens.now),
      named("A close-up of the same look", screens.near),
      box("ac-cf-errors", scroller("Errors", view.errors.node)),
      named("Frame 0: paint a mask here", pad.canvas),
      named(pad.carriedName, pad.carried),
    ),
    box("ac-controls", pad.brush.node),
    box("ac-cf-tools", pad.erase.node, ...pad.buttons),
    view.summary.node,
    view.weights.details,
  );
}

function render({ model, el, ownFilm }) {
  const draw = () => update(model, view);
  const recordings = model.get("recordings");
  const clip = clipOf(recordings[0]);
  const playing = playingOf(model, clip.frames, () => recordings[model.get("picked")].rate, draw);
  const place = h("div", { class: "ac-step" });
  const view = {
    playing,
    controls: controlsOf(model, clip, playing),
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
    screens: screensOf(model, clip, () => pause(playing)),
    pad: maskPad(clip, (painting) => writeState(model, { painting })),
    weights: {
      place,
      details: h(
        "details",
        { ontoggle: draw },
        h("summary", {}, "Read the weights as a table"),
        place,
      ),
    },
    summary: summaryLine(),
  };
  el.append(layout(view, recordings.length));
  // Where the page can take a film of the reader's own, it stands in the clip's place.
  const take = (film) => {
    view.own = film && newClip({ ...film, follower: clip.follower });
    writeState(model, { painting: "" });
    draw();
  };
  if (ownFilm) el.firstChild.append(ownFilm({ ...clip, rate: recordings[0].rate }, take));
  return live(model, STATE, draw, view.summary.stop, () => clearInterval(playing.timer));
}

export default { compute, render };
