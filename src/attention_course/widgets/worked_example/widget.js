// Chapter 4: self-attention of two words, from their vectors to the weighted sum.

import { checkbox, numberCell, select, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { clamp, softmax } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["words", "query", "key", "value", "d_k", "scaled", "picked"];
const LARGEST = 100; // of a number
const MAX_D_K = 512;

// All arithmetic: numbers in, numbers out.
function compute({ query, key, value, d_k, scaled, picked }) {
  const dot = (a, b) => a.reduce((sum, x, n) => sum + x * b[n], 0);
  const divisor = Math.sqrt(d_k);
  const dots = query.map((q) => key.map((k) => dot(q, k))); // (2, 2)
  const divided = dots.map((row) => row.map((s) => s / divisor)); // (2, 2)
  const scores = scaled ? divided : dots;
  const weights = scores.map((row) => softmax(row)); // (2, 2)
  const weighted = weights.map((row) => row.map((w, j) => value[j].map((x) => w * x))); // (2, 2, d_v)
  const output = weighted.map((rows) => rows[0].map((x, n) => x + rows[1][n])); // (2, d_v)
  return {
    picked: clamp(picked, 0, query.length - 1),
    divisor,
    dots,
    scores,
    weights,
    // What the weights would be with the other choice of dividing or not.
    otherWeights: (scaled ? dots : divided).map((row) => softmax(row)),
    weighted,
    output,
  };
}

// At most two decimals: 112, 9.38, −0.5.
const short = (x) => fmtNumber(x).replace(/\.?0+$/, "");
const signed = (x) => (x < 0 ? `(${short(x)})` : short(x));
const SMALL = ["₁", "₂"];

function render({ model, el }) {
  const d = model.get("key")[0].length; // editing changes numbers, never how many there are
  const dV = model.get("value")[0].length;
  const words = () => model.get("words");

  const word = select({
    label: "Query of",
    options: words().map((text, i) => [i, text]),
    value: model.get("picked"),
    onInput: (i) => writeState(model, { picked: Number(i) }),
  });
  const dK = slider({
    label: "Numbers in a vector, d_k",
    min: d,
    max: MAX_D_K,
    value: model.get("d_k"),
    text: (n) => `${n} numbers in each query and key`,
    number: true,
    onInput: (n) => writeState(model, { d_k: n }),
  });
  const scaled = checkbox({
    label: "Divide the scores by √d_k",
    value: model.get("scaled"),
    onInput: (on) => writeState(model, { scaled: on }),
  });

  // One table a word, as in the figure: its query, key and value, a box for each number.
  const LINES = [
    ["query", "q", d],
    ["key", "k", d],
    ["value", "v", dV],
  ];
  const boxes = []; // [trait, word, place, box]
  const heads = words().map(() => h("p", { class: "ac-name" }));
  const vectors = words().map((_, i) => {
    const table = numberTable({
      caption: `vectors of word ${i + 1}`,
      corner: "vector",
      rows: LINES.map(([name, letter]) => `${name} ${letter}${SMALL[i]}`),
      columns: Array.from({ length: Math.max(d, dV) }, (_, n) => String(n)),
      className: "ac-we-vectors",
    });
    LINES.forEach(([name, letter, length], line) => {
      for (let n = 0; n < length; n += 1) {
        const box = numberCell({
          label: `${name} ${letter}${i + 1}, number ${n}`,
          value: model.get(name)[i][n],
          min: -LARGEST,
          max: LARGEST,
          onInput: (x) => {
            const rows = model.get(name).map((row) => [...row]);
            rows[i][n] = x;
            writeState(model, { [name]: rows });
          },
        });
        // What cannot be used goes back to the number in use.
        box.input.addEventListener("blur", () => box.set(model.get(name)[i][n]));
        table.cells[line][n].append(box.node);
        boxes.push([name, i, n, box]);
      }
    });
    return h(
      "div",
      { class: "ac-we-word" },
      heads[i],
      scroller(`Vectors of word ${i + 1}`, table.node),
    );
  });
  const again = h(
    "button",
    { type: "button", onclick: () => writeState(model, { ...model.get("start") }) },
    "Back to the first numbers",
  );
  const zeros = h("p", { class: "ac-note" });

  const products = words().map(() => h("p", { class: "ac-we-product" }));
  const lines = ["score", "divided", "weight", "other"].map(() => h("span", {}));
  const columns = words().map(() => h("span", {}));
  const steps = numberTable({
    caption: "one column for each word that is asked",
    corner: "step",
    rows: lines,
    columns,
    className: "ac-we-steps",
  });
  const sumHeads = [...words(), ""].map(() => h("span", {}));
  const sum = numberTable({
    caption: "each value times its weight",
    corner: "vector",
    rows: sumHeads,
    columns: Array.from({ length: dV }, (_, n) => String(n)),
    className: "ac-we-sum",
  });
  const sumName = h("p", { class: "ac-name" });
  const summary = summaryLine();

  function update() {
    const state = readState(model, STATE);
    const result = compute(state);
    const i = result.picked;
    const [first, second] = state.words;

    word.set(i);
    [...word.input.options].forEach((option, j) => setText(option, state.words[j]));
    dK.set(state.d_k);
    scaled.set(state.scaled);
    for (const [name, j, n, box] of boxes) box.set(state[name][j][n]);
    heads.forEach((head, j) => setText(head, state.words[j]));
    vectors.forEach((node, j) =>
      node.querySelector("tbody tr").classList.toggle("ac-we-asks", j === i),
    );
    const hidden = state.d_k - d;
    setText(
      zeros,
      hidden
        ? `Each query and key has d_k = ${state.d_k} numbers. Shown are ${d}; the other ${hidden} are zeros here, which change no score.`
        : `Each query and key has d_k = ${state.d_k} numbers, all shown.`,
    );

    const q = `q${SMALL[i]}`;
    products.forEach((node, j) => {
      // A line breaks between the terms, not inside one.
      const terms = state.query[i].map((x, n) =>
        h("span", {}, `${n ? "+ " : "= "}${signed(x)} × ${signed(state.key[j][n])}`),
      );
      const parts = [
        h("span", {}, `${q} · k${SMALL[j]}`),
        ...terms,
        h("strong", {}, `= ${short(result.dots[i][j])}`),
      ];
      node.replaceChildren(...parts.flatMap((part) => [part, " "]));
    });

    setText(lines[0], `score, ${q} · k`);
    setText(
      lines[1],
      state.scaled ? `divided by √${state.d_k} = ${short(result.divisor)}` : "not divided",
    );
    setText(lines[2], "weight, by softmax");
    setText(lines[3], state.scaled ? "weight without the division" : "weight with the division");
    state.words.forEach((text, j) => {
      setText(columns[j], text);
      steps.setCell(0, j, short(result.dots[i][j]));
      steps.setCell(1, j, short(result.scores[i][j]));
      paint(steps.setCell(2, j, fmtNumber(result.weights[i][j])), result.weights[i][j], false);
      steps.setCell(3, j, fmtNumber(result.otherWeights[i][j]));
      setText(sumHeads[j], `${fmtNumber(result.weights[i][j])} × v${SMALL[j]}`);
    });

    const most = Math.max(...state.value.flat().map(Math.abs)) || 1;
    result.weighted[i].forEach((row, j) =>
      row.forEach((x, n) => paint(sum.setCell(j, n, fmtNumber(x)), x / most)),
    );
    result.output[i].forEach((x, n) => paint(sum.setCell(2, n, fmtNumber(x)), x / most));
    setText(sumHeads[2], `sum z${SMALL[i]}`);
    setText(sumName, `Sum: what “${state.words[i]}” becomes`);

    const pair = (numbers, format) => numbers.map((x) => format(x)).join(" and ");
    const shares = (weights) => pair(weights, (w) => fmtNumber(w));
    const scores = pair(result.dots[i], short);
    summary.say(
      `“${state.words[i]}” takes ${fmtNumber(result.weights[i][0])} of the value of “${first}” and ` +
        `${fmtNumber(result.weights[i][1])} of that of “${second}”. ` +
        (state.scaled
          ? `The scores ${scores}, divided by ${short(result.divisor)}, are ${pair(result.scores[i], short)}; ` +
            `without the division the weights would be ${shares(result.otherWeights[i])}.`
          : `The scores ${scores} are not divided; divided by ${short(result.divisor)} they would give ` +
            `the weights ${shares(result.otherWeights[i])}.`),
    );
  }

  el.append(
    panel(
      "Worked example",
      h(
        "p",
        { class: "ac-note" },
        "Change any number: all that follows is worked out again. The well-known figure gives the scores 112 and 96 and d_k = 64, not the numbers of the vectors; the first ones here are ours, chosen to give those scores.",
      ),
      h(
        "div",
        { class: "ac-controls" },
        word.node,
        dK.node,
        h("div", { class: "ac-we-tick" }, scaled.node),
      ),
      h("div", { class: "ac-step ac-we-words" }, ...vectors),
      h("div", { class: "ac-we-foot" }, zeros, again),
      h(
        "div",
        { class: "ac-step" },
        h("p", { class: "ac-name" }, "Scores and weights"),
        ...products,
        scroller("Scores and weights", steps.node),
      ),
      h("div", { class: "ac-step" }, sumName, scroller("The weighted sum", sum.node)),
      summary.node,
    ),
  );
  return live(model, [...STATE, "start"], update, summary.stop);
}

export default { compute, render };
