// Chapter 4: pick a token and see what it looks at, in one head at a time.

import { numberOf, select } from "../shared/controls.js";
import { h, panel, setText, uniqueId } from "../shared/dom.js";
import { fmtCount, fmtNumber, visible } from "../shared/format.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";
import { typingLine } from "../shared/typing.js";
import { compute, rowOf, STATE } from "./compute.js";
import { drawMap, headMap } from "./map.js";

const MAX_TEXT = 20000; // as in Python
const MANY = 40; // tokens; a table of all rows would be too large beyond

// Let the encoder in the page read what is typed, as Python does elsewhere.
async function read(model, { who, box, message, tell }) {
  who.forget();
  const typed = box.value;
  const write = (changes) => {
    const next = { typed, answer: {}, message: "", ...changes };
    const { words } = next.answer.words
      ? next.answer
      : model.get("recordings")[model.get("picked")];
    writeState(model, { ...next, token: Math.min(model.get("token"), words.length - 1) });
  };
  if (!typed.trim()) return write({ message: "Type at least one word." });
  if (typed.length > MAX_TEXT) {
    const [most, n] = [MAX_TEXT, typed.length].map(fmtCount);
    return write({ message: `Type at most ${most} characters; this has ${n}.` });
  }
  setText(message, "Reading …");
  const got = await who.ask({ sentence: typed });
  if (!got) return; // another sentence came meanwhile
  if (got.problem) return write({ message: got.problem });
  const { answer, n_tokens: n, max_tokens: most } = got.result;
  const said = [];
  if (n > most) {
    said.push(
      `This has ${fmtCount(n)} tokens; in the page the model reads ${most}, so it was cut.`,
    );
  }
  if (answer.words.includes("[UNK]")) {
    said.push("[UNK] stands for what the model has no piece for.");
  }
  write({ answer, message: said.join(" ") });
  tell(); // also where it is the same message again
}

function controlsOf(model, models) {
  const recordings = model.get("recordings");
  const line = typingLine({
    model,
    models,
    verb: "Read",
    waiting: "Reading …",
    what: "Type any sentence, up to 128 tokens, and see all its heads. (Here the encoder’s weights are rounded to 8 bits.)",
    absent:
      "Typing needs the model, and so a running notebook. Open this chapter in Jupyter or on Colab to type a sentence of your own.",
    restart: {},
    onOpen: ({ button }) => {
      button.disabled = false;
    },
    read: () => read(model, line),
  });
  const sentence = select({
    label: "Sentence",
    options: recordings.map((recording, n) => [n, recording.sentence]),
    value: model.get("picked"),
    onInput: (n) => {
      line.who.forget();
      setText(line.message, "");
      const token = Math.min(model.get("token"), recordings[n].words.length - 1);
      writeState(model, { picked: Number(n), typed: null, token });
    },
  });
  return {
    line,
    sentence,
    layer: numberOf(model, "layer", recordings[0].n_layers),
    head: numberOf(model, "head", recordings[0].n_heads),
  };
}

// The tokens are built again for another sentence ...
function build(model, view, { words }) {
  const name = uniqueId("token");
  view.shares = words.map(() => h("span", { class: "ac-hv-share", "aria-hidden": "true" }));
  view.radios = words.map((_, t) =>
    h("input", {
      type: "radio",
      class: "ac-hidden",
      name,
      value: t,
      onchange: () => writeState(model, { token: t }),
    }),
  );
  view.text.replaceChildren(
    ...words.map((word, t) =>
      h(
        "label",
        { class: "ac-char" },
        view.radios[t],
        h("span", {}, visible(word)),
        view.shares[t],
      ),
    ),
  );
}

// ... and otherwise only what another head or token changes is written.
function update(model, view) {
  const state = readState(model, STATE);
  const result = compute(state);
  const { recording, answered, words, token, row } = result;
  if (recording !== view.built) build(model, view, result);
  view.built = recording;
  view.sentence.set(state.picked);
  if (answered) view.sentence.input.selectedIndex = -1; // none of the list is shown
  view.layer.set(state.layer);
  view.head.set(state.head);
  const looking = `“${visible(words[token])}”`;
  setText(view.textName, `Layer ${state.layer}, head ${state.head}: what ${looking} looks at`);
  row.forEach((w, t) => {
    paint(view.text.children[t], w, false);
    setText(view.shares[t], fmtNumber(w));
    view.radios[t].checked = t === token;
    const said = `token ${t}: ${visible(words[t])}, gets weight ${fmtNumber(w)}`;
    view.radios[t].setAttribute("aria-label", said);
    view.text.children[t].classList.toggle("ac-hv-now", t === token);
  });
  drawMap(view.map, state, result);
  writeTable(model, view, result);
  view.summary.say(sentenceOf(state, result));
}

// The whole head as numbers, or one row of it; written only while somebody looks.
function writeTable(model, { details, tableBox }, { recording, words, token, row }) {
  if (!details.open) return;
  const l = model.get("layer");
  const k = model.get("head");
  const every = words.length <= MANY;
  const lines = every ? words.map((_, t) => t) : [token];
  const table = numberTable({
    caption: `layer ${l}, head ${k}: rows look, columns are looked at${every ? "" : `; only the row of token ${token}`}`,
    corner: "token",
    rows: lines.map((t) => `${t} ${visible(words[t])}`),
    columns: words.map((word, j) => `${j} ${visible(word)}`),
    className: "ac-hv-weights",
  });
  lines.forEach((t, n) => {
    table.body.rows[n].classList.toggle("ac-hv-looks", t === token);
    (t === token ? row : rowOf(recording, l, k, t)).forEach((w, j) => {
      paint(table.setCell(n, j, fmtNumber(w)), w, false);
    });
  });
  tableBox.replaceChildren(table.node);
}

function sentenceOf({ layer, head }, { words, token, row, order, overview, counts }) {
  const quoted = (t) => `“${visible(words[t])}”`;
  const place = (t) => `${quoted(t)} (token ${t}, weight ${fmtNumber(row[t])})`;
  const others = order
    .slice(1, 3)
    .filter((t) => row[t] >= 0.05)
    .map(place);
  const near = counts.before + counts.after;
  return (
    `In layer ${layer}, head ${head}, ${quoted(token)} looks most at ${place(order[0])}` +
    `${others.length ? `, then at ${others.join(" and ")}` : ""}. Of all ${overview.flat().length} heads, ` +
    `${counts["[CLS]"]} look most at [CLS] from here, ${counts["[SEP]"]} at [SEP], ${near} at a neighbour, ` +
    `${counts.itself} at the token itself and ${counts.elsewhere} elsewhere.`
  );
}

function layout({ line, sentence, layer, head, textName, text, summary, map, details }) {
  return panel(
    "Head viewer",
    h(
      "p",
      { class: "ac-note" },
      "Pick a token and see what it looks at, in one head at a time. Pick a head below or with the sliders. All counts start from 0.",
    ),
    h("div", { class: "ac-controls" }, sentence.node, ...line.nodes),
    ...(line.who.loader ? [line.who.loader.node] : []),
    line.message,
    h("div", { class: "ac-controls" }, layer.node, head.node),
    h("div", { class: "ac-step" }, textName, text),
    summary.node,
    h("div", { class: "ac-step" }, map.name, map.node),
    details,
  );
}

function render({ model, el, models }) {
  const tableBox = scroller("Weights as a table");
  const view = {
    ...controlsOf(model, models),
    textName: h("p", { class: "ac-name" }),
    text: h("div", {
      class: "ac-chars ac-hv-text",
      role: "radiogroup",
      "aria-label": "The token that looks",
    }),
    map: headMap(model),
    tableBox,
    details: h(
      "details",
      { ontoggle: () => writeTable(model, view, compute(readState(model, STATE))) },
      h("summary", {}, "Read the weights as a table"),
      h("div", { class: "ac-hv-table" }, tableBox),
    ),
    summary: summaryLine(),
    // Of the recording `built`: a radio button and a weight for each token.
    built: null,
    radios: [],
    shares: [],
  };
  el.append(layout(view));
  return live(model, STATE, () => update(model, view), view.summary.stop, view.line.stop);
}

export default { compute, render };
