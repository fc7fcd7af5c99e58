// Chapter 5: which cells a cell of a grid attends to, and what that saves.

import { checkbox, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { cellPicker, flatIndex, product } from "../shared/grid.js";
import { clamp, softmax } from "../shared/numbers.js";
import { decodeBytes } from "../shared/recordings.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["vectors", "sizes", "context_sizes", "extent", "cell", "causal"];
const AXES = ["frames", "rows", "columns"];
const MOST = 8; // cells along an axis; the toy vectors are there for all of them
const D = 4; // numbers of a toy vector
const STEPS = 32;

// The toy vectors' bytes, signed, decoded once.
let toys = { text: null, bytes: null };
function toysOf(text) {
  if (toys.text !== text) toys = { text, bytes: new Int8Array(decodeBytes(text).buffer) };
  return toys.bytes;
}

// A toy vector: which = 0 for a query, 1 for a key, at the cell [frame, row, column].
function toyOf(text, which, [f, r, c]) {
  const start = (((which * MOST + f) * MOST + r) * MOST + c) * D;
  return Array.from(toysOf(text).subarray(start, start + D), (level) => level / STEPS);
}

// Where the window of every place along one axis ends, clipped.
function windowsAlong(size, contextSize, e) {
  return Array.from({ length: size }, (_, at) => {
    const centre = Math.floor((at * contextSize) / size);
    return { centre, first: Math.max(centre - e, 0), last: Math.min(centre + e, contextSize - 1) };
  });
}

// All arithmetic: numbers in, numbers out.
function compute({ vectors, sizes, context_sizes, extent, cell, causal }) {
  const context = context_sizes ?? sizes;
  const at = cell.map((n, axis) => clamp(n, 0, sizes[axis] - 1));
  const along = sizes.map((size, axis) => windowsAlong(size, context[axis], extent[axis]));
  const windows = along.map((places, axis) => places[at[axis]]);
  const query = toyOf(vectors, 0, at);
  const own = flatIndex(at, sizes);

  // Every cell of the clipped window; with `causal` some of them are later than the query.
  const neighbours = [];
  const later = [];
  const scores = [];
  const [F, R, C] = windows;
  for (let f = F.first; f <= F.last; f += 1) {
    for (let r = R.first; r <= R.last; r += 1) {
      for (let c = C.first; c <= C.last; c += 1) {
        const place = flatIndex([f, r, c], context);
        if (causal && place > own) {
          later.push(place);
          continue;
        }
        const key = toyOf(vectors, 1, [f, r, c]);
        neighbours.push(place);
        scores.push(query.reduce((sum, q, n) => sum + q * key[n], 0) / Math.sqrt(D));
      }
    }
  }
  const shares = softmax(scores);
  const weights = new Array(product(context)).fill(0); // (F' H' W',)
  neighbours.forEach((place, n) => {
    weights[place] = shares[n];
  });

  const nQueries = product(sizes);
  // The axes are independent: the sum over all cells is the product of the axes' sums.
  const all = product(
    along.map((places) => places.reduce((sum, { first, last }) => sum + last - first + 1, 0)),
  );
  // Of two neighbours only the later one sees the other; each sees itself.
  const nearby = causal ? (all + nQueries) / 2 : all;
  const full = causal ? (nQueries * (nQueries + 1)) / 2 : nQueries * product(context);
  return {
    context,
    cell: at,
    mapped: windows.map(({ centre }) => centre),
    windows,
    neighbours,
    later,
    weights,
    nQueries,
    counts: {
      query: neighbours.length,
      window: product(extent.map((e) => 2 * e + 1)),
      nearby,
      full,
    },
    times: full / nearby,
  };
}

const cellText = (cell) => `(${cell.join(", ")})`;
const signed = (n) => (n < 0 ? `−${-n}` : String(n));
const same = (a, b) => a.every((n, axis) => n === b[axis]);

function render({ model, el }) {
  const contextOf = () => model.get("context_sizes") ?? model.get("sizes");
  // Changes of sizes take along what would not fit them.
  const write = (changes) => {
    const next = { ...readState(model, STATE), ...changes };
    const fits = same(next.sizes, next.context_sizes ?? next.sizes);
    const cell = next.cell.map((n, axis) => clamp(n, 0, next.sizes[axis] - 1));
    writeState(model, { ...changes, cell, causal: next.causal && fits });
  };
  const replaced = (list, axis, value) => list.map((old, n) => (n === axis ? value : old));
  // Three sliders for three axes of one trait.
  const three = (labels, min, max, values, text, write3) =>
    labels.map((label, axis) =>
      slider({
        label,
        min,
        max: max(axis),
        value: values()[axis],
        text: (n) => text(n, axis),
        onInput: (n) => write3(replaced(values(), axis, n)),
      }),
    );
  const one = ["frame", "row", "column"];
  const counted = (n, axis) => `${n} ${n === 1 ? one[axis] : AXES[axis]}`;

  const xSliders = three(
    ["Frames of X", "Rows of X", "Columns of X"],
    1,
    () => MOST,
    () => model.get("sizes"),
    counted,
    (sizes) => write({ sizes }),
  );
  const cSliders = three(
    ["Frames of C", "Rows of C", "Columns of C"],
    1,
    () => MOST,
    contextOf,
    counted,
    (sizes) => write({ context_sizes: sizes }),
  );
  const extents = three(
    ["Extent, frames", "Extent, rows", "Extent, columns"],
    0,
    () => 4,
    () => model.get("extent"),
    (n, axis) => `${counted(n, axis)} on each side, a window of ${2 * n + 1}`,
    (extent) => write({ extent }),
  );
  const places = three(
    ["Query's frame", "Query's row", "Query's column"],
    0,
    (axis) => model.get("sizes")[axis] - 1,
    () => model.get("cell"),
    (n, axis) => `${one[axis]} ${n} of 0 to ${model.get("sizes")[axis] - 1}`,
    (cell) => write({ cell }),
  );
  const itself = checkbox({
    label: "C is X itself: self-attention",
    value: model.get("context_sizes") == null,
    onInput: (on) => write({ context_sizes: on ? null : [...model.get("sizes")] }),
  });
  const causal = checkbox({
    label: "Causal: nothing later than the query",
    value: model.get("causal"),
    onInput: (on) => write({ causal: on }),
  });
  const group = (name, sliders) =>
    h(
      "div",
      { class: "ac-ne-group", role: "group", "aria-label": name },
      ...sliders.map(({ node }) => node),
    );
  const contextGroup = group("Sizes of the context C", cSliders);

  // X: drawn as frames of small squares; a click or the keyboard picks the query.
  const grid = cellPicker(h("div", { class: "ac-ne-frames ac-ne-grid" }), {
    label: "Query cell of X; arrow keys move it, Page Up and Page Down change the frame",
    sizes: () => model.get("sizes"),
    cell: () => model.get("cell"),
    onPick: (cell) => write({ cell }),
  });
  grid.node.addEventListener("click", (event) => {
    const square = event.target.closest("[data-cell]");
    if (square) write({ cell: square.dataset.cell.split(" ").map(Number) });
  });
  let squares = [];
  let gridFor = "";
  function drawGrid({ sizes, cell }) {
    const [F, H, W] = sizes;
    if (gridFor !== String(sizes)) {
      squares = [];
      const frames = Array.from({ length: F }, (_, f) => {
        const all = Array.from({ length: H * W }, (_, n) =>
          h("span", { class: "ac-ne-cell", "data-cell": `${f} ${Math.floor(n / W)} ${n % W}` }),
        );
        squares.push(...all);
        const cells = h("span", { class: "ac-ne-cells" }, ...all);
        cells.style.gridTemplateColumns = `repeat(${W}, auto)`;
        return h(
          "span",
          { class: "ac-ne-frame" },
          h("span", { class: "ac-note" }, `frame ${f}`),
          cells,
        );
      });
      grid.node.replaceChildren(...frames);
      gridFor = String(sizes);
    }
    const own = flatIndex(cell, sizes);
    squares.forEach((square, n) => {
      square.classList.toggle("ac-ne-query", n === own);
      setText(square, n === own ? "Q" : "");
    });
  }

  // C: a table of weights for each frame.
  const contextName = h("p", { class: "ac-name" });
  const contextBox = h("div", { class: "ac-ne-frames" });
  let tables = [];
  let contextFor = "";
  function drawContext({ context, windows, mapped, neighbours, later, weights }) {
    const [F, H, W] = context;
    if (contextFor !== String(context)) {
      const range = (n) => Array.from({ length: n }, (_, i) => String(i));
      tables = range(F).map(() =>
        numberTable({
          caption: "",
          corner: "row",
          rows: range(H),
          columns: range(W),
          className: "ac-ne-context",
        }),
      );
      // Widths that no number changes: the browser has less to lay out again.
      for (const { node } of tables) node.style.width = `${Math.max(9.5, 1.9 + 1.82 * W)}rem`;
      contextBox.replaceChildren(...tables.map(({ node }, f) => scroller(`Frame ${f} of C`, node)));
      contextFor = String(context);
    }
    const near = new Set(neighbours);
    const after = new Set(later);
    const top = Math.max(...weights);
    const centre = flatIndex(mapped, context);
    weights.forEach((weight, n) => {
      const [f, r, c] = [Math.floor(n / (H * W)), Math.floor(n / W) % H, n % W];
      const text = near.has(n) ? fmtNumber(weight) : after.has(n) ? "×" : "";
      const cell = tables[f].setCell(r, c, text);
      if (n === centre) cell.append(h("span", { class: "ac-ne-dot" }, "●"));
      paint(cell, near.has(n) ? weight / top : 0, false);
      cell.classList.toggle("ac-ne-mapped", n === centre);
      cell.classList.toggle("ac-ne-out", !near.has(n) && !after.has(n));
    });
    tables.forEach(({ node }, f) => {
      const seen = f >= windows[0].first && f <= windows[0].last;
      setText(node.caption, `frame ${f} of C${seen ? "" : ": not seen"}`);
    });
  }

  const axes = numberTable({
    caption: "Along each axis",
    corner: "axis",
    rows: AXES,
    columns: ["the query maps to", "window", "inside C", "cut off"],
    className: "ac-facts",
  });
  const costs = numberTable({
    caption: "Scores, for one head",
    corner: "who asks",
    rows: ["this query", "all cells of X"],
    columns: ["nearby", "full", "full ÷ nearby"],
    className: "ac-facts",
  });
  costs.node
    .querySelectorAll("thead th:not(:first-child), td")
    .forEach((cell) => cell.classList.add("ac-right"));
  const summary = summaryLine();

  function update() {
    const state = readState(model, STATE);
    const result = compute(state);
    const { context, cell, mapped, windows, counts, times } = result;
    state.sizes.forEach((size, axis) => {
      xSliders[axis].set(size);
      cSliders[axis].set(context[axis]);
      extents[axis].set(state.extent[axis]);
      places[axis].set(cell[axis], size - 1);
    });
    itself.set(state.context_sizes == null);
    contextGroup.hidden = state.context_sizes == null;
    causal.set(state.causal);
    causal.input.disabled = !same(state.sizes, context);

    drawGrid({ ...state, cell });
    grid.set(`frame ${cell[0]}, row ${cell[1]}, column ${cell[2]}`);
    const [F] = windows;
    const frames = F.first === F.last ? `frame ${F.first}` : `frames ${F.first} to ${F.last}`;
    setText(contextName, `What it sees in C, ${context.join(" × ")}: cells in ${frames}`);
    drawContext(result);

    let cut = 0;
    windows.forEach(({ centre, first, last }, axis) => {
      const e = state.extent[axis];
      const lost = 2 * e - last + first;
      cut += lost;
      axes.setCell(
        axis,
        0,
        `⌊${cell[axis]} · ${context[axis]} ÷ ${state.sizes[axis]}⌋ = ${centre}`,
      );
      axes.setCell(axis, 1, `${signed(centre - e)} to ${centre + e}`);
      axes.setCell(axis, 2, `${first} to ${last}`);
      axes.setCell(axis, 3, lost ? `${lost} of ${2 * e + 1}` : "nothing");
    });
    const own = state.causal ? flatIndex(cell, state.sizes) + 1 : product(context);
    costs.setCell(0, 0, fmtCount(counts.query));
    costs.setCell(0, 1, fmtCount(own));
    costs.setCell(0, 2, `${fmtNumber(own / counts.query, 1)} ×`);
    costs.setCell(1, 0, fmtCount(counts.nearby));
    costs.setCell(1, 1, fmtCount(counts.full));
    costs.setCell(1, 2, `${fmtNumber(times, 1)} ×`);

    const sides = ["frames", "rows", "columns"].filter(
      (_, axis) => windows[axis].last - windows[axis].first < 2 * state.extent[axis],
    );
    const clipped = cut
      ? ` The border cuts the window along ${sides.join(" and ")}.`
      : " No border cuts the window.";
    const best = result.neighbours.reduce((a, b) =>
      result.weights[b] > result.weights[a] ? b : a,
    );
    const [, H, W] = context;
    const bestCell = [Math.floor(best / (H * W)), Math.floor(best / W) % H, best % W];
    const causally = state.causal ? `, and leaves out ${result.later.length} later ones` : "";
    summary.say(
      `Query ${cellText(cell)} of X maps to ${cellText(mapped)} of C and scores ${fmtCount(counts.query)} of the ` +
        `${fmtCount(counts.window)} cells of its window${causally}.${clipped} The most weight, ` +
        `${fmtNumber(result.weights[best])}, is on ${cellText(bestCell)}. All cells of X together: ` +
        `${fmtCount(counts.nearby)} scores; full attention ${fmtCount(counts.full)}, ${fmtNumber(times, 1)} times as many.`,
    );
  }

  el.append(
    panel(
      "Neighbourhood explorer",
      h(
        "p",
        { class: "ac-note" },
        "A cell of the grid X asks, cells of the context C answer. Pick the asking cell: click X, or focus it and use the arrow keys, Page Up and Page Down. All counts start from 0.",
      ),
      h(
        "div",
        { class: "ac-ne-controls" },
        group("Sizes of the grid X", xSliders),
        itself.node,
        contextGroup,
        group("Extents: half of the window", extents),
        group("The query", places),
        causal.node,
      ),
      h("div", { class: "ac-step" }, h("p", { class: "ac-name" }, "X: the query, Q"), grid.node),
      h(
        "div",
        { class: "ac-step" },
        contextName,
        h(
          "p",
          { class: "ac-note" },
          "Numbers are weights, the stronger the colour the larger; ● marks the cell that the query maps to, × what is later than the query. The vectors behind them are random: a trained layer would choose, this one only shows the window.",
        ),
        contextBox,
      ),
      summary.node,
      h("div", { class: "ac-step" }, scroller("Along each axis", axes.node)),
      h("div", { class: "ac-step" }, scroller("Scores", costs.node)),
    ),
  );
  return live(model, STATE, update, summary.stop);
}

export default { compute, render };
