// What came of code that was run: what it raised, what it printed, and its heatmaps as tables in
// the frame of the widgets.

import { panel } from "../../../src/attention_course/widgets/shared/dom.js";
import {
  numberTable,
  paint,
  scroller,
} from "../../../src/attention_course/widgets/shared/tables.js";
import { element, prose } from "./dom.js";

const sizesOf = ({ sizes, rows, columns }) => {
  const [n_rows, n_columns] = sizes;
  if (n_rows === rows.length && n_columns === columns.length) return `${n_rows} × ${n_columns}`;
  return `${rows.length} × ${columns.length} of ${n_rows} × ${n_columns}`;
};

function heatmapView(heatmap) {
  const { title, corner, rows, columns, values, shares, signed } = heatmap;
  const caption = sizesOf(heatmap);
  const { node, setCell } = numberTable({ caption, corner, rows, columns });
  for (const [i, line] of values.entries())
    for (const [j, text] of line.entries()) paint(setCell(i, j, text), shares[i][j], signed);
  const name = title || "Heatmap";
  return panel(name, scroller(name, node));
}

export function outcomeView({ status, message, printed, heatmaps, n_heatmaps }) {
  const shown = [];
  if (printed)
    shown.push(
      element("pre", { class: "ac-ran", tabindex: "0", "aria-label": "What it printed" }, printed),
    );
  shown.push(...heatmaps.map(heatmapView));
  if (n_heatmaps > heatmaps.length)
    shown.push(element("p", {}, `The first ${heatmaps.length} of ${n_heatmaps} heatmaps.`));
  if (message)
    shown.push(element("p", { class: "ac-report ac-written-report" }, ...prose(message)));
  if (status === "ran" && !shown.length)
    shown.push(element("p", {}, "It ran, and neither printed nor drew anything."));
  return shown;
}
