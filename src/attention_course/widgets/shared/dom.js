// Elements, their text, and the keys that reach them.

let nextId = 0;

// A name no other element of the page has, for radio groups and labels.
export function uniqueId(stem) {
  nextId += 1;
  return `ac-${stem}-${nextId}`;
}

// h("p", { class: "note", onclick: fn }, "text", child): an element. Text is always
// set as text, so nothing in the data can become markup.
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value != null) node.setAttribute(name, String(value));
  }
  node.append(...children.map((child) => (child instanceof Node ? child : String(child))));
  return node;
}

// Write text only where it changed: screen readers and the browser's layout stay quiet.
export function setText(node, text) {
  const next = String(text);
  if (node.textContent !== next) node.textContent = next;
}

// Plain keys that reach a widget's controls are theirs: JupyterLab has its own use for
// arrows, Enter and letters, and would move to another cell.
function keepKeys(event) {
  const shortcut = event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape";
  if (!shortcut) event.stopPropagation();
}

// The box around a widget: its name, and what stands below it.
export function panel(name, ...children) {
  return h(
    "div",
    { class: "ac", role: "group", "aria-label": name, onkeydown: keepKeys },
    h("p", { class: "ac-title" }, name),
    ...children,
  );
}

// Rows down and columns to the right that an arrow key means.
export const ARROWS = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

const PATIENCE = 20_000; // ms, after which waiting gets a second sentence
const LATE =
  "Nothing has come for 20 seconds. In a notebook Python may be busy with another cell, or it has stopped: then restart it and run the cells above again.";
const late = new WeakMap(); // node: the timer of its second sentence

// Say in a node that an answer is waited for, and after a while what may hold it up.
export function sayWaiting(node, text) {
  if (node.textContent.startsWith(text)) return; // still the same wait
  clearTimeout(late.get(node));
  setText(node, text);
  const say = () => node.textContent === text && setText(node, `${text} ${LATE}`);
  late.set(node, setTimeout(say, PATIENCE));
}
