// The videos side by side, and the pixel that is picked on one of them.

import { drawGrey, markBox, partAt } from "../shared/canvas.js";
import { h, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { cellPicker } from "../shared/grid.js";
import { decodeBytes } from "../shared/recordings.js";
import { writeState } from "../shared/state.js";

const ACROSS = 160; // canvas pixels of the longer side of a frame

// The videos with their grey levels as bytes.
export function reelsOf(videos) {
  return videos.map((video) => ({ ...video, levels: decodeBytes(video.levels) }));
}

export function levelsOf({ levels, height, width }, frame) {
  return levels.subarray(frame * height * width, (frame + 1) * height * width);
}

export function screenOf({ height, width }) {
  const scale = Math.max(1, Math.round(ACROSS / Math.max(height, width)));
  return h("canvas", { class: "ac-vp-screen", height: height * scale, width: width * scale });
}

// A screen for each video; `asks` is the number of the one on which a pixel is picked.
export function screensOf(reels, asks) {
  return reels.map((reel, v) => {
    const canvas = screenOf(reel);
    if (v !== asks) canvas.setAttribute("role", "img");
    const note = h("span", { class: "ac-note" });
    const name = h("span", { class: "ac-vp-name" }, reel.name);
    return { canvas, note, node: h("div", { class: "ac-vp-player" }, canvas, name, note) };
  });
}

// Make a screen the place to pick a pixel; `onLeave()` is told that the frame changes too.
export function pixelPicker(model, canvas, reel, nFrames, onLeave) {
  canvas.classList.add("ac-vp-picks");
  const picker = cellPicker(canvas, {
    label: `Picked pixel of ${reel.name}; arrow keys move it, Page Up and Page Down change the time`,
    sizes: () => [nFrames, reel.height, reel.width],
    cell: () => ["frame", "row", "column"].map((name) => model.get(name)),
    onPick: ([frame, row, column]) => {
      if (frame !== model.get("frame")) onLeave();
      writeState(model, { frame, row, column });
    },
  });
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const row = partAt(event.clientY, box.top, box.height, reel.height);
    writeState(model, { row, column: partAt(event.clientX, box.left, box.width, reel.width) });
  });
  return picker;
}

export function drawScreens({ reels, screens, asks, picker }, shown, { row, column }) {
  screens.forEach(({ canvas, note }, v) => {
    const { name, frames, height, width } = reels[v];
    const levels = levelsOf(reels[v], shown[v]);
    const context = drawGrey(canvas, levels, height, width);
    setText(note, `frame ${shown[v]} of 0 to ${frames - 1}`);
    if (v !== asks) {
      const mean = levels.reduce((sum, level) => sum + level, 0) / levels.length / 255;
      const words = `${name}, frame ${shown[v]}, mean brightness ${fmtNumber(mean)}`;
      canvas.setAttribute("aria-label", words);
      return;
    }
    const [dx, dy] = [canvas.width / width, canvas.height / height];
    markBox(context, column * dx, row * dy, dx, dy);
    const level = fmtNumber(levels[row * width + column] / 255);
    picker.set(`frame ${shown[v]}, row ${row}, column ${column}, brightness ${level}`);
  });
}
