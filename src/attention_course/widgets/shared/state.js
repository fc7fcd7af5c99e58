// A widget's state: the traits that Python and the page share, and what follows them.

import { h, setText } from "./dom.js";

// The named traits as one plain object: what `compute` takes.
export function readState(model, names) {
  return Object.fromEntries(names.map((name) => [name, model.get(name)]));
}

// Set several traits together and hand them to Python, where there is one.
export function writeState(model, changes) {
  for (const [name, value] of Object.entries(changes)) model.set(name, value);
  model.save_changes();
}

// Run `update` after any of the traits changed, once for changes made together.
// Returns the function that stops it.
export function onChange(model, names, update) {
  let waiting = false;
  let stopped = false;
  const listener = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      if (!stopped) update();
    });
  };
  for (const name of names) model.on(`change:${name}`, listener);
  return () => {
    stopped = true;
    for (const name of names) model.off(`change:${name}`, listener);
  };
}

// The result in one sentence: seen at once, spoken once the reader pauses.
export function summaryLine() {
  const seen = h("p", { class: "ac-summary" });
  const spoken = h("p", { class: "ac-hidden", "aria-live": "polite" });
  let timer = null;
  let first = true;
  const say = (sentence) => {
    setText(seen, sentence);
    clearTimeout(timer);
    if (!first) timer = setTimeout(() => setText(spoken, sentence), 700);
    first = false;
  };
  return { node: h("div", {}, seen, spoken), say, stop: () => clearTimeout(timer) };
}

// Draw a widget now and whenever one of the traits `names` changes. What `render`
// returns: a function that stops it, and calls all `stops`.
export function live(model, names, update, ...stops) {
  update();
  stops.push(onChange(model, names, update));
  return () => {
    for (const stop of stops) stop();
  };
}
