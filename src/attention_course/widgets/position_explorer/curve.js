// The cosine of two positions by their distance, as a line from distance 0 to 99 and from
// 1 down to −1, as wide as there is room. The words stand around it as text, so that they
// keep their size.

import { h } from "../shared/dom.js";
import { N_POSITIONS } from "./compute.js";

const x = (distance) => (100 * distance) / (N_POSITIONS - 1);
const y = (cosine) => 50 - 50 * cosine;

function shape(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// Words along an axis: pairs of a text and its place, in hundredths of the way.
function axis(className, ticks) {
  const nodes = ticks.map(([text, share]) => {
    const node = h("span", {}, text);
    node.style.setProperty("--ac-at", `${share}%`);
    return node;
  });
  return h("div", { class: className, "aria-hidden": "true" }, ...nodes);
}

export function curveOf() {
  const line = shape("path", { class: "ac-wave-line" });
  const across = shape("path", { class: "ac-wave-zero", d: "M0 50H100" });
  const mark = shape("path", { class: "ac-wave-here" });
  const picture = shape("svg", {
    viewBox: "0 0 100 100",
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  picture.append(across, mark, line);
  const dot = h("span", { class: "ac-wave-dot ac-drawn" });
  const plot = h("div", { class: "ac-wave-plot", role: "img" }, picture, dot);
  const heights = [
    ["1", 0],
    ["0", 50],
    ["−1", 100],
  ];
  const distances = [0, 20, 40, 60, 80, 99].map((n) => [n, x(n)]);
  const node = h(
    "div",
    { class: "ac-wave-chart" },
    axis("ac-wave-y", heights),
    plot,
    axis("ac-wave-x", distances),
  );
  return { node, line, mark, dot, plot };
}

// Draw the cosines, with the dot at the distance in use; `words` say what is drawn.
export function drawCurve({ line, mark, dot, plot }, { cosines, distance, cosine }, words) {
  const corners = cosines.map((c, n) => `${n ? "L" : "M"}${x(n).toFixed(3)} ${y(c).toFixed(3)}`);
  line.setAttribute("d", corners.join(""));
  mark.setAttribute("d", `M${x(distance).toFixed(3)} 50V${y(cosine).toFixed(3)}`);
  dot.style.left = `${x(distance)}%`;
  dot.style.top = `${y(cosine)}%`;
  plot.setAttribute("aria-label", words);
}
