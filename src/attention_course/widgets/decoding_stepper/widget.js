// Chapter 2: one vector C in, one character out at each step.

import { select, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber, visible } from "../shared/format.js";
import { clamp, entropyOf, softmax } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["recordings", "symbols", "text", "d_context", "step"];
const START = 1; // the numbers of two symbols, the same in every vocabulary
const END = 2;

// All arithmetic: numbers in, numbers out.
function compute({ recordings, symbols, text, d_context, step }) {
  const recording = recordings.find((one) => one.source === text && one.d_context === d_context);
  const nSteps = recording.tokens.length;
  const at = clamp(step, 1, nSteps) - 1;
  const logits = recording.logits[at]; // (n_target,)
  const probabilities = softmax(logits); // (n_target,)
  const written = recording.tokens.map((token) => symbols[token]);
  const expected = recording.expected === null ? null : [...recording.expected, symbols[END]];
  const right = written.map((symbol, t) => (expected === null ? null : symbol === expected[t]));
  return {
    recording,
    step: at + 1,
    nSteps,
    logits,
    probabilities,
    entropy: entropyOf(probabilities),
    likeliest: probabilities.indexOf(Math.max(...probabilities)),
    token: recording.tokens[at],
    read: at ? written[at - 1] : symbols[START],
    before: recording.states[at],
    after: recording.states[at + 1],
    written,
    expected,
    right,
    nRight: right.slice(0, at + 1).filter(Boolean).length,
    allRight: expected !== null && written.length === expected.length && !right.includes(false),
  };
}

// Numbers as a row of coloured cells. The picture says its size and range; the numbers
// stand in a table below.
function strip(className) {
  const node = h("div", { class: `ac-strip ${className}`, role: "img" });
  const show = (numbers, name) => {
    while (node.children.length > numbers.length) node.lastChild.remove();
    while (node.children.length < numbers.length) node.append(h("span", { class: "ac-unit" }));
    numbers.forEach((x, n) => paint(node.children[n], x));
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)].map((x) => fmtNumber(x));
    node.setAttribute("aria-label", `${name}: ${numbers.length} numbers from ${low} to ${high}`);
  };
  return { node, show };
}

function render({ model, el }) {
  const recordings = model.get("recordings");
  const texts = [...new Set(recordings.map(({ source }) => source))];
  const sizes = [...new Set(recordings.map(({ d_context }) => d_context))].sort((a, b) => a - b);
  const lengthOf = (source) => recordings.find((one) => one.source === source).read.length;

  // Another text or size has steps of its own: the last one left, if need be.
  const change = (changes) => {
    const { nSteps } = compute({ ...readState(model, STATE), ...changes });
    writeState(model, { ...changes, step: Math.min(model.get("step"), nSteps) });
  };
  const text = select({
    label: "Length: text",
    options: texts.map((source) => [source, `${lengthOf(source)}: ${source}`]),
    value: model.get("text"),
    onInput: (source) => change({ text: source }),
  });
  const size = select({
    label: "Size of C",
    options: sizes.map((d) => [d, `${d} numbers`]),
    value: model.get("d_context"),
    onInput: (d) => change({ d_context: Number(d) }),
  });
  const say = (n) => {
    const { nSteps, written, recording, step } = compute({ ...readState(model, STATE), step: n });
    return `step ${step} of ${nSteps}: writes ${written[recording.tokens.length < step ? 0 : step - 1]}`;
  };
  const step = slider({
    label: "Step",
    min: 1,
    max: compute(readState(model, STATE)).nSteps,
    value: model.get("step"),
    text: say,
    onInput: (n) => writeState(model, { step: n }),
  });
  const move = (by) => {
    const { step: now, nSteps } = compute(readState(model, STATE));
    const next = clamp(now + by, 1, nSteps);
    if (next !== now) writeState(model, { step: next });
  };
  const previous = h("button", { type: "button", onclick: () => move(-1) }, "← Previous");
  const next = h("button", { type: "button", onclick: () => move(1) }, "Next →");

  const sourceName = h("p", { class: "ac-name" });
  const source = h("div", { class: "ac-chars" });
  const contextName = h("p", { class: "ac-name" });
  const context = strip("ac-wrap");
  const stepName = h("p", { class: "ac-name" });
  const stateNote = h("p", { class: "ac-note" });
  const before = strip("ac-even");
  const after = strip("ac-even");
  const reads = h("span", { class: "ac-char" });
  const writes = h("span", { class: "ac-char ac-now" });
  const outcome = h("span", {});
  const numberBox = h("div", { class: "ac-numbers" });
  const outputBox = scroller("The output");
  const summary = summaryLine();
  const details = h(
    "details",
    {},
    h("summary", {}, "Read the numbers of C and of the state"),
    numberBox,
  );
  // Up to 200 numbers, written only while somebody looks.
  details.addEventListener("toggle", () => writeNumbers(compute(readState(model, STATE))));

  const symbols = model.get("symbols");
  const bars = symbols.map(() => h("span", { class: "ac-bar" }));
  const remarks = symbols.map(() => h("span", { class: "ac-remark" }));
  const chances = numberTable({
    caption: "the next character",
    corner: "symbol",
    rows: symbols.map((symbol, n) => h("span", {}, visible(symbol), " ", remarks[n])),
    columns: ["logit", "probability", "as a bar"],
    className: "ac-chances",
  });
  chances.cells.forEach((line, n) => line[2].append(bars[n]));

  function showChar(node, symbol) {
    setText(node, visible(symbol));
    node.classList.toggle("ac-symbol", [...symbol].length > 1);
  }

  function writeNumbers({ recording, before: b, after: a }) {
    if (!details.open) return;
    const units = b.map((_, n) => String(n));
    const state = numberTable({
      caption: "decoder state",
      corner: "unit",
      rows: ["before", "after", "change"],
      columns: units,
    });
    units.forEach((_, n) => {
      paint(state.setCell(0, n, fmtNumber(b[n])), b[n]);
      paint(state.setCell(1, n, fmtNumber(a[n])), a[n]);
      state.setCell(2, n, fmtNumber(a[n] - b[n]));
    });
    const C = numberTable({
      caption: "C",
      corner: "number",
      rows: ["value"],
      columns: recording.context.map((_, n) => String(n)),
    });
    recording.context.forEach((x, n) => paint(C.setCell(0, n, fmtNumber(x)), x));
    numberBox.replaceChildren(
      scroller("Numbers of C", C.node),
      scroller("Numbers of the state", state.node),
    );
  }

  let output = null;
  let shown = "";
  // The characters and the table of the output are built again for another recording ...
  function build({ recording, written, expected }) {
    source.replaceChildren(
      ...recording.read.map((symbol) => {
        const char = h("span", { class: "ac-char" });
        showChar(char, symbol);
        return char;
      }),
    );
    const length = Math.max(written.length, expected ? expected.length : 0);
    output = numberTable({
      caption: "the output, step by step",
      corner: "step",
      rows: expected ? ["written", "expected", "so it is"] : ["written"],
      columns: Array.from({ length }, (_, t) => String(t + 1)),
      className: "ac-output",
    });
    if (expected) expected.forEach((symbol, t) => output.setCell(1, t, visible(symbol)));
    outputBox.replaceChildren(output.node);
    const many =
      recording.d_context > recording.context.length
        ? `; the first ${recording.context.length} are shown`
        : "";
    setText(sourceName, `Source: ${recording.read.length} characters`);
    setText(
      contextName,
      `C: all that the decoder gets of them, ${recording.d_context} numbers, the same at every step${many}`,
    );
    context.show(recording.context, "C");
  }

  // ... and otherwise only what a step changes is written.
  function update() {
    const state = readState(model, STATE);
    const result = compute(state);
    const key = JSON.stringify([state.text, state.d_context]);
    if (key !== shown) build(result);
    shown = key;
    const { recording, nSteps, written, expected, right, probabilities, logits, token } = result;
    const now = result.step - 1;

    text.set(state.text);
    size.set(state.d_context);
    step.set(result.step, nSteps);
    previous.setAttribute("aria-disabled", String(now === 0));
    next.setAttribute("aria-disabled", String(now === nSteps - 1));

    setText(stepName, `Step ${result.step} of ${nSteps}`);
    const units = recording.n_units;
    const part =
      units > result.before.length
        ? `the first ${result.before.length} of ${units} units`
        : `${units} units`;
    setText(stateNote, `The decoder's state, ${part}:`);
    before.show(result.before, "state before");
    after.show(result.after, "state after");
    showChar(reads, result.read);
    showChar(writes, written[now]);
    setText(
      outcome,
      expected === null
        ? ""
        : right[now]
          ? "which is right"
          : `which is wrong: expected ${expected[now] === undefined ? "nothing more" : visible(expected[now])}`,
    );

    probabilities.forEach((p, n) => {
      chances.setCell(n, 0, fmtNumber(logits[n]));
      chances.setCell(n, 1, fmtNumber(p, 3));
      bars[n].style.width = `${(p * 100).toFixed(2)}%`;
      const words = [];
      if (n === token) words.push("written");
      if (expected && symbols[n] === expected[now]) words.push("expected");
      setText(remarks[n], words.join(", "));
      chances.body.rows[n].classList.toggle("ac-picked", n === token);
    });

    for (let t = 0; t < output.cells[0].length; t += 1) {
      const done = t <= now;
      const cell = output.setCell(0, t, done ? visible(written[t] ?? "") : "·");
      cell.classList.toggle("ac-now", t === now);
      if (!expected) continue;
      const verdict = output.setCell(
        2,
        t,
        !done || t >= nSteps ? "" : right[t] ? "right" : "wrong",
      );
      verdict.classList.toggle("ac-wrong", done && right[t] === false);
    }
    writeNumbers(result);

    const soFar = written
      .slice(0, now + 1)
      .filter((_, t) => t < nSteps && recording.tokens[t] !== END)
      .join("");
    let verdict = "";
    if (expected !== null && result.step < nSteps)
      verdict = ` ${result.nRight} of ${result.step} right so far.`;
    else if (expected !== null) {
      verdict = result.allRight
        ? " The whole output is right."
        : ` The whole output is wrong: ${result.nRight} of ${nSteps} right.`;
    }
    summary.say(
      `Step ${result.step} of ${nSteps}: the decoder reads “${visible(result.read)}” and writes “${visible(written[now])}” ` +
        `with probability ${fmtNumber(probabilities[token])}; the entropy of its choice is ${fmtNumber(result.entropy)} nats. ` +
        `Output so far: ${soFar ? `“${soFar}”` : "nothing"}.${verdict}`,
    );
  }

  const labelled = (name, ...nodes) =>
    h("div", { class: "ac-line" }, h("span", { class: "ac-note" }, name), ...nodes);
  el.append(
    panel(
      "Decoding stepper",
      h(
        "p",
        { class: "ac-note" },
        "Go through a translation one character at a time. At each step the decoder reads the character it wrote last, looks at C, and changes its state.",
      ),
      h(
        "div",
        { class: "ac-controls" },
        text.node,
        size.node,
        step.node,
        h("div", { class: "ac-control" }, previous, next),
      ),
      h("div", { class: "ac-step" }, sourceName, source),
      h("div", { class: "ac-step" }, contextName, context.node),
      h(
        "div",
        { class: "ac-halves" },
        h(
          "div",
          { class: "ac-step" },
          stepName,
          labelled("reads", reads),
          stateNote,
          labelled("before", before.node),
          labelled("after", after.node),
          labelled("writes", writes, outcome),
        ),
        h(
          "div",
          { class: "ac-step" },
          scroller("Probabilities of the next character", chances.node),
        ),
      ),
      h("div", { class: "ac-step" }, outputBox),
      summary.node,
      details,
    ),
  );
  return live(model, STATE, update, summary.stop);
}

export default { compute, render };
