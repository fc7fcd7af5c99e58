// Tables of numbers, coloured by what they hold.

import { h, setText } from "./dom.js";
import { clamp } from "./numbers.js";

// Colour a cell by a number from -1 to 1 (0 to 1 when `signed` is false). The colours
// are chosen in widget.css so that the cell's ink is readable on every one of them.
export function paint(cell, share, signed = true) {
  const hue = signed ? (share < 0 ? "ac-neg" : "ac-pos") : "ac-seq";
  cell.classList.remove("ac-neg", "ac-pos", "ac-seq");
  cell.classList.add("ac-heat", hue);
  cell.style.setProperty("--ac-share", `${Math.round(clamp(Math.abs(share), 0, 1) * 100)}%`);
}

// A table of numbers with headers on both sides. `rows` and `columns` are header
// texts or elements; an empty `rows` leaves the row headers out. `setCell(i, j, text)`
// returns the cell, ready for `paint`.
export function numberTable({
  caption,
  corner = "",
  rows = [],
  columns,
  nRows = rows.length,
  className = "",
}) {
  const head = h("tr", {});
  if (rows.length) head.append(h(corner ? "th" : "td", corner ? { scope: "col" } : {}, corner));
  head.append(...columns.map((column) => h("th", { scope: "col" }, column)));
  const cells = [];
  const body = h("tbody", {});
  for (let i = 0; i < nRows; i += 1) {
    const line = columns.map(() => h("td", {}));
    cells.push(line);
    body.append(h("tr", {}, ...(rows.length ? [h("th", { scope: "row" }, rows[i])] : []), ...line));
  }
  const node = h(
    "table",
    { class: `ac-table ${className}`.trim() },
    h("caption", {}, caption),
    h("thead", {}, head),
    body,
  );
  const setCell = (i, j, text) => {
    setText(cells[i][j], text);
    return cells[i][j];
  };
  return { node, cells, body, setCell };
}

// A table of facts: words and formulas, and in the last `nCounts` columns numbers, which
// stand at the right.
export function factsTable({ nCounts = 1, ...facts }) {
  const table = numberTable({ ...facts, className: "ac-facts" });
  for (const { cells } of table.node.rows) {
    for (const cell of [...cells].slice(cells.length - nCounts)) cell.classList.add("ac-right");
  }
  return table;
}

// A box that scrolls by itself when its content is too wide, so that the page never
// does. It takes the keyboard's focus only while there is something to scroll.
export function scroller(label, ...children) {
  const box = h("div", { class: "ac-scroll" }, ...children);
  const fit = () => {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.setAttribute("tabindex", "0");
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", label);
    } else for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  };
  const watch = new ResizeObserver(fit);
  watch.observe(box);
  for (const child of children) if (child instanceof Element) watch.observe(child);
  return box;
}
