// Chapter 3: queries and keys give scores, a masked softmax makes weights of them, and the
// weights average the values.

import { select, slider } from "../shared/controls.js";
import { h, panel, setText, uniqueId } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { clamp, entropyOf, softmax } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = [
  "query",
  "key",
  "value",
  "parameters",
  "n_queries",
  "n_keys",
  "d_k",
  "score",
  "temperature",
  "mask",
  "n_padding",
  "cells",
  "picked",
];
const D_HIDDEN = 8; // hidden units of the additive score
const SCORE_NAMES = [
  ["dot", "dot"],
  ["scaled_dot", "scaled dot"],
  ["general", "general"],
  ["additive", "additive"],
];
const MASK_NAMES = [
  ["none", "none"],
  ["causal", "causal: key ≤ query"],
  ["padding", "padding: the last keys"],
  ["cells", "cell by cell"],
];

const dot = (a, b) => a.reduce((sum, x, n) => sum + x * b[n], 0);
const times = (matrix, x) => matrix.map((row) => dot(row.slice(0, x.length), x));

// The score function in use: (q, k) -> a number.
function scoreFunction({ score, d_k, parameters }) {
  if (score === "dot") return dot;
  if (score === "scaled_dot") return (q, k) => dot(q, k) / Math.sqrt(d_k);
  if (score === "general") {
    const W = parameters.general.slice(0, d_k); // (d_k, 64), divided by d_k below
    return (q, k) => dot(q, times(W, k)) / d_k;
  }
  const v = parameters.to_score.map((x) => x / Math.sqrt(D_HIDDEN));
  const scale = Math.sqrt(d_k);
  return (q, k) => {
    const byQuery = times(parameters.from_query, q);
    const byKey = times(parameters.from_key, k);
    return dot(
      v,
      byQuery.map((x, n) => Math.tanh((x + byKey[n]) / scale)),
    );
  };
}

function isAllowed({ mask, n_keys, n_padding, cells }, i, j) {
  if (mask === "causal") return j <= i;
  if (mask === "padding") return j < n_keys - n_padding;
  return mask === "cells" ? cells[i][j] : true;
}

// All arithmetic: numbers in, numbers out.
function compute(state) {
  const { n_queries, n_keys, d_k, temperature } = state;
  const query = state.query.slice(0, n_queries).map((row) => row.slice(0, d_k)); // (Tq, d_k)
  const key = state.key.slice(0, n_keys).map((row) => row.slice(0, d_k)); // (Tk, d_k)
  const value = state.value.slice(0, n_keys); // (Tk, d_v)
  const score = scoreFunction(state);
  const scores = query.map((q) => key.map((k) => score(q, k))); // (Tq, Tk)
  const allowed = query.map((_, i) => key.map((_, j) => isAllowed(state, i, j))); // (Tq, Tk)
  const weights = scores.map((row, i) =>
    softmax(
      row.map((s) => s / temperature),
      allowed[i],
    ),
  );
  const context = weights.map((row) =>
    value[0].map((_, n) =>
      dot(
        row,
        value.map((v) => v[n]),
      ),
    ),
  ); // (Tq, d_v)
  const entropy = weights.map(entropyOf); // (Tq,)
  // How many equally weighted keys have this entropy; none where none is allowed.
  const effective = entropy.map((nats, i) => (allowed[i].includes(true) ? Math.exp(nats) : 0));
  const all = scores.flat();
  const mean = all.reduce((sum, s) => sum + s, 0) / all.length;
  const spread = Math.sqrt(all.reduce((sum, s) => sum + (s - mean) ** 2, 0) / all.length);
  const picked = clamp(state.picked, 0, n_queries - 1);
  return {
    query,
    key,
    value,
    scores,
    allowed,
    weights,
    context,
    entropy,
    effective,
    spread,
    picked,
  };
}

function formula({ score, d_k, temperature }) {
  const text = {
    dot: "score = q · k",
    scaled_dot: `score = q · k / √d_k, here q · k / ${fmtNumber(Math.sqrt(d_k))}`,
    general: `score = qᵀ W k, with d_k² = ${fmtCount(d_k * d_k)} parameters (random here)`,
    additive:
      `score = v · tanh(W q + U k), ${D_HIDDEN} hidden units, ` +
      `${D_HIDDEN} (2 d_k + 1) = ${fmtCount(D_HIDDEN * (2 * d_k + 1))} parameters (random here)`,
  }[score];
  return temperature === 1 ? `${text}.` : `${text}; then divided by the temperature.`;
}

function render({ model, el }) {
  const plural = (n, one, many) => `${n} ${n === 1 ? one : many}`;
  const largest = {
    n_queries: model.get("query").length,
    n_keys: Math.min(model.get("key").length, model.get("value").length),
    d_k: Math.min(model.get("query")[0].length, model.get("key")[0].length),
  };

  // Fewer queries or keys take what was picked beyond them along.
  const nQueries = slider({
    label: "Queries",
    min: 1,
    max: largest.n_queries,
    value: model.get("n_queries"),
    text: (n) => plural(n, "query", "queries"),
    onInput: (n) =>
      writeState(model, { n_queries: n, picked: Math.min(model.get("picked"), n - 1) }),
  });
  const nKeys = slider({
    label: "Keys",
    min: 1,
    max: largest.n_keys,
    value: model.get("n_keys"),
    text: (n) => plural(n, "key", "keys"),
    onInput: (n) =>
      writeState(model, { n_keys: n, n_padding: Math.min(model.get("n_padding"), n) }),
  });
  const dK = slider({
    label: "Numbers in each, d_k",
    min: 1,
    max: largest.d_k,
    value: model.get("d_k"),
    text: (d) => `${plural(d, "number", "numbers")} in each query and key`,
    onInput: (d) => writeState(model, { d_k: d }),
  });
  const score = select({
    label: "Score",
    options: SCORE_NAMES,
    value: model.get("score"),
    onInput: (name) => writeState(model, { score: name }),
  });
  // The slider moves the exponent: as far from 1 to 10 as from 1 to 0.1.
  const warmth = (x) => Number((10 ** x).toPrecision(2));
  const temperature = slider({
    label: "Temperature",
    min: -1,
    max: 1,
    step: 0.05,
    value: Math.log10(model.get("temperature")),
    text: (x) => `temperature ${warmth(x)}`,
    show: (x) => String(warmth(x)),
    onInput: (x) => writeState(model, { temperature: warmth(x) }),
  });
  // The mask on screen, as cells to change one by one.
  const cellsNow = () => {
    const { allowed } = compute(readState(model, STATE));
    return model.get("cells").map((row, i) => row.map((cell, j) => allowed[i]?.[j] ?? cell));
  };
  const mask = select({
    label: "Mask",
    options: MASK_NAMES,
    value: model.get("mask"),
    onInput: (name) =>
      writeState(model, name === "cells" ? { mask: name, cells: cellsNow() } : { mask: name }),
  });
  const padding = slider({
    label: "Keys of padding",
    min: 0,
    max: model.get("n_keys"),
    value: model.get("n_padding"),
    text: (n) => `the last ${plural(n, "key is", "keys are")} padding`,
    onInput: (n) => writeState(model, { n_padding: n }),
  });
  function toggle(i, j) {
    const cells = cellsNow();
    cells[i][j] = !cells[i][j];
    writeState(model, { mask: "cells", cells });
  }

  const scoreNote = h("p", { class: "ac-note" });
  const spreadNote = h("p", { class: "ac-note ac-below" });
  const contextName = h("p", { class: "ac-name" });
  const scoreBox = scroller("Scores");
  const weightBox = scroller("Weights");
  const contextBox = scroller("Context vectors");
  const sumBox = scroller("The weighted sum");
  const inputBox = h("div", { class: "ac-inputs" });
  const summary = summaryLine();

  let scoreTable, weightTable, contextTable, sumTable, inputs, radios, ticks, numbers;
  let built = "";

  // Arrow keys move between the ticks; the Tab key passes over all but one.
  let reached = [0, 0];
  function reach(i, j) {
    ticks[reached[0]]?.[reached[1]]?.setAttribute("tabindex", "-1");
    reached = [i, j];
    ticks[i][j].setAttribute("tabindex", "0");
  }
  function onArrow(event) {
    const [i, j] = reached;
    const [down, right] =
      { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ??
      [];
    if (down === undefined || event.target.type !== "checkbox") return;
    event.preventDefault();
    reach(clamp(i + down, 0, ticks.length - 1), clamp(j + right, 0, ticks[0].length - 1));
    ticks[reached[0]][reached[1]].focus();
  }

  // The tables are built again when their shape changes ...
  function build({ query, key, value }) {
    const group = uniqueId("query");
    const keys = key.map((_, j) => `key ${j}`);
    const parts = value[0].map((_, n) => String(n));
    radios = query.map((_, i) =>
      h("input", {
        type: "radio",
        name: group,
        value: i,
        onchange: () => writeState(model, { picked: i }),
      }),
    );
    scoreTable = numberTable({
      caption: "scores; ticked: may attend",
      corner: "query",
      rows: radios.map((radio, i) => h("label", { class: "ac-choose" }, radio, `query ${i}`)),
      columns: keys,
      className: "ac-scores",
    });
    numbers = query.map(() => key.map(() => h("span", {})));
    ticks = query.map((_, i) =>
      key.map((_, j) =>
        h("input", {
          type: "checkbox",
          tabindex: "-1",
          "aria-label": `query ${i} may attend to key ${j}`,
          onchange: () => toggle(i, j),
          onfocus: () => reach(i, j),
        }),
      ),
    );
    ticks.forEach((row, i) =>
      row.forEach((tick, j) =>
        scoreTable.cells[i][j].append(h("label", { class: "ac-tick" }, tick, numbers[i][j])),
      ),
    );
    scoreTable.node.addEventListener("keydown", onArrow);
    reach(Math.min(reached[0], query.length - 1), Math.min(reached[1], key.length - 1));

    const rows = query.map((_, i) => `query ${i}`);
    weightTable = numberTable({
      caption: "weights: each row adds up to 1; entropy in nats",
      corner: "query",
      rows,
      columns: [...keys, "entropy", "effective keys"],
      className: "ac-weights",
    });
    contextTable = numberTable({
      caption: `context, ${query.length} × ${parts.length}`,
      corner: "query",
      rows,
      columns: parts,
      className: "ac-context",
    });
    sumTable = numberTable({
      caption: "each value times its weight",
      corner: "key",
      rows: [...keys, "sum"],
      columns: parts,
      className: "ac-sum",
    });
    inputs = [
      ["queries", query, rows],
      ["keys", key, keys],
      ["values", value, keys],
    ].map(([name, numbersOf, heads]) => {
      const columns = numbersOf[0].map((_, n) => String(n));
      const table = numberTable({
        caption: `${name}, ${numbersOf.length} × ${columns.length}`,
        corner: name,
        rows: heads,
        columns,
      });
      const most = Math.max(...numbersOf.flat().map(Math.abs)) || 1;
      numbersOf.forEach((row, i) =>
        row.forEach((x, n) => paint(table.setCell(i, n, fmtNumber(x)), x / most)),
      );
      return scroller(`The ${name}`, table.node);
    });
    scoreBox.replaceChildren(scoreTable.node);
    weightBox.replaceChildren(weightTable.node);
    contextBox.replaceChildren(contextTable.node);
    sumBox.replaceChildren(sumTable.node);
    inputBox.replaceChildren(...inputs);
    for (const table of [scoreTable, weightTable, contextTable]) {
      [...table.body.rows].forEach((line, i) => {
        line.addEventListener("click", (event) => {
          if (event.target.type !== "checkbox" && !event.target.closest(".ac-tick")) pick(i);
        });
      });
    }
  }
  function pick(i) {
    if (model.get("picked") !== i) writeState(model, { picked: i });
  }

  // ... and otherwise only their numbers are written.
  function update() {
    const state = readState(model, STATE);
    const result = compute(state);
    const shape = JSON.stringify([
      state.n_queries,
      state.n_keys,
      state.d_k,
      state.query,
      state.key,
      state.value,
    ]);
    if (shape !== built) build(result);
    built = shape;
    const { scores, weights, allowed, context, value, picked } = result;

    nQueries.set(state.n_queries);
    nKeys.set(state.n_keys);
    dK.set(state.d_k);
    score.set(state.score);
    temperature.set(Math.log10(state.temperature));
    mask.set(state.mask);
    padding.set(state.n_padding, state.n_keys);
    padding.node.hidden = state.mask !== "padding";

    setText(scoreNote, formula(state));
    setText(
      spreadNote,
      `Standard deviation of these ${fmtCount(scores.flat().length)} scores: ${fmtNumber(result.spread)}.`,
    );
    const highest = Math.max(...scores.flat().map(Math.abs)) || 1;
    const most = Math.max(...value.flat().map(Math.abs)) || 1;
    scores.forEach((row, i) => {
      for (const table of [scoreTable, weightTable, contextTable]) {
        table.body.rows[i].classList.toggle("ac-picked", i === picked);
      }
      radios[i].checked = i === picked;
      row.forEach((s, j) => {
        setText(numbers[i][j], fmtNumber(s));
        ticks[i][j].checked = allowed[i][j];
        const cell = scoreTable.cells[i][j];
        cell.classList.toggle("ac-masked", !allowed[i][j]);
        paint(cell, allowed[i][j] ? s / highest : 0);
        paint(weightTable.setCell(i, j, fmtNumber(weights[i][j])), weights[i][j], false);
      });
      const lonely = result.effective[i] === 0;
      weightTable.setCell(i, row.length, lonely ? "—" : fmtNumber(result.entropy[i]));
      weightTable.setCell(
        i,
        row.length + 1,
        lonely ? "nothing" : fmtNumber(result.effective[i], 1),
      );
      context[i].forEach((x, n) => paint(contextTable.setCell(i, n, fmtNumber(x)), x / most));
    });

    setText(contextName, `Context: the values, weighted and added (query ${picked} written out)`);
    value.forEach((row, j) => {
      const weight = weights[picked][j];
      row.forEach((x, n) => {
        const number = x < 0 ? `(${fmtNumber(x)})` : fmtNumber(x);
        sumTable
          .setCell(j, n, `${fmtNumber(weight)} × ${number}`)
          .classList.toggle("ac-faint", weight === 0);
      });
    });
    context[picked].forEach((x, n) =>
      paint(sumTable.setCell(value.length, n, fmtNumber(x)), x / most),
    );

    const best = weights[picked].indexOf(Math.max(...weights[picked]));
    const vector = context[picked].map((x) => fmtNumber(x)).join(", ");
    summary.say(
      result.effective[picked] === 0
        ? `Query ${picked} may attend to nothing: its weights and its context are zero.`
        : `Query ${picked} gives key ${best} the most weight, ${fmtNumber(weights[picked][best])}. ` +
            `Its entropy, ${fmtNumber(result.entropy[picked])} nats, is that of ` +
            `${fmtNumber(result.effective[picked], 1)} equally weighted keys. Its context is (${vector}).`,
    );
  }

  el.append(
    panel(
      "Score explorer",
      h(
        "p",
        { class: "ac-note" },
        "Change anything: every number below follows. Pick a query, or untick a cell to mask it. All counts start from 0.",
      ),
      h(
        "div",
        { class: "ac-controls" },
        nQueries.node,
        nKeys.node,
        dK.node,
        score.node,
        temperature.node,
        mask.node,
        padding.node,
      ),
      h(
        "div",
        { class: "ac-step" },
        h("p", { class: "ac-name" }, "Scores: how well each query matches each key"),
        scoreNote,
        scoreBox,
        spreadNote,
      ),
      h(
        "div",
        { class: "ac-step" },
        h("p", { class: "ac-name" }, "Weights: the softmax of each row"),
        weightBox,
      ),
      h(
        "div",
        { class: "ac-step" },
        contextName,
        h("div", { class: "ac-side" }, contextBox, sumBox),
      ),
      summary.node,
      h("details", {}, h("summary", {}, "Read the queries, keys and values"), inputBox),
    ),
  );
  return live(model, STATE, update, summary.stop);
}

export default { compute, render };
