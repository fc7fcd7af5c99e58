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

// A slider for the number of a layer, a head or a row: the model's state `name`, one of `n`.
function numberOf(model, name, n, label = name[0].toUpperCase() + name.slice(1)) {
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

// Bytes written as base64.
function decodeBytes(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

// Row number `row`, of `length` weights, of a recording that pack_weights rounded in
// Python: each row's largest weight in 65535ths, each weight as a share of it in 255ths.
const recorded = new WeakMap(); // a recording's bytes, decoded once
function recordedRow(recording, row, length) {
  if (!recorded.has(recording)) {
    recorded.set(recording, [decodeBytes(recording.largest), decodeBytes(recording.weights)]);
  }
  const [pairs, shares] = recorded.get(recording);
  const largest = (pairs[2 * row] + 256 * pairs[2 * row + 1]) / 65535;
  return Array.from(shares.subarray(row * length, (row + 1) * length), (share) => (share / 255) * largest);
}

// Make a drawing of a grid (frames, rows, columns) a place to pick a cell: for the keyboard
// a slider with three directions. Arrow keys move in the frame, Page Up and Page Down to
// another frame, Home and End to the first and the last cell; nothing leaves the grid.
// `sizes()` and `cell()` say where things are, `set(text)` what a screen reader says.
function cellPicker(node, { label, sizes, cell, onPick }) {
  for (const [name, value] of [["tabindex", "0"], ["role", "slider"], ["aria-label", label], ["aria-valuemin", "0"]]) {
    node.setAttribute(name, value);
  }
  const steps = {
    ArrowLeft: [0, 0, -1],
    ArrowRight: [0, 0, 1],
    ArrowUp: [0, -1, 0],
    ArrowDown: [0, 1, 0],
    PageUp: [-1, 0, 0],
    PageDown: [1, 0, 0],
    Home: [-Infinity, -Infinity, -Infinity],
    End: [Infinity, Infinity, Infinity],
  };
  node.addEventListener("keydown", (event) => {
    const step = steps[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has its own use for these keys
    const most = sizes();
    onPick(cell().map((at, n) => clamp(at + step[n], 0, most[n] - 1)));
  });
  const set = (text) => {
    const most = sizes();
    const flat = (at) => (at[0] * most[1] + at[1]) * most[2] + at[2];
    node.setAttribute("aria-valuemax", flat(most.map((n) => n - 1)));
    node.setAttribute("aria-valuenow", flat(cell()));
    node.setAttribute("aria-valuetext", text);
  };
  return { node, set };
}

// Which of `n` equal parts of a canvas, from `start`, a click at `place` falls in.
function partAt(place, start, length, n) {
  return clamp(Math.floor(((place - start) / length) * n), 0, n - 1);
}

// Make a canvas a small picture: one pixel for each grey level (0 to 255, row after row).
function greyCanvas(canvas, levels, height, width) {
  canvas.width = width;
  canvas.height = height;
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  levels.forEach((level, n) => image.data.set([level, level, level, 255], 4 * n));
  context.putImageData(image, 0, 0);
  return canvas;
}

// Draw grey levels on a canvas that is larger, each pixel a sharp square.
function drawGrey(canvas, levels, height, width) {
  const small = greyCanvas(h("canvas"), levels, height, width);
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  return context;
}

// Draw a frame around a part of a canvas, dark around light: it is seen on any grey.
function markBox(context, x, y, width, height) {
  const along = (start, length, most) => [clamp(start - 3, 3, most - 3), clamp(start + length + 3, 3, most - 3)];
  const [left, right] = along(x, width, context.canvas.width);
  const [top, bottom] = along(y, height, context.canvas.height);
  for (const [colour, line] of [["#000000", 6], ["#ffb000", 3]]) {
    context.strokeStyle = colour;
    context.lineWidth = line;
    context.strokeRect(left, top, right - left, bottom - top);
  }
}

// Lay weights over a canvas as a colour, the stronger the larger; `shares` are from 0 to 1.
function overlay(context, shares, rows, columns) {
  const { width, height } = context.canvas;
  shares.forEach((share, n) => {
    const r = Math.floor(n / columns);
    const c = n % columns;
    const [x, y] = [Math.round((c * width) / columns), Math.round((r * height) / rows)];
    context.fillStyle = `rgba(32, 190, 165, ${0.7 * share})`;
    context.fillRect(x, y, Math.round(((c + 1) * width) / columns) - x, Math.round(((r + 1) * height) / rows) - y);
  });
}

// 4567890 -> "4.6 MB"
function fmtBytes(n) {
  return `${(n / 1e6).toFixed(1)} MB`;
}

// Where no Python answers, a trained model may come into the page: a button that says how
// much that loads, a bar while it does, and then `onOpen(model)`. `models` is the page's
// own; null where there is none, or no model of that name.
function modelLoader({ models, name, what, onOpen }) {
  const told = name ? models?.describe(name) : null;
  if (!told) return null;
  const note = h("p", { class: "ac-note", role: "status" });
  const bar = h("progress", { class: "ac-bar", max: told.bytes, value: 0, "aria-label": "Loaded so far", hidden: true });
  const say = (text) => setText(note, text);
  let opening = false;
  const load = async () => {
    if (opening) return;
    opening = true;
    button.setAttribute("aria-disabled", "true");
    bar.hidden = false;
    say(`Loading ${fmtBytes(told.bytes)} …`);
    try {
      const model = await models.open(name, (loaded) => {
        bar.value = loaded;
        setText(button, `${fmtBytes(Math.min(loaded, told.bytes))} of ${fmtBytes(told.bytes)}`);
      });
      const unchecked = model.checked ? "" : " This page came over an insecure connection, where browsers cannot check files, so the model was not checked.";
      say(`The model is in this page now. What you enter stays here, and needs no network.${unchecked}`);
      button.remove();
      bar.remove();
      onOpen(model);
    } catch (error) {
      opening = false;
      button.removeAttribute("aria-disabled");
      bar.hidden = true;
      setText(button, again);
      say(`The model could not be loaded (${error.message}). The examples were computed beforehand and work without it.`);
    }
  };
  const again = `Load the model, ${fmtBytes(told.bytes)}`;
  const button = h("button", { type: "button", onclick: load }, again);
  say(told.problem ?? `${what} The trained model answers in your browser: it is loaded once, and nothing is sent.`);
  const node = h("div", { class: "ac-loader" }, note, ...(told.problem ? [] : [button, bar]));
  return { node, problem: told.problem };
}
