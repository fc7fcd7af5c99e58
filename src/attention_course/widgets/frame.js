// What every widget shares: plain functions, no imports. A widget's own module is
// appended to this text, so that each widget is one self-contained ES module.

let nextId = 0;

// A name no other element of the page has, for radio groups and labels.
function uniqueId(stem) {
  nextId += 1;
  return `ac-${stem}-${nextId}`;
}

// h("p", { class: "note", onclick: fn }, "text", child): an element. Text is always
// set as text, so nothing in the data can become markup.
function h(tag, attributes = {}, ...children) {
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
function setText(node, text) {
  const next = String(text);
  if (node.textContent !== next) node.textContent = next;
}

// 1234567 -> "1,234,567"
function fmtCount(n) {
  return n.toLocaleString("en-US");
}

// -0.456 -> "−0.46": a fixed number of decimals, a real minus sign, never "−0.00".
function fmtNumber(x, digits = 2) {
  const text = Math.abs(x).toFixed(digits);
  return x < 0 && Number(text) !== 0 ? `−${text}` : text;
}

function clamp(x, low, high) {
  return Math.min(Math.max(x, low), high);
}

// The named traits as one plain object: what `compute` takes.
function readState(model, names) {
  return Object.fromEntries(names.map((name) => [name, model.get(name)]));
}

// Set several traits together and hand them to Python, where there is one.
function writeState(model, changes) {
  for (const [name, value] of Object.entries(changes)) model.set(name, value);
  model.save_changes();
}

// Run `update` after any of the traits changed, once for changes made together.
// Returns the function that stops it.
function onChange(model, names, update) {
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

// A labelled slider. `text(value)` is what a screen reader says for the value;
// `show(value)` is what stands beside it. With `number: true` a box to type in
// stands there instead. `set(value, max)` moves it without calling `onInput`.
function slider({ label, min, max, step = 1, value, text, show = String, number = false, onInput }) {
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
      if (Number.isInteger(typed / step) && typed >= min && typed <= Number(range.max)) onInput(typed);
    });
    // What cannot be used goes back to the value in use.
    beside.addEventListener("blur", () => {
      beside.value = range.value;
    });
  }
  set(value, max);
  const name = h("label", { class: "ac-label" }, h("span", {}, label), range);
  return { node: h("div", { class: "ac-control" }, name, beside), set, input: range, number: beside };
}

// A labelled drop-down. `options` are [value, text] pairs.
function select({ label, options, value, onInput }) {
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
function checkbox({ label, value, onInput }) {
  const box = h("input", { type: "checkbox" });
  const set = (next) => {
    box.checked = Boolean(next);
  };
  box.addEventListener("change", () => onInput(box.checked));
  set(value);
  return { node: h("label", { class: "ac-check" }, box, h("span", {}, label)), set, input: box };
}

// A box for one number of a table; `label` says which one.
function numberCell({ label, value, min, max, step = "any", onInput }) {
  const box = h("input", { type: "number", class: "ac-number", "aria-label": label, min, max, step });
  const set = (next) => {
    if (box !== box.getRootNode().activeElement) box.value = String(next);
  };
  box.addEventListener("input", () => {
    if (box.value !== "" && box.validity.valid) onInput(box.valueAsNumber);
  });
  set(value);
  return { node: box, set, input: box };
}

// Colour a cell by a number from -1 to 1 (0 to 1 when `signed` is false). The colours
// are chosen in frame.css so that the cell's ink is readable on every one of them.
function paint(cell, share, signed = true) {
  const hue = signed ? (share < 0 ? "ac-neg" : "ac-pos") : "ac-seq";
  cell.classList.remove("ac-neg", "ac-pos", "ac-seq");
  cell.classList.add("ac-heat", hue);
  cell.style.setProperty("--ac-share", `${Math.round(clamp(Math.abs(share), 0, 1) * 100)}%`);
}

// A table of numbers with headers on both sides. `rows` and `columns` are header
// texts or elements; an empty `rows` leaves the row headers out. `setCell(i, j, text)`
// returns the cell, ready for `paint`.
function numberTable({ caption, corner = "", rows = [], columns, nRows = rows.length, className = "" }) {
  const head = h("tr", {});
  if (rows.length) head.append(h(corner ? "th" : "td", corner ? { scope: "col" } : {}, corner));
  head.append(...columns.map((column) => h("th", { scope: "col" }, column)));
  const cells = [];
  const body = h("tbody", {});
  for (let i = 0; i < nRows; i += 1) {
    const line = columns.map(() => h("td", {}));
    cells.push(line);
    body.append(h("tr", {}, ...(rows.length ? [h("th", { scope: "row" }, rows[i])] : []), ...line));
  }
  const node = h(
    "table",
    { class: `ac-table ${className}`.trim() },
    h("caption", {}, caption),
    h("thead", {}, head),
    body,
  );
  const setCell = (i, j, text) => {
    setText(cells[i][j], text);
    return cells[i][j];
  };
  return { node, cells, body, setCell };
}

// A box that scrolls by itself when its content is too wide, so that the page never
// does. It takes the keyboard's focus only while there is something to scroll.
function scroller(label, ...children) {
  const box = h("div", { class: "ac-scroll" }, ...children);
  const fit = () => {
    if (box.scrollWidth > box.clientWidth + 1) {
      box.setAttribute("tabindex", "0");
      box.setAttribute("role", "region");
      box.setAttribute("aria-label", label);
    } else for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  };
  const watch = new ResizeObserver(fit);
  watch.observe(box);
  for (const child of children) if (child instanceof Element) watch.observe(child);
  return box;
}

// The result in one sentence: seen at once, spoken once the reader pauses.
function summaryLine() {
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

// Softmax over the places of one row where `allowed` is true; zero on all others, and
// everywhere if there is no such place.
function softmax(scores, allowed = scores.map(() => true)) {
  const top = Math.max(...scores.filter((_, j) => allowed[j]));
  const shares = scores.map((score, j) => (allowed[j] ? Math.exp(score - top) : 0));
  const total = shares.reduce((sum, share) => sum + share, 0);
  return shares.map((share) => (total ? share / total : 0));
}

// −Σ p ln p, in nats.
function entropyOf(weights) {
  return weights.reduce((sum, p) => (p > 0 ? sum - p * Math.log(p) : sum), 0);
}

// A symbol as it can be seen: a space as ␣, a control character as its number.
function visible(symbol) {
  if (symbol === " ") return "␣";
  if (!/^[\p{C}\p{Z}]$/u.test(symbol)) return symbol;
  return `U+${symbol.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}

// Plain keys that reach a widget's controls are theirs: JupyterLab has its own use for
// arrows, Enter and letters, and would move to another cell. Use as `onkeydown`.
function keepKeys(event) {
  const shortcut = event.ctrlKey || event.metaKey || event.altKey || event.key === "Escape";
  if (!shortcut) event.stopPropagation();
}
