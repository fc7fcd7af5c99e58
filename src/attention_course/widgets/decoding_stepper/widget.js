// Chapter 2: one vector C in, one character out at each step.

import { select, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber, visible } from "../shared/format.js";
import { clamp } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { scroller } from "../shared/tables.js";
import { compute, END, STATE } from "./compute.js";
import {
  chanceTable,
  charOf,
  numberTables,
  outputTable,
  showChances,
  showChar,
  showOutput,
  strip,
} from "./parts.js";

// Another text or size has steps of its own: the last one left, if need be.
function change(model, changes) {
  const { nSteps } = compute({ ...readState(model, STATE), ...changes });
  writeState(model, { ...changes, step: Math.min(model.get("step"), nSteps) });
}

function move(model, by) {
  const { step, nSteps } = compute(readState(model, STATE));
  const next = clamp(step + by, 1, nSteps);
  if (next !== step) writeState(model, { step: next });
}

function stepText(model, n) {
  const { nSteps, written, step } = compute({ ...readState(model, STATE), step: n });
  return `step ${step} of ${nSteps}: writes ${written[step - 1]}`;
}

function controlsOf(model) {
  const recordings = model.get("recordings");
  const texts = [...new Set(recordings.map(({ source }) => source))];
  const sizes = [...new Set(recordings.map(({ d_context }) => d_context))].sort((a, b) => a - b);
  const lengthOf = (source) => recordings.find((one) => one.source === source).read.length;
  const text = select({
    label: "Length: text",
    options: texts.map((source) => [source, `${lengthOf(source)}: ${source}`]),
    value: model.get("text"),
    onInput: (source) => change(model, { text: source }),
  });
  const size = select({
    label: "Size of C",
    options: sizes.map((d) => [d, `${d} numbers`]),
    value: model.get("d_context"),
    onInput: (d) => change(model, { d_context: Number(d) }),
  });
  const step = slider({
    label: "Step",
    min: 1,
    max: compute(readState(model, STATE)).nSteps,
    value: model.get("step"),
    text: (n) => stepText(model, n),
    onInput: (n) => writeState(model, { step: n }),
  });
  const previous = h("button", { type: "button", onclick: () => move(model, -1) }, "← Previous");
  const next = h("button", { type: "button", onclick: () => move(model, 1) }, "Next →");
  return { text, size, step, previous, next };
}

// The characters and the table of the output are built again for another recording ...
function build(view, result) {
  const { recording } = result;
  view.output = outputTable(result);
  view.outputBox.replaceChildren(view.output.node);
  view.source.replaceChildren(...recording.read.map(charOf));
  setText(view.sourceName, `Source: ${recording.read.length} characters`);
  const few = recording.context.length;
  const many = recording.d_context > few ? `; the first ${few} are shown` : "";
  setText(
    view.contextName,
    `C: all that the decoder gets of them, ${recording.d_context} numbers, the same at every step${many}`,
  );
  view.context.show(recording.context, "C");
}

// ... and otherwise only what a step changes is written.
function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  const key = JSON.stringify([state.text, state.d_context]);
  if (key !== view.built) build(view, result);
  view.built = key;
  view.text.set(state.text);
  view.size.set(state.d_context);
  view.step.set(result.step, result.nSteps);
  view.previous.setAttribute("aria-disabled", String(result.step === 1));
  view.next.setAttribute("aria-disabled", String(result.step === result.nSteps));
  showStep(view, result);
  showChances(view.chances, result);
  showOutput(view.output, result);
  writeNumbers(view, result);
  view.summary.say(sentence(result));
}

function showStep(
  view,
  { recording, step, nSteps, before, after, read, written, expected, right },
) {
  const [units, shown] = [recording.n_units, before.length];
  const part = units > shown ? `the first ${shown} of ${units} units` : `${units} units`;
  setText(view.stepName, `Step ${step} of ${nSteps}`);
  setText(view.stateNote, `The decoder's state, ${part}:`);
  view.before.show(before, "state before");
  view.after.show(after, "state after");
  showChar(view.reads, read);
  showChar(view.writes, written[step - 1]);
  const wanted = expected?.[step - 1];
  const wrong = `which is wrong: expected ${wanted === undefined ? "nothing more" : visible(wanted)}`;
  const outcome = right[step - 1] ? "which is right" : wrong;
  setText(view.outcome, expected === null ? "" : outcome);
}

// Up to 200 numbers, written only while somebody looks.
function writeNumbers({ details, numberBox }, result) {
  if (details.open) numberBox.replaceChildren(...numberTables(result));
}

function verdictOf({ expected, step, nSteps, nRight, allRight }) {
  if (expected === null) return "";
  if (step < nSteps) return ` ${nRight} of ${step} right so far.`;
  if (allRight) return " The whole output is right.";
  return ` The whole output is wrong: ${nRight} of ${nSteps} right.`;
}

function sentence(result) {
  const { recording, step, nSteps, read, written, probabilities, token, entropy } = result;
  const soFar = written
    .slice(0, step)
    .filter((_, t) => recording.tokens[t] !== END)
    .join("");
  return (
    `Step ${step} of ${nSteps}: the decoder reads “${visible(read)}” and writes “${visible(written[step - 1])}” ` +
    `with probability ${fmtNumber(probabilities[token])}; the entropy of its choice is ${fmtNumber(entropy)} nats. ` +
    `Output so far: ${soFar ? `“${soFar}”` : "nothing"}.${verdictOf(result)}`
  );
}

function layout(view) {
  const { text, size, step, previous, next, before, after } = view;
  const part = (...children) => h("div", { class: "ac-step" }, ...children);
  const labelled = (name, ...nodes) =>
    h("div", { class: "ac-line" }, h("span", { class: "ac-note" }, name), ...nodes);
  return panel(
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
    part(view.sourceName, view.source),
    part(view.contextName, view.context.node),
    h(
      "div",
      { class: "ac-halves" },
      part(
        view.stepName,
        labelled("reads", view.reads),
        view.stateNote,
        labelled("before", before.node),
        labelled("after", after.node),
        labelled("writes", view.writes, view.outcome),
      ),
      part(scroller("Probabilities of the next character", view.chances.table.node)),
    ),
    part(view.outputBox),
    view.summary.node,
    view.details,
  );
}

function render({ model, el }) {
  const numberBox = h("div", { class: "ac-numbers" });
  const title = h("summary", {}, "Read the numbers of C and of the state");
  const ontoggle = () => writeNumbers(view, compute(readState(model, STATE)));
  const view = {
    ...controlsOf(model),
    sourceName: h("p", { class: "ac-name" }),
    source: h("div", { class: "ac-chars" }),
    contextName: h("p", { class: "ac-name" }),
    context: strip("ac-wrap"),
    stepName: h("p", { class: "ac-name" }),
    stateNote: h("p", { class: "ac-note" }),
    before: strip("ac-even"),
    after: strip("ac-even"),
    reads: h("span", { class: "ac-char" }),
    writes: h("span", { class: "ac-char ac-now" }),
    outcome: h("span", {}),
    chances: chanceTable(model.get("symbols")),
    outputBox: scroller("The output"),
    numberBox,
    details: h("details", { ontoggle }, title, numberBox),
    summary: summaryLine(),
    // The table of the recording that `built` says.
    built: "",
    output: null,
  };
  el.append(layout(view));
  return live(model, STATE, () => update(model, view), view.summary.stop);
}

export default { compute, render };
