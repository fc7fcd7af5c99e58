// Chapter 5: small videos side by side, and what a picked pixel attends to in them.

import { numberOf, slider } from "../shared/controls.js";
import { h, panel } from "../shared/dom.js";
import { fmtNumber, plural } from "../shared/format.js";
import { placeOf } from "../shared/grid.js";
import { keepPace, pause, playingOf } from "../shared/playing.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { compute, STATE } from "./compute.js";
import { drawLooks, looksOf } from "./looks.js";
import { drawScreens, pixelPicker, reelsOf, screensOf } from "./screens.js";

function timeControls(model, nFrames, playing) {
  const time = slider({
    label: "Time",
    min: 0,
    max: nFrames - 1,
    value: model.get("frame"),
    text: (n) => `time ${n} of 0 to ${nFrames - 1}`,
    onInput: (frame) => {
      pause(playing);
      writeState(model, { frame });
    },
  });
  const fps = slider({
    label: "Frames a second",
    min: 1,
    max: 30,
    value: model.get("fps"),
    text: (n) => `${plural(n, "frame", "frames")} a second`,
    onInput: (n) => writeState(model, { fps: n }),
  });
  return { time, fps };
}

// Where a pixel looks: on the video itself or with sliders one is picked, and below it is
// shown what it looks at. Null where the widget has no weights.
function lookingOf(model, { reels, screens, nFrames, playing }, update) {
  const attention = model.get("attention");
  if (attention.weights === undefined) return null;
  const asks = reels[attention.query];
  const { canvas } = screens[attention.query];
  return {
    row: numberOf(model, "row", asks.height, "Pixel's row"),
    column: numberOf(model, "column", asks.width, "Pixel's column"),
    picker: pixelPicker(model, canvas, asks, nFrames, () => pause(playing)),
    looks: looksOf(attention, reels, update),
  };
}

function sentence(state, { nFrames, time, shown, looks }) {
  const { videos, attention } = state;
  const list = videos.map(({ name }, v) => `frame ${shown[v]} of ${name}`).join(", ");
  const moment = `Time ${time} of 0 to ${nFrames - 1}: ${list}.`;
  if (!looks) return moment;
  const best = placeOf(looks.best, attention.context_sizes);
  const [first, last] = looks.window[0];
  const frames = looks.byFrame.map((weight, f) => `${fmtNumber(weight)} to frame ${f}`);
  return (
    `${moment} The pixel in row ${state.row}, column ${state.column} of ${videos[attention.query].name} gives the most ` +
    `weight, ${fmtNumber(looks.weights[looks.best], 3)}, to cell (${best.join(", ")}) of ${videos[attention.context].name}. ` +
    `Altogether it gives ${frames.slice(first, last + 1).join(", ")}.`
  );
}

function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  const { controls, playing, looking } = view;
  keepPace(playing, state.fps);
  controls.time.set(result.time);
  controls.fps.set(state.fps);
  drawScreens(view, result.shown, state);
  if (looking) {
    looking.row.set(state.row);
    looking.column.set(state.column);
    drawLooks(looking.looks, result, state);
  }
  const pace = `Playing ${view.nFrames} frames at ${state.fps} a second. Pause to read what is shown.`;
  view.summary.say(playing.timer === null ? sentence(state, result) : pace);
}

const nodesOf = (parts) => Object.values(parts).map(({ node }) => node);

function lookLayout({ row, column, looks }) {
  return [
    h("div", { class: "ac-controls" }, ...nodesOf([row, column])),
    h(
      "div",
      { class: "ac-step" },
      looks.name,
      h(
        "p",
        { class: "ac-note" },
        "The stronger the colour, the larger the weight; the frame marks the cell that the pixel maps to. The numbers are each frame's weights together.",
      ),
      h("div", { class: "ac-vp-views" }, ...nodesOf(looks.views)),
    ),
  ];
}

function layout({ controls, playing, screens, looking, summary }) {
  const pickNote = looking
    ? ` Pick a pixel of “${looking.looks.asks.name}”: click it, or focus it and use the arrow keys.`
    : "";
  return panel(
    "Video player",
    h(
      "p",
      { class: "ac-note" },
      `All videos show the same moment; a shorter one shows its nearest frame.${pickNote} All counts start from 0.`,
    ),
    h("div", { class: "ac-vp-buttons" }, ...playing.buttons),
    h("div", { class: "ac-controls" }, ...nodesOf(controls)),
    h("div", { class: "ac-vp-players" }, ...nodesOf(screens)),
    ...(looking ? lookLayout(looking) : []),
    summary.node,
    ...(looking ? [looking.looks.details] : []),
  );
}

function render({ model, el }) {
  const draw = () => update(model, view);
  const { nFrames } = compute(readState(model, STATE));
  const asks = model.get("attention").query;
  const reels = reelsOf(model.get("videos"));
  const screens = screensOf(reels, asks);
  const playing = playingOf(model, nFrames, () => model.get("fps"), draw);
  const controls = timeControls(model, nFrames, playing);
  const looking = lookingOf(model, { reels, screens, nFrames, playing }, draw);
  const picker = looking?.picker;
  const summary = summaryLine();
  const view = { nFrames, asks, reels, screens, playing, controls, looking, picker, summary };
  el.append(layout(view));
  return live(model, STATE, draw, summary.stop, () => clearInterval(playing.timer));
}

export default { compute, render };
