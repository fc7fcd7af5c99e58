// Frames beside each other, each with a line of text below.

import { drawGrey } from "../shared/canvas.js";
import { h } from "../shared/dom.js";

const ACROSS = 160; // canvas pixels of the longer side of a frame

export function strip([frames, height, width], className) {
  const scale = Math.max(1, Math.round(ACROSS / Math.max(height, width)));
  const views = Array.from({ length: frames }, () => {
    const canvas = h("canvas", { height: height * scale, width: width * scale });
    const note = h("span", { class: "ac-note" });
    return { canvas, note, node: h("div", { class: "ac-vd-frame" }, canvas, note) };
  });
  const few = frames <= 4 ? "ac-vd-few" : "";
  const node = h(
    "div",
    { class: `ac-vd-strip ${few} ${className}` },
    ...views.map((view) => view.node),
  );
  // `levels` are those of all frames, from 0 to 1.
  const draw = (levels) =>
    views.map(({ canvas }, f) => {
      const grey = levels
        .slice(f * height * width, (f + 1) * height * width)
        .map((level) => Math.round(255 * level));
      return drawGrey(canvas, grey, height, width);
    });
  return { views, node, draw };
}
