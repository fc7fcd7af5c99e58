// The two grids: X as frames of small squares, one of which asks, and C as tables of weights.

import { h, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { cellPicker, flatIndex, placeOf } from "../shared/grid.js";
import { range } from "../shared/numbers.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { write } from "./controls.js";

// X: a click or the keyboard picks the query. `squares` are those of the sizes in `shape`.
export function askingOf(model) {
  const picker = cellPicker(h("div", { class: "ac-ne-frames ac-ne-grid" }), {
    label: "Query cell of X; arrow keys move it, Page Up and Page Down change the frame",
    sizes: () => model.get("sizes"),
    cell: () => model.get("cell"),
    onPick: (cell) => write(model, { cell }),
  });
  picker.node.addEventListener("click", (event) => {
    const square = event.target.closest("[data-cell]");
    if (square) write(model, { cell: square.dataset.cell.split(" ").map(Number) });
  });
  return { picker, squares: [], shape: "" };
}

export function drawAsking(asking, sizes, cell) {
  if (asking.shape !== String(sizes)) buildSquares(asking, sizes);
  asking.shape = String(sizes);
  const own = flatIndex(cell, sizes);
  asking.squares.forEach((square, n) => {
    square.classList.toggle("ac-ne-query", n === own);
    setText(square, n === own ? "Q" : "");
  });
  asking.picker.set(`frame ${cell[0]}, row ${cell[1]}, column ${cell[2]}`);
}

function buildSquares(asking, [F, H, W]) {
  const frames = range(F).map((f) =>
    range(H * W).map((n) =>
      h("span", {
        class: "ac-ne-cell ac-drawn",
        "data-cell": `${f} ${Math.floor(n / W)} ${n % W}`,
      }),
    ),
  );
  asking.squares = frames.flat();
  asking.picker.node.replaceChildren(
    ...frames.map((squares, f) => {
      const cells = h("span", { class: "ac-ne-cells" }, ...squares);
      cells.style.gridTemplateColumns = `repeat(${W}, auto)`;
      const name = h("span", { class: "ac-note" }, `frame ${f}`);
      return h("span", { class: "ac-ne-frame" }, name, cells);
    }),
  );
}

// C: a table of weights for each frame; `tables` are those of the sizes in `shape`.
export function seenOf() {
  return {
    name: h("p", { class: "ac-name" }),
    place: h("div", { class: "ac-ne-frames" }),
    tables: [],
    shape: "",
  };
}

export function drawSeen(seen, result) {
  const { context, windows, mapped, neighbours, later, weights } = result;
  if (seen.shape !== String(context)) buildTables(seen, context);
  seen.shape = String(context);
  const near = new Set(neighbours);
  const after = new Set(later);
  const top = Math.max(...weights);
  const centre = flatIndex(mapped, context);
  weights.forEach((weight, n) => {
    const [f, r, c] = placeOf(n, context);
    const text = near.has(n) ? fmtNumber(weight) : after.has(n) ? "×" : "";
    const cell = seen.tables[f].setCell(r, c, text);
    if (n === centre) cell.append(h("span", { class: "ac-ne-dot" }, "●"));
    paint(cell, near.has(n) ? weight / top : 0, false);
    cell.classList.toggle("ac-ne-mapped", n === centre);
    cell.classList.toggle("ac-ne-out", !near.has(n) && !after.has(n));
  });
  const { first, last } = windows[0];
  seen.tables.forEach(({ node }, f) => {
    const inside = f >= first && f <= last;
    setText(node.caption, `frame ${f} of C${inside ? "" : ": not seen"}`);
  });
  const frames = first === last ? `frame ${first}` : `frames ${first} to ${last}`;
  setText(seen.name, `What it sees in C, ${context.join(" × ")}: cells in ${frames}`);
}

function buildTables(seen, [F, H, W]) {
  seen.tables = range(F).map(() =>
    numberTable({
      caption: "",
      corner: "row",
      rows: range(H).map(String),
      columns: range(W).map(String),
      className: "ac-ne-context",
    }),
  );
  // Widths that no number changes: the browser has less to lay out again.
  for (const { node } of seen.tables) node.style.width = `${Math.max(9.5, 1.9 + 1.82 * W)}rem`;
  seen.place.replaceChildren(
    ...seen.tables.map(({ node }, f) => scroller(`Frame ${f} of C`, node)),
  );
}
