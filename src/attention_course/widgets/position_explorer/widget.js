// Chapter 4: two positions as vectors of waves, and how alike they are.

import { slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["d_model", "base", "first", "second"];
const N_POSITIONS = 100;

// All arithmetic: numbers in, numbers out.
function compute({ d_model, base, first, second }) {
  const pairs = Array.from({ length: d_model / 2 }, (_, i) => i);
  const frequencies = pairs.map((i) => base ** ((-2 * i) / d_model)); // (d_model / 2,)
  const vector = (t) => frequencies.flatMap((f) => [Math.sin(t * f), Math.cos(t * f)]); // (d_model,)
  // sin s sin t + cos s cos t = cos(s − t): what each pair adds to the dot product.
  const products = (distance) => frequencies.map((f) => Math.cos(distance * f)); // (d_model / 2,)
  const dots = Array.from({ length: N_POSITIONS }, (_, n) =>
    products(n).reduce((sum, x) => sum + x, 0),
  );
  const distance = Math.abs(first - second);
  return {
    vectors: [vector(first), vector(second)], // (2, d_model)
    wavelengths: frequencies.map((f) => (2 * Math.PI) / f),
    distance,
    turns: frequencies.map((f) => (distance * f) / (2 * Math.PI)),
    products: products(distance),
    dots, // (100,), by distance
    cosines: dots.map((dot) => dot / (d_model / 2)), // every vector's length is √(d_model / 2)
    dot: dots[distance],
    cosine: dots[distance] / (d_model / 2),
  };
}

function shape(tag, attributes) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

// A line from distance 0 to 99, height 1 to −1, as wide as there is room; the words stand
// around it as text, so that they keep their size.
function curve() {
  const line = shape("path", { class: "ac-wave-line" });
  const across = shape("path", { class: "ac-wave-zero", d: "M0 50H100" });
  const mark = shape("path", { class: "ac-wave-here" });
  const picture = shape("svg", {
    viewBox: "0 0 100 100",
    preserveAspectRatio: "none",
    "aria-hidden": "true",
  });
  picture.append(across, mark, line);
  const dot = h("span", { class: "ac-wave-dot" });
  const plot = h("div", { class: "ac-wave-plot", role: "img" }, picture, dot);
  const x = (n) => (100 * n) / (N_POSITIONS - 1);
  const y = (cosine) => 50 - 50 * cosine;
  const show = ({ cosines, distance, cosine }, words) => {
    line.setAttribute(
      "d",
      cosines.map((c, n) => `${n ? "L" : "M"}${x(n).toFixed(3)} ${y(c).toFixed(3)}`).join(""),
    );
    mark.setAttribute("d", `M${x(distance).toFixed(3)} 50V${y(cosine).toFixed(3)}`);
    dot.style.left = `${x(distance)}%`;
    dot.style.top = `${y(cosine)}%`;
    plot.setAttribute("aria-label", words);
  };
  const tick = (text, share) => {
    const node = h("span", {}, text);
    node.style.setProperty("--ac-at", `${share}%`);
    return node;
  };
  const node = h(
    "div",
    { class: "ac-wave-chart" },
    h(
      "div",
      { class: "ac-wave-y", "aria-hidden": "true" },
      tick("1", 0),
      tick("0", 50),
      tick("−1", 100),
    ),
    plot,
    h(
      "div",
      { class: "ac-wave-x", "aria-hidden": "true" },
      ...[0, 20, 40, 60, 80, 99].map((n) => tick(n, x(n))),
    ),
  );
  return { node, show };
}

// 6.3, 62.8, 6,283: a wavelength in places.
const places = (x) => (x < 100 ? fmtNumber(x, 1) : fmtCount(Math.round(x)));

function render({ model, el }) {
  const position = (name, label) =>
    slider({
      label,
      min: 0,
      max: N_POSITIONS - 1,
      value: model.get(name),
      text: (t) => `position ${t}`,
      number: true,
      onInput: (t) => writeState(model, { [name]: t }),
    });
  const first = position("first", "First position");
  const second = position("second", "Second position");
  const dModel = slider({
    label: "Numbers in a vector, d_model",
    min: 2,
    max: 64,
    step: 2,
    value: model.get("d_model"),
    text: (d) => `${d} numbers in a vector`,
    onInput: (d) => writeState(model, { d_model: d }),
  });
  // The slider moves the exponent: each factor of ten is as far as the next.
  const baseAt = (x) => Number((10 ** x).toPrecision(2));
  const base = slider({
    label: "Base",
    min: 0,
    max: 6,
    step: 0.25,
    value: Math.log10(model.get("base")),
    text: () => `base ${fmtCount(model.get("base"))}`,
    show: () => fmtCount(model.get("base")),
    onInput: (x) => writeState(model, { base: baseAt(x) }),
  });

  const names = [h("span", { class: "ac-note" }), h("span", { class: "ac-note" })];
  const strips = names.map(() => h("div", { class: "ac-wave-strip", role: "img" }));
  const pairBox = scroller("Pairs of dimensions");
  const numberBox = scroller("Numbers of the two vectors");
  const tableBox = scroller("Similarity by distance");
  const curveName = h("p", { class: "ac-name" });
  const chart = curve();
  const summary = summaryLine();
  const refresh = () => writeTables(compute(readState(model, STATE)));
  const onRequest = (title, box) =>
    h(
      "details",
      { ontoggle: refresh },
      h("summary", {}, title),
      h("div", { class: "ac-wave-table" }, box),
    );
  const numbers = onRequest("Read the numbers of the two vectors", numberBox);
  const table = onRequest("Read the curve as a table", tableBox);

  // Long tables, written only while somebody looks.
  function writeTables({ vectors, cosines, dots }) {
    const { first: s, second: t } = readState(model, STATE);
    if (numbers.open) {
      const columns = vectors[0].map((_, k) => String(k));
      const both = numberTable({
        caption: "sine at even dimensions, cosine at odd ones",
        corner: "dimension",
        rows: [`position ${s}`, `position ${t}`],
        columns,
      });
      vectors.forEach((row, n) =>
        row.forEach((x, k) => paint(both.setCell(n, k, fmtNumber(x)), x)),
      );
      numberBox.replaceChildren(both.node);
    }
    if (table.open) {
      const columns = cosines.map((_, n) => String(n));
      const both = numberTable({
        caption: "for any two positions that far apart",
        corner: "distance",
        rows: ["dot product", "cosine"],
        columns,
      });
      cosines.forEach((x, n) => {
        both.setCell(0, n, fmtNumber(dots[n]));
        paint(both.setCell(1, n, fmtNumber(x)), x);
      });
      tableBox.replaceChildren(both.node);
    }
  }

  let pairs = null;
  // Cells and columns are built again for another number of dimensions ...
  function build({ wavelengths, vectors }) {
    for (const strip of strips)
      strip.replaceChildren(...vectors[0].map(() => h("span", { class: "ac-unit" })));
    pairs = numberTable({
      caption: "shortest wave first; the products add up to the dot product",
      corner: "dimensions",
      rows: ["wavelength in places", "turns apart", "product"],
      columns: [...wavelengths.map((_, i) => `${2 * i}, ${2 * i + 1}`), "sum"],
      className: "ac-wave-pairs",
    });
    pairBox.replaceChildren(pairs.node);
  }

  // ... and otherwise only their numbers are written.
  function update() {
    const state = readState(model, STATE);
    const result = compute(state);
    const { vectors, wavelengths, distance } = result;
    if (!pairs || strips[0].children.length !== state.d_model) build(result);

    first.set(state.first);
    second.set(state.second);
    dModel.set(state.d_model);
    base.set(Math.log10(state.base));
    [state.first, state.second].forEach((t, n) => {
      setText(names[n], `position ${t}`);
      vectors[n].forEach((x, k) => paint(strips[n].children[k], x));
      strips[n].setAttribute(
        "aria-label",
        `vector of position ${t}: ${state.d_model} numbers from −1 to 1, in the table below`,
      );
    });
    wavelengths.forEach((length, i) => {
      pairs.setCell(0, i, places(length));
      pairs.setCell(1, i, fmtNumber(result.turns[i]));
      paint(pairs.setCell(2, i, fmtNumber(result.products[i])), result.products[i]);
    });
    pairs.setCell(2, wavelengths.length, fmtNumber(result.dot)).classList.add("ac-wave-sum");

    const apart = `${distance} ${distance === 1 ? "place" : "places"} apart`;
    setText(curveName, "Similarity: the cosine of any two positions, by their distance");
    chart.show(
      result,
      `Line: the cosine is 1 at distance 0, ${fmtNumber(result.cosine)} at distance ${distance}, ${fmtNumber(result.cosines[99])} at distance 99; all values stand in the table below`,
    );
    writeTables(result);
    const range =
      wavelengths.length === 1
        ? `The one wave is ${places(wavelengths[0])} places long.`
        : `The waves are ${places(wavelengths[0])} to ${places(wavelengths.at(-1))} places long.`;
    summary.say(
      `Positions ${state.first} and ${state.second} are ${apart}. The dot product of their vectors is ` +
        `${fmtNumber(result.dot)}, their cosine ${fmtNumber(result.cosine)}, as for any two positions ${apart}. ${range}`,
    );
  }

  el.append(
    panel(
      "Position explorer",
      h(
        "p",
        { class: "ac-note" },
        "Move two positions along the sequence. Each pair of dimensions is a wave, a sine beside a cosine; the later the pair, the longer the wave.",
      ),
      h("div", { class: "ac-controls" }, first.node, second.node, dModel.node, base.node),
      h(
        "div",
        { class: "ac-step" },
        h("p", { class: "ac-name" }, "Vectors: blue is −1, orange is 1"),
        ...names.map((name, n) => h("div", { class: "ac-wave-row" }, name, strips[n])),
      ),
      h(
        "div",
        { class: "ac-step" },
        h("p", { class: "ac-name" }, "Waves: one for each pair of dimensions"),
        pairBox,
      ),
      h(
        "div",
        { class: "ac-step" },
        curveName,
        chart.node,
        h("p", { class: "ac-note ac-wave-below", "aria-hidden": "true" }, "distance in places"),
      ),
      summary.node,
      numbers,
      table,
    ),
  );
  return live(model, STATE, update, summary.stop);
}

export default { compute, render };
