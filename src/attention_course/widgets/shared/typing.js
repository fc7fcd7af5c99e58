// A line of text for the model to read: the page's half of `TypedWidget`.

import { Answerer } from "./answerer.js";
import { h, sayWaiting, setText } from "./dom.js";
import { onChange, writeState } from "./state.js";

// `verb` stands on the button, `waiting` where the answer will be told, `absent` where a page
// has no model; `restart` goes to Python with what was typed. Once the model is in the page,
// `onOpen(line)` and, for each text, `read(line)`.
export function typingLine({ model, models, verb, waiting, what, absent, restart, onOpen, read }) {
  const open = () => {
    line.box.disabled = false;
    onOpen(line);
    line.box.focus();
  };
  const hosts = { "page without model": absent };
  const who = new Answerer({ model, models, what, absent: hosts, onOpen: open });
  const disabled = !who.ready;
  const line = {
    who,
    box: h("input", { type: "text", disabled, autocomplete: "off", spellcheck: "false" }),
    button: h("button", { type: "submit", disabled }, verb),
    message: h("p", { class: "ac-note", role: "status" }),
    tell: () => setText(line.message, model.get("message") || ""),
    stop: () => {},
  };
  const name = h("label", { class: "ac-label" }, h("span", {}, "Or type one"), line.box);
  const form = h("form", { class: "ac-control" }, name, line.button);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (who.opened) read(line);
    else if (who.host !== "kernel") return;
    else if (model.get("typed") === line.box.value) line.tell();
    else {
      sayWaiting(line.message, waiting);
      writeState(model, { typed: line.box.value, ...restart });
    }
  });
  // Where nobody could ever type, there is no line.
  line.nodes = model.get("typing") || who.loader ? [form] : [];
  if (who.host !== "page without model") line.tell();
  else if (line.nodes.length) setText(line.message, who.absent);
  line.stop = onChange(model, ["message", "answer"], line.tell);
  return line;
}
