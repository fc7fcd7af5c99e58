// Chapter 3: where a translator looks, for each character that it writes.

import { checkbox, select } from "../shared/controls.js";
import { h, panel, setText, uniqueId } from "../shared/dom.js";
import { fmtCount, fmtNumber, neverShown, visible } from "../shared/format.js";
import { clamp, entropyOf } from "../shared/numbers.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { typingLine } from "../shared/typing.js";

const STATE = ["recordings", "picked", "step", "typed", "answer"];
const MAX_TEXT = 200; // as in Python

// All arithmetic: numbers in, numbers out.
function compute({ recordings, picked, step, typed, answer }) {
  const answered = typed != null && answer.text !== undefined;
  const recording = answered ? answer : recordings[clamp(picked, 0, recordings.length - 1)];
  const { written, weights } = recording; // weights (T_out, T_in)
  const at = clamp(step, 0, written.length - 1);
  const row = weights[at]; // (T_in,)
  const entropy = weights.map(entropyOf); // (T_out,)
  return {
    recording,
    answered,
    characters: [...recording.text], // by character, also beyond the first 65,536
    written,
    weights,
    step: at,
    row,
    entropy,
    effective: entropy.map(Math.exp),
    // The places of the row, the most weight first.
    order: row.map((_, j) => j).sort((a, b) => row[b] - row[a] || a - b),
  };
}

// Let the model in the page translate what is typed, as Python does elsewhere.
async function translate(model, { who, box }) {
  who.forget();
  const typed = box.value;
  const text = typed.normalize("NFC");
  const characters = [...text];
  const write = (changes) =>
    writeState(model, { step: 0, typed, answer: {}, message: "", ...changes });
  if (!characters.length) return write({ message: "Type at least one character." });
  if (characters.length > MAX_TEXT) {
    const n = fmtCount(characters.length);
    return write({ message: `Type at most ${MAX_TEXT} characters; this has ${n}.` });
  }
  const answer = await who.ask({ text });
  if (!answer) return; // another character came meanwhile
  if (answer.problem) return write({ message: answer.problem });
  const { source, ...recording } = answer.result;
  write({ answer: recording, message: neverShown(characters, source.slice(4), source[3]) });
}

// In the page the translation follows every character, as soon as it is there.
function followTyping(model, line) {
  line.button.remove();
  line.box.addEventListener("input", (event) => {
    if (!event.isComposing) translate(model, line);
  });
  line.box.addEventListener("compositionend", () => translate(model, line));
}

function look(model, step) {
  if (model.get("step") !== step) writeState(model, { step });
}

function controlsOf(model, models, view) {
  view.line = typingLine({
    model,
    models,
    verb: "Translate",
    waiting: "Translating …",
    what: "Type any date and see its alignment as you type.",
    absent:
      "Typing needs the model, and so a running notebook. Open this chapter in Jupyter or on Colab to type a text of your own.",
    restart: { step: 0 },
    onOpen: (line) => followTyping(model, line),
    read: (line) => translate(model, line),
  });
  view.choice = select({
    label: "Text",
    options: model.get("recordings").map(({ text }, n) => [n, text]),
    value: model.get("picked"),
    onInput: (n) => {
      view.line.who.forget();
      setText(view.line.message, "");
      writeState(model, { picked: Number(n), step: 0, typed: null });
    },
  });
  view.numbers = checkbox({
    label: "Show the numbers",
    value: false,
    onInput: (on) => {
      view.source.classList.toggle("ac-quiet", !on);
      view.table.node.classList.toggle("ac-quiet", !on);
    },
  });
}

// Everything about one text is built again for another one ...
function build(model, view, { characters, written, weights }) {
  view.shares = characters.map(() => h("span", { class: "ac-share" }));
  view.source.replaceChildren(
    ...characters.map((character, j) =>
      h("span", { class: "ac-char" }, visible(character), view.shares[j]),
    ),
  );
  setText(view.sourceName, `Read: ${characters.length} characters`);
  buildOutput(model, view, written);
  view.table = numberTable({
    caption: `weights, ${written.length} × ${characters.length}: rows written, columns read`,
    corner: "written",
    rows: written.map(visible),
    columns: characters.map(visible),
    className: view.numbers.input.checked ? "ac-heatmap" : "ac-heatmap ac-quiet",
  });
  weights.forEach((row, t) => {
    const line = view.table.body.rows[t];
    line.addEventListener("mouseenter", () => look(model, t));
    line.addEventListener("click", () => look(model, t));
    row.forEach((weight, j) => {
      const cell = view.table.cells[t][j];
      cell.append(h("span", {}, fmtNumber(weight)));
      paint(cell, weight, false);
    });
  });
  view.heatBox.replaceChildren(view.table.node);
}

function buildOutput(model, view, written) {
  const group = uniqueId("output");
  view.radios = written.map((symbol, t) =>
    h("input", {
      type: "radio",
      class: "ac-hidden",
      name: group,
      value: t,
      "aria-label": `output ${t}: ${symbol}`,
      onchange: () => look(model, t),
    }),
  );
  view.output.replaceChildren(
    ...written.map((symbol, t) =>
      h(
        "label",
        {
          class: [...symbol].length > 1 ? "ac-char ac-symbol" : "ac-char",
          onmouseenter: () => look(model, t),
        },
        view.radios[t],
        visible(symbol),
      ),
    ),
  );
}

// ... and otherwise only what another step changes is written.
function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  const key = JSON.stringify(result.recording);
  if (key !== view.built) build(model, view, result);
  view.built = key;
  view.choice.set(state.picked);
  if (result.answered) view.choice.input.selectedIndex = -1; // none of the list is shown
  const output = result.written.filter((symbol) => symbol !== "<end>").join("");
  setText(view.outputName, `Written: ${output}`);
  result.row.forEach((weight, j) => {
    paint(view.source.children[j], weight, false);
    setText(view.shares[j], fmtNumber(weight));
  });
  view.radios.forEach((radio, t) => {
    const now = t === result.step;
    radio.checked = now;
    radio.parentNode.classList.toggle("ac-now", now);
    view.table.body.rows[t].classList.toggle("ac-looked", now);
  });
  view.summary.say(sentence(result));
}

function sentence({ characters, written, row, step, order, entropy, effective }) {
  const place = (j) => `“${visible(characters[j])}” (source ${j}, weight ${fmtNumber(row[j])})`;
  const others = order
    .slice(1, 3)
    .filter((j) => row[j] >= 0.05)
    .map(place);
  return (
    `For output ${step}, “${written[step]}”, the most weight is on ${place(order[0])}` +
    `${others.length ? `, then ${others.join(" and ")}` : ""}. The entropy, ` +
    `${fmtNumber(entropy[step])} nats, is that of ${fmtNumber(effective[step], 1)} equally weighted characters.`
  );
}

function layout(view) {
  const { line, choice, numbers } = view;
  return panel(
    "Alignment viewer",
    h(
      "p",
      { class: "ac-note" },
      "Point at a character that was written, or step through them with the arrow keys, and see where the decoder looked. All counts start from 0.",
    ),
    h("div", { class: "ac-controls" }, choice.node, ...line.nodes),
    ...(line.who.loader ? [line.who.loader.node] : []),
    line.message,
    h("div", { class: "ac-step" }, view.sourceName, view.source),
    h("div", { class: "ac-step" }, view.outputName, view.output),
    view.summary.node,
    h("div", { class: "ac-step" }, numbers.node, view.heatBox),
  );
}

function render({ model, el, models }) {
  const view = {
    sourceName: h("p", { class: "ac-name" }),
    source: h("div", { class: "ac-chars ac-read ac-quiet" }),
    outputName: h("p", { class: "ac-name" }),
    output: h("div", {
      class: "ac-chars",
      role: "radiogroup",
      "aria-label": "Characters written",
    }),
    heatBox: scroller("Weights, one row for each character written"),
    summary: summaryLine(),
    // Of the text that `built` says: its table, radio buttons and weights.
    built: "",
    table: null,
    radios: [],
    shares: [],
  };
  controlsOf(model, models, view);
  el.append(layout(view));
  return live(model, STATE, () => update(model, view), view.summary.stop, view.line.stop);
}

export default { compute, render };
