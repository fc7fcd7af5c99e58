// Labelled controls. Each has a `node`, its `input`, and `set`, which moves it silently.

import { h, setText } from "./dom.js";
import { writeState } from "./state.js";

// A labelled slider. `text(value)` is what a screen reader says for the value;
// `show(value)` is what stands beside it. With `number: true` a box to type in
// stands there instead. `set(value, max)` moves it without calling `onInput`.
export function slider({
  label,
  min,
  max,
  step = 1,
  value,
  text,
  show = String,
  number = false,
  onInput,
}) {
  const range = h("input", { type: "range", min, max, step });
  const beside = number
    ? h("input", { type: "number", min, max, step, "aria-label": `${label}, as a number` })
    : h("output", { class: "ac-value", "aria-hidden": "true" });
  const set = (next, newMax = Number(range.max)) => {
    range.max = String(newMax);
    range.value = String(next);
    range.setAttribute("aria-valuetext", text(next));
    if (!number) setText(beside, show(next));
    // While the reader is typing, the box is theirs.
    else if (beside !== beside.getRootNode().activeElement) beside.value = String(next);
  };
  range.addEventListener("input", () => onInput(Number(range.value)));
  if (number) {
    beside.addEventListener("input", () => {
      const typed = beside.valueAsNumber;
      if (Number.isInteger(typed / step) && typed >= min && typed <= Number(range.max))
        onInput(typed);
    });
    // What cannot be used goes back to the value in use.
    beside.addEventListener("blur", () => {
      beside.value = range.value;
    });
  }
  set(value, max);
  const name = h("label", { class: "ac-label" }, h("span", {}, label), range);
  return {
    node: h("div", { class: "ac-control" }, name, beside),
    set,
    input: range,
    number: beside,
  };
}

// A slider for the number of a layer, a head or a row: the model's state `name`, one of `n`.
export function numberOf(model, name, n, label = name[0].toUpperCase() + name.slice(1)) {
  return slider({
    label,
    min: 0,
    max: n - 1,
    value: model.get(name),
    text: (number) => `${name} ${number} of 0 to ${n - 1}`,
    onInput: (number) => writeState(model, { [name]: number }),
  });
}

// A labelled drop-down. `options` are [value, text] pairs.
export function select({ label, options, value, onInput }) {
  const box = h("select", {}, ...options.map(([key, text]) => h("option", { value: key }, text)));
  const set = (next) => {
    box.value = String(next);
  };
  box.addEventListener("change", () => onInput(box.value));
  set(value);
  const name = h("label", { class: "ac-label" }, h("span", {}, label), box);
  return { node: h("div", { class: "ac-control" }, name), set, input: box };
}

// A labelled tick box.
export function checkbox({ label, value, onInput }) {
  const box = h("input", { type: "checkbox" });
  const set = (next) => {
    box.checked = Boolean(next);
  };
  box.addEventListener("change", () => onInput(box.checked));
  set(value);
  return { node: h("label", { class: "ac-check" }, box, h("span", {}, label)), set, input: box };
}

// A box for one number of a table; `label` says which one.
export function numberCell({ label, value, min, max, step = "any", onInput }) {
  const box = h("input", {
    type: "number",
    class: "ac-number",
    "aria-label": label,
    min,
    max,
    step,
  });
  const set = (next) => {
    if (box !== box.getRootNode().activeElement) box.value = String(next);
  };
  box.addEventListener("input", () => {
    if (box.value !== "" && box.validity.valid) onInput(box.valueAsNumber);
  });
  set(value);
  return { node: box, set, input: box };
}
