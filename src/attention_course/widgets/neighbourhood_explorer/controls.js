// What a reader can change: sizes, extents, the query's place, and two switches.

import { checkbox, slider } from "../shared/controls.js";
import { h } from "../shared/dom.js";
import { plural } from "../shared/format.js";
import { clamp } from "../shared/numbers.js";
import { readState, writeState } from "../shared/state.js";
import { MOST, STATE } from "./compute.js";

const ONE = ["frame", "row", "column"];
export const AXES = ["frames", "rows", "columns"];
const counted = (n, axis) => plural(n, ONE[axis], AXES[axis]);
const same = (a, b) => a.every((n, axis) => n === b[axis]);

// Changes of sizes take along what would not fit them.
export function write(model, changes) {
  const next = { ...readState(model, STATE), ...changes };
  const fits = same(next.sizes, next.context_sizes ?? next.sizes);
  const cell = next.cell.map((n, axis) => clamp(n, 0, next.sizes[axis] - 1));
  writeState(model, { ...changes, cell, causal: next.causal && fits });
}

// Three sliders for the three axes of one trait: `now()` reads it, `onInput` is told all three.
function three({ name, labels, min, max, now, text, onInput }) {
  const sliders = labels.map((label, axis) =>
    slider({
      label,
      min,
      max: max(axis),
      value: now()[axis],
      text: (n) => text(n, axis),
      onInput: (n) => onInput(now().map((old, other) => (other === axis ? n : old))),
    }),
  );
  const nodes = sliders.map(({ node }) => node);
  const node = h("div", { class: "ac-ne-group", role: "group", "aria-label": name }, ...nodes);
  return { node, sliders };
}

function sizeSliders(model) {
  const grid = three({
    name: "Sizes of the grid X",
    labels: ["Frames of X", "Rows of X", "Columns of X"],
    min: 1,
    max: () => MOST,
    now: () => model.get("sizes"),
    text: counted,
    onInput: (sizes) => write(model, { sizes }),
  });
  const context = three({
    name: "Sizes of the context C",
    labels: ["Frames of C", "Rows of C", "Columns of C"],
    min: 1,
    max: () => MOST,
    now: () => model.get("context_sizes") ?? model.get("sizes"),
    text: counted,
    onInput: (sizes) => write(model, { context_sizes: sizes }),
  });
  return { grid, context };
}

function querySliders(model) {
  const extent = three({
    name: "Extents: half of the window",
    labels: ["Extent, frames", "Extent, rows", "Extent, columns"],
    min: 0,
    max: () => 4,
    now: () => model.get("extent"),
    text: (n, axis) => `${counted(n, axis)} on each side, a window of ${2 * n + 1}`,
    onInput: (extent) => write(model, { extent }),
  });
  const last = (axis) => model.get("sizes")[axis] - 1;
  const cell = three({
    name: "The query",
    labels: ["Query's frame", "Query's row", "Query's column"],
    min: 0,
    max: last,
    now: () => model.get("cell"),
    text: (n, axis) => `${ONE[axis]} ${n} of 0 to ${last(axis)}`,
    onInput: (cell) => write(model, { cell }),
  });
  return { extent, cell };
}

export function controlsOf(model) {
  const itself = checkbox({
    label: "C is X itself: self-attention",
    value: model.get("context_sizes") == null,
    onInput: (on) => write(model, { context_sizes: on ? null : [...model.get("sizes")] }),
  });
  const causal = checkbox({
    label: "Causal: nothing later than the query",
    value: model.get("causal"),
    onInput: (on) => write(model, { causal: on }),
  });
  return { ...sizeSliders(model), ...querySliders(model), itself, causal };
}

export function setControls(controls, state, { context, cell }) {
  state.sizes.forEach((size, axis) => {
    controls.grid.sliders[axis].set(size);
    controls.context.sliders[axis].set(context[axis]);
    controls.extent.sliders[axis].set(state.extent[axis]);
    controls.cell.sliders[axis].set(cell[axis], size - 1);
  });
  controls.itself.set(state.context_sizes == null);
  controls.context.node.hidden = state.context_sizes == null;
  controls.causal.set(state.causal);
  controls.causal.input.disabled = !same(state.sizes, context);
}
