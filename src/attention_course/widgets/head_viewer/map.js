// The map of all heads: a radio button for each, in a table of layers and heads, and a legend.

import { ARROWS, h, setText, uniqueId } from "../shared/dom.js";
import { fmtNumber, visible } from "../shared/format.js";
import { clamp, range } from "../shared/numbers.js";
import { writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { KINDS } from "./compute.js";

function pickHead(model, layer, head) {
  if (model.get("layer") !== layer || model.get("head") !== head) {
    writeState(model, { layer, head });
  }
}

function legendOf() {
  return KINDS.map(([, mark, meaning]) => {
    const count = h("strong", {});
    const sign = h("span", { class: "ac-hv-mark", "aria-hidden": "true" }, mark);
    return { count, node: h("li", {}, sign, " ", h("span", {}, `${meaning}: `, count)) };
  });
}

export function headMap(model) {
  const { n_layers: nLayers, n_heads: nHeads } = model.get("recordings")[0];
  const group = uniqueId("head");
  const table = numberTable({
    caption: "rows: layers, columns: heads; the stronger the colour, the larger the weight",
    corner: "layer",
    rows: range(nLayers).map(String),
    columns: range(nHeads).map(String),
    className: "ac-hv-map",
  });
  const heads = range(nLayers).map((l) =>
    range(nHeads).map((k) => {
      const radio = h("input", {
        type: "radio",
        class: "ac-hidden",
        name: group,
        value: `${l} ${k}`,
        onchange: () => pickHead(model, l, k),
      });
      const mark = h("span", { "aria-hidden": "true" });
      const label = h("label", { class: "ac-hv-head" }, radio, mark);
      table.cells[l][k].append(label);
      return { radio, mark, label };
    }),
  );
  table.node.addEventListener("keydown", (event) => onArrow(event, model, heads));
  const legend = legendOf();
  const node = h(
    "div",
    { class: "ac-hv-both" },
    scroller("All heads", table.node),
    h("ul", { class: "ac-hv-legend" }, ...legend.map((line) => line.node)),
  );
  return { name: h("p", { class: "ac-name" }), table, heads, legend, node };
}

// Arrow keys move along both axes; the Tab key passes over all heads but the picked one.
function onArrow(event, model, heads) {
  const step = ARROWS[event.key];
  if (!step) return;
  event.preventDefault();
  event.stopPropagation(); // the notebook has its own use for arrow keys
  const layer = clamp(model.get("layer") + step[0], 0, heads.length - 1);
  const head = clamp(model.get("head") + step[1], 0, heads[0].length - 1);
  pickHead(model, layer, head);
  heads[layer][head].radio.focus();
}

export function drawMap({ name, table, heads, legend }, state, { overview, words, token, counts }) {
  const n = overview.flat().length;
  setText(name, `All ${n} heads: where does “${visible(words[token])}” look most?`);
  overview.forEach((line, l) => {
    line.forEach(({ place, weight, kind }, k) => {
      const { radio, mark, label } = heads[l][k];
      const now = l === state.layer && k === state.head;
      setText(mark, KINDS.find(([one]) => one === kind)[1]);
      const said = `layer ${l}, head ${k}: most weight, ${fmtNumber(weight)}, on token ${place}, ${visible(words[place])}`;
      radio.setAttribute("aria-label", said);
      label.setAttribute("title", said);
      radio.checked = now;
      radio.tabIndex = now ? 0 : -1;
      label.classList.toggle("ac-hv-now", now);
      paint(table.cells[l][k], weight, false);
    });
  });
  KINDS.forEach(([kind], i) => {
    setText(legend[i].count, counts[kind]);
  });
}
