// Chapter 5: small videos side by side, and what a picked pixel attends to in them.

import { drawGrey, markBox, overlay, partAt } from "../shared/canvas.js";
import { numberOf, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { cellPicker, flatIndex, lookFrom, placeOf } from "../shared/grid.js";
import { clamp } from "../shared/numbers.js";
import { decodeBytes } from "../shared/recordings.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["videos", "attention", "fps", "frame", "row", "column"];
const ACROSS = 160; // canvas pixels of the longer side of a frame

const sizesOf = ({ frames, height, width }) => [frames, height, width];

// The frame whose middle is nearest to the middle of time t.
function nearestFrame(t, nTimes, nFrames) {
  return Math.floor(((2 * t + 1) * nFrames) / (2 * nTimes));
}

// What the picked pixel's token gives to each token of the context.
function attend(recording, pixel, pixels) {
  const { sizes, context_sizes: context, extent } = recording;
  const token = pixel.map((at, axis) => Math.floor((at * sizes[axis]) / pixels[axis]));
  const looks = lookFrom(recording, { token, sizes, context, extent });
  // The window, clipped: [first, last] along each axis.
  const window = looks.mapped.map((at, axis) => [
    Math.max(at - extent[axis], 0),
    Math.min(at + extent[axis], context[axis] - 1),
  ]);
  return { token, window, ...looks };
}

// All arithmetic: numbers in, numbers out.
function compute({ videos, attention, frame, row, column }) {
  const nFrames = Math.max(...videos.map(({ frames }) => frames));
  const time = clamp(frame, 0, nFrames - 1);
  const shown = videos.map(({ frames }) => nearestFrame(time, nFrames, frames));
  const looks =
    attention.weights === undefined
      ? null
      : attend(attention, [shown[attention.query], row, column], sizesOf(videos[attention.query]));
  return { nFrames, time, shown, looks };
}

function render({ model, el }) {
  const videos = model.get("videos");
  const attention = model.get("attention");
  const looking = attention.weights !== undefined;
  const asks = looking ? videos[attention.query] : null;
  const seen = looking ? videos[attention.context] : null;
  const { nFrames } = compute(readState(model, STATE));
  const levels = videos.map((video) => decodeBytes(video.levels));
  const frameOf = (v, n) => {
    const area = videos[v].height * videos[v].width;
    return levels[v].subarray(n * area, (n + 1) * area);
  };
  const screen = ({ height, width }) => {
    const scale = Math.max(1, Math.round(ACROSS / Math.max(height, width)));
    return h("canvas", { class: "ac-vp-screen", height: height * scale, width: width * scale });
  };

  // Playing is this view's own affair; it begins only when somebody presses the button.
  let timer = null;
  const go = (frame) => writeState(model, { frame: (frame + nFrames) % nFrames });
  function play() {
    clearInterval(timer);
    timer = setInterval(() => go(model.get("frame") + 1), 1000 / model.get("fps"));
    setText(toggle, "Pause");
    update();
  }
  function pause() {
    clearInterval(timer);
    timer = null;
    setText(toggle, "Play");
    update();
  }
  const step = (by) => {
    pause();
    go(model.get("frame") + by);
  };
  const button = (text, onclick) =>
    h("button", { type: "button", disabled: nFrames === 1, onclick }, text);
  const toggle = button("Play", () => (timer === null ? play() : pause()));
  const buttons = [toggle, button("Frame back", () => step(-1)), button("Frame on", () => step(1))];
  const time = slider({
    label: "Time",
    min: 0,
    max: nFrames - 1,
    value: model.get("frame"),
    text: (n) => `time ${n} of 0 to ${nFrames - 1}`,
    onInput: (frame) => {
      pause();
      writeState(model, { frame });
    },
  });
  const fps = slider({
    label: "Frames a second",
    min: 1,
    max: 30,
    value: model.get("fps"),
    text: (n) => `${n} ${n === 1 ? "frame" : "frames"} a second`,
    onInput: (n) => writeState(model, { fps: n }),
  });

  const players = videos.map((video, v) => {
    const picks = looking && v === attention.query;
    const canvas = screen(video);
    const note = h("span", { class: "ac-note" });
    if (!picks) canvas.setAttribute("role", "img");
    const name = h("span", { class: "ac-vp-name" }, video.name);
    return { canvas, note, picks, node: h("div", { class: "ac-vp-player" }, canvas, name, note) };
  });

  // The picked pixel: on the video that looks, or with sliders.
  const pixel = looking
    ? [
        numberOf(model, "row", asks.height, "Pixel's row"),
        numberOf(model, "column", asks.width, "Pixel's column"),
      ]
    : [];
  let picker = null;
  if (looking) {
    const { canvas } = players[attention.query];
    canvas.classList.add("ac-vp-picks");
    picker = cellPicker(canvas, {
      label: `Picked pixel of ${asks.name}; arrow keys move it, Page Up and Page Down change the time`,
      sizes: () => [nFrames, asks.height, asks.width],
      cell: () => ["frame", "row", "column"].map((name) => model.get(name)),
      onPick: ([frame, row, column]) => {
        if (frame !== model.get("frame")) pause();
        writeState(model, { frame, row, column });
      },
    });
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      const row = partAt(event.clientY, box.top, box.height, asks.height);
      writeState(model, { row, column: partAt(event.clientX, box.left, box.width, asks.width) });
    });
  }

  // What it looks at: each frame of the context, with the weights laid over it.
  const lookName = h("p", { class: "ac-name" });
  const views = Array.from({ length: looking ? attention.context_sizes[0] : 0 }, () => {
    const canvas = screen(seen);
    canvas.setAttribute("role", "img");
    const note = h("span", { class: "ac-note" });
    return { canvas, note, node: h("div", { class: "ac-vp-view" }, canvas, note) };
  });
  const tableBox = h("div", { class: "ac-vp-tables" });
  const details = h(
    "details",
    { ontoggle: () => writeTables(compute(readState(model, STATE))) },
    h("summary", {}, "Read the weights as tables"),
    tableBox,
  );
  let tables = [];
  let tablesFor = "";
  // The window, frame by frame, as numbers; written only while somebody looks.
  function writeTables({ looks }) {
    if (!details.open) return;
    const [frames, rows, columns] = looks.window.map(([first, last]) =>
      Array.from({ length: last - first + 1 }, (_, n) => first + n),
    );
    if (tablesFor !== String(looks.window)) {
      tables = frames.map((f) =>
        numberTable({
          caption: `frame ${f} of ${seen.name}`,
          corner: "row",
          rows: rows.map(String),
          columns: columns.map(String),
          className: "ac-vp-weights",
        }),
      );
      tableBox.replaceChildren(
        ...tables.map(({ node }, n) => scroller(`Weights on frame ${frames[n]}`, node)),
      );
      tablesFor = String(looks.window);
    }
    frames.forEach((f, a) =>
      rows.forEach((r, b) =>
        columns.forEach((c, d) => {
          const n = flatIndex([f, r, c], attention.context_sizes);
          const cell = tables[a].setCell(b, d, fmtNumber(looks.weights[n], 3));
          paint(cell, looks.shares[n], false);
          cell.classList.toggle(
            "ac-vp-mapped",
            [f, r, c].every((at, axis) => at === looks.mapped[axis]),
          );
        }),
      ),
    );
  }
  function drawLooks({ looks, shown }, { row, column }) {
    const [F, H, W] = attention.context_sizes;
    setText(
      lookName,
      `What the pixel in row ${row}, column ${column} of ${asks.name}, frame ${shown[attention.query]}, looks at in ${seen.name}`,
    );
    const video = attention.context;
    views.forEach(({ canvas, note, node }, f) => {
      // A token may be several frames long: its middle one is drawn.
      const drawn = nearestFrame(f, F, seen.frames);
      const context = drawGrey(canvas, frameOf(video, drawn), seen.height, seen.width);
      overlay(context, looks.shares.slice(f * H * W, (f + 1) * H * W), H, W);
      const [, r, c] = looks.mapped;
      const here = f === looks.mapped[0];
      if (here)
        markBox(
          context,
          (c * canvas.width) / W,
          (r * canvas.height) / H,
          canvas.width / W,
          canvas.height / H,
        );
      const inside = f >= looks.window[0][0] && f <= looks.window[0][1];
      node.classList.toggle("ac-vp-far", !inside);
      const sum = fmtNumber(looks.byFrame[f]);
      setText(note, inside ? `frame ${f}: ${sum}` : `frame ${f}: not seen`);
      canvas.setAttribute(
        "aria-label",
        `Frame ${f} of ${seen.name}: ${inside ? `weight ${sum} in all` : "outside the window"}`,
      );
    });
  }
  const summary = summaryLine();

  let fpsNow = model.get("fps");
  function update() {
    const state = readState(model, STATE);
    const result = compute(state);
    const { time: t, shown, looks } = result;
    time.set(t);
    fps.set(state.fps);
    if (looking) {
      pixel[0].set(state.row);
      pixel[1].set(state.column);
    }
    // A new speed holds from now on.
    if (timer !== null && state.fps !== fpsNow) {
      fpsNow = state.fps;
      play();
      return;
    }
    fpsNow = state.fps;

    players.forEach(({ canvas, note, picks }, v) => {
      const video = videos[v];
      const frame = frameOf(v, shown[v]);
      const context = drawGrey(canvas, frame, video.height, video.width);
      const mean = frame.reduce((sum, level) => sum + level, 0) / frame.length / 255;
      setText(note, `frame ${shown[v]} of 0 to ${video.frames - 1}`);
      if (!picks) {
        canvas.setAttribute(
          "aria-label",
          `${video.name}, frame ${shown[v]}, mean brightness ${fmtNumber(mean)}`,
        );
        return;
      }
      const [dx, dy] = [canvas.width / video.width, canvas.height / video.height];
      markBox(context, state.column * dx, state.row * dy, dx, dy);
      const level = frame[state.row * video.width + state.column] / 255;
      picker.set(
        `frame ${shown[v]}, row ${state.row}, column ${state.column}, brightness ${fmtNumber(level)}`,
      );
    });

    if (looking) {
      drawLooks(result, state);
      writeTables(result);
    }
    if (timer !== null) {
      summary.say(
        `Playing ${nFrames} frames at ${state.fps} a second. Pause to read what is shown.`,
      );
      return;
    }
    const list = videos.map(({ name }, v) => `frame ${shown[v]} of ${name}`).join(", ");
    if (!looking) {
      summary.say(`Time ${t} of 0 to ${nFrames - 1}: ${list}.`);
      return;
    }
    const best = placeOf(looks.best, attention.context_sizes);
    const frames = looks.byFrame.map((weight, f) => `${fmtNumber(weight)} to frame ${f}`);
    summary.say(
      `Time ${t} of 0 to ${nFrames - 1}: ${list}. The pixel in row ${state.row}, column ${state.column} of ${asks.name} gives the most ` +
        `weight, ${fmtNumber(looks.weights[looks.best], 3)}, to cell (${best.join(", ")}) of ${seen.name}. ` +
        `Altogether it gives ${frames.slice(looks.window[0][0], looks.window[0][1] + 1).join(", ")}.`,
    );
  }

  const pickNote = looking
    ? ` Pick a pixel of “${asks.name}”: click it, or focus it and use the arrow keys.`
    : "";
  el.append(
    panel(
      "Video player",
      h(
        "p",
        { class: "ac-note" },
        `All videos show the same moment; a shorter one shows its nearest frame.${pickNote} All counts start from 0.`,
      ),
      h("div", { class: "ac-vp-buttons" }, ...buttons),
      h("div", { class: "ac-controls" }, time.node, fps.node),
      h("div", { class: "ac-vp-players" }, ...players.map(({ node }) => node)),
      ...(looking
        ? [
            h("div", { class: "ac-controls" }, ...pixel.map(({ node }) => node)),
            h(
              "div",
              { class: "ac-step" },
              lookName,
              h(
                "p",
                { class: "ac-note" },
                "The stronger the colour, the larger the weight; the frame marks the cell that the pixel maps to. The numbers are each frame's weights together.",
              ),
              h("div", { class: "ac-vp-views" }, ...views.map(({ node }) => node)),
            ),
          ]
        : []),
      summary.node,
      ...(looking ? [details] : []),
    ),
  );
  return live(model, STATE, update, summary.stop, () => clearInterval(timer));
}

export default { compute, render };
