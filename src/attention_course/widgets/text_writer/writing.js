// Who writes, and when: the beginning, Start and Stop, one character at a time.

import { Answerer } from "../shared/answerer.js";
import { h, sayWaiting, setText } from "../shared/dom.js";
import { fmtCount, neverShown } from "../shared/format.js";
import { readState, writeState } from "../shared/state.js";
import { compute, STATE } from "./compute.js";

const MAX_TEXT = 400; // as in Python
const MAX_BEGINNING = 200;
const PACE = 120; // ms between two characters: so that an eye can follow

export function writing({ model, models, onOpen }) {
  const line = {
    model,
    running: false,
    timer: null,
    message: h("p", { class: "ac-note", role: "status" }),
    box: h("input", {
      type: "text",
      autocomplete: "off",
      spellcheck: "false",
      maxlength: MAX_BEGINNING,
      oninput: () => begin(line),
    }),
    start: h("button", { type: "button", onclick: () => run(line, !line.running) }, "Start"),
    one: h("button", { type: "button", onclick: () => oneMore(line) }, "One character"),
    again: h("button", { type: "button", onclick: () => begin(line) }, "Begin again"),
  };
  line.controls = [line.box, line.start, line.one, line.again];
  line.box.value = model.get("text") || model.get("recordings")[0].text;
  line.who = new Answerer({
    model,
    models,
    what: "Let it write, from any beginning.",
    absent: {
      "page without model":
        "Writing needs the model, and so a running notebook. Open this chapter in Jupyter or on Colab. What is shown here was written beforehand.",
    },
    onOpen: () => {
      enable(line);
      line.start.focus();
      onOpen();
    },
  });
  enable(line);
  const name = h("label", { class: "ac-label" }, h("span", {}, "Beginning"), line.box);
  // Where nobody could ever write, there is no line.
  const shown = model.get("typing") || line.who.loader;
  line.nodes = shown
    ? [
        h("div", { class: "ac-control ac-tw-beginning" }, name),
        h("div", { class: "ac-tw-buttons" }, line.start, line.one, line.again),
      ]
    : [];
  if (shown && line.who.host === "page without model") setText(line.message, line.who.absent);
  return line;
}

function enable({ controls, who }) {
  for (const control of controls) control.disabled = !who.ready;
}

export function run(line, on) {
  clearTimeout(line.timer);
  line.timer = null;
  line.running = on;
  setText(line.start, on ? "Stop" : "Start");
  if (on) oneMore(line);
}

// What is in the box is the text now, and the model reads it.
function begin(line) {
  run(line, false);
  line.who.forget();
  const text = line.box.value.normalize("NFC");
  send(line, text);
  const never = neverShown(text, line.model.get("symbols"), "<unknown>");
  if (never || !compute(readState(line.model, STATE)).waiting) setText(line.message, never);
  else sayWaiting(line.message, "Reading …");
}

// Draw the next character, as soon as the model has said what may come.
function oneMore(line) {
  const { model } = line;
  const { waiting, characters, drawn } = compute(readState(model, STATE));
  if (waiting) return sayWaiting(line.message, "Reading …");
  if (characters.length >= MAX_TEXT) {
    run(line, false);
    setText(line.message, `That is ${fmtCount(MAX_TEXT)} characters. Begin again.`);
    return;
  }
  send(line, characters.join("") + model.get("symbols")[drawn]);
}

// In a kernel Python answers as soon as it has the text; in a page its model is asked.
async function send(line, text) {
  const { model, who, message } = line;
  writeState(model, text ? { text } : { text, answer: {} });
  if (!who.opened || !text) return;
  const got = await who.ask({ text });
  if (!got) return; // another text came meanwhile
  if (got.problem) {
    run(line, false);
    setText(message, got.problem);
  } else writeState(model, { answer: got.result.answer });
}

// The view has changed: go on, if the model has read what was written.
export function follow(line, { waiting }) {
  if (waiting) return;
  if (line.message.textContent.startsWith("Reading …")) setText(line.message, "");
  if (line.running && line.timer === null) {
    line.timer = setTimeout(() => {
      line.timer = null;
      oneMore(line);
    }, PACE);
  }
}
