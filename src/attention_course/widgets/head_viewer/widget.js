// Chapter 4: where each head of a pretrained encoder looks, seen from one token.

import { numberOf, select } from "../shared/controls.js";
import { h, panel, setText, uniqueId } from "../shared/dom.js";
import { fmtCount, fmtNumber, visible } from "../shared/format.js";
import { modelLoader } from "../shared/model.js";
import { clamp } from "../shared/numbers.js";
import { recordedRow } from "../shared/recordings.js";
import { onChange, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["recordings", "picked", "layer", "head", "token", "typed", "answer"];
const MAX_TEXT = 20000; // as in Python
const MANY = 40; // tokens; a table of all rows would be too large beyond
// Where a head can put its largest weight: its mark, and what it means.
const KINDS = [
  ["itself", "=", "itself"],
  ["[CLS]", "C", "[CLS], the start"],
  ["[SEP]", "S", "[SEP], the end"],
  ["before", "←", "the token before"],
  ["after", "→", "the token after"],
  ["elsewhere", "◆", "elsewhere"],
];

// The weights with which one token looks at all (T,).
function rowOf(recording, layer, head, token) {
  const T = recording.words.length;
  return recordedRow(recording, (layer * recording.n_heads + head) * T + token, T);
}

function kindOf(words, token, place) {
  if (place === token) return "itself";
  if (words[place] === "[CLS]" || words[place] === "[SEP]") return words[place];
  return { "-1": "before", 1: "after" }[place - token] ?? "elsewhere";
}

// All arithmetic: numbers in, numbers out.
function compute({ recordings, picked, layer, head, token, typed, answer }) {
  const answered = typed != null && answer.words !== undefined;
  const recording = answered ? answer : recordings[clamp(picked, 0, recordings.length - 1)];
  const { words, n_layers, n_heads } = recording;
  const at = clamp(token, 0, words.length - 1);
  const row = rowOf(recording, layer, head, at); // (T,)
  // (n_layers, n_heads): where each head's largest weight is, and how large.
  const overview = Array.from({ length: n_layers }, (_, l) =>
    Array.from({ length: n_heads }, (_, k) => {
      const weights = rowOf(recording, l, k, at);
      const weight = Math.max(...weights);
      const place = weights.indexOf(weight);
      return { place, weight, kind: kindOf(words, at, place) };
    }),
  );
  const all = overview.flat();
  return {
    recording,
    answered,
    words,
    token: at,
    row,
    // The places of the row, the most weight first.
    order: row.map((_, j) => j).sort((a, b) => row[b] - row[a] || a - b),
    overview,
    counts: Object.fromEntries(
      KINDS.map(([kind]) => [kind, all.filter((one) => one.kind === kind).length]),
    ),
  };
}

function render({ model, el, models }) {
  // A page without Python has no such trait: nobody there would read what is typed, unless
  // the encoder comes into the page.
  const answers = Boolean(model.get("_answers"));
  let encoder = null;
  let asked = 0;
  const recordings = model.get("recordings");
  const { n_layers: nLayers, n_heads: nHeads } = recordings[0];
  const tokensOf = (n) => recordings[n].words.length;

  const sentence = select({
    label: "Sentence",
    options: recordings.map((recording, n) => [n, recording.sentence]),
    value: model.get("picked"),
    onInput: (n) => {
      asked += 1; // an answer still on its way comes too late
      setText(message, "");
      writeState(model, {
        picked: Number(n),
        typed: null,
        token: Math.min(model.get("token"), tokensOf(n) - 1),
      });
    },
  });
  const box = h("input", {
    type: "text",
    disabled: !answers,
    autocomplete: "off",
    spellcheck: "false",
  });
  const message = h("p", { class: "ac-note", role: "status" });
  const button = h("button", { type: "submit", disabled: !answers }, "Read");
  const form = h(
    "form",
    { class: "ac-control" },
    h("label", { class: "ac-label" }, h("span", {}, "Or type one"), box),
    button,
  );
  const tell = () => setText(message, model.get("message") || "");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (encoder) return read();
    if (!answers) return;
    if (model.get("typed") === box.value) return tell();
    setText(message, "Reading …");
    writeState(model, { typed: box.value });
  });
  const loader = answers
    ? null
    : modelLoader({
        models,
        name: model.get("in_browser"),
        what: "Type any sentence, up to 128 tokens, and see all its heads. (Here the encoder’s weights are rounded to 8 bits.)",
        onOpen: (opened) => {
          encoder = opened;
          box.disabled = false;
          button.disabled = false;
          box.focus();
        },
      });
  // The answer and what there is to say about it, as Python writes them.
  async function read() {
    asked += 1;
    const mine = asked;
    const typed = box.value;
    const write = (changes) => {
      const next = { typed, answer: {}, message: "", ...changes };
      const words = next.answer.words ?? recordings[model.get("picked")].words;
      writeState(model, { ...next, token: Math.min(model.get("token"), words.length - 1) });
    };
    if (!typed.trim()) return write({ message: "Type at least one word." });
    if (typed.length > MAX_TEXT) {
      return write({
        message: `Type at most ${fmtCount(MAX_TEXT)} characters; this has ${fmtCount(typed.length)}.`,
      });
    }
    setText(message, "Reading …");
    try {
      const { answer, n_tokens: n, max_tokens: most } = await encoder.run({ sentence: typed });
      if (mine !== asked) return; // another sentence came meanwhile
      const said = [];
      if (n > most)
        said.push(
          `This has ${fmtCount(n)} tokens; in the page the model reads ${most}, so it was cut.`,
        );
      if (answer.words.includes("[UNK]"))
        said.push("[UNK] stands for what the model has no piece for.");
      write({ answer, message: said.join(" ") });
      tell(); // also where it is the same message again
    } catch (error) {
      if (mine === asked) write({ message: `The model did not answer (${error.message}).` });
    }
  }
  const typing = model.get("typing") || loader ? [form] : [];
  if (typing.length && !answers && !loader) {
    setText(
      message,
      "Typing needs the model, and so a running notebook. Open this chapter in Jupyter or on Colab to type a sentence of your own.",
    );
  }
  const layer = numberOf(model, "layer", nLayers);
  const head = numberOf(model, "head", nHeads);

  const textName = h("p", { class: "ac-name" });
  const text = h("div", {
    class: "ac-chars ac-hv-text",
    role: "radiogroup",
    "aria-label": "The token that looks",
  });
  const mapName = h("p", { class: "ac-name" });
  const legend = KINDS.map(([, mark, meaning]) => {
    const count = h("strong", {});
    return {
      count,
      node: h(
        "li",
        {},
        h("span", { class: "ac-hv-mark", "aria-hidden": "true" }, mark),
        " ",
        h("span", {}, `${meaning}: `, count),
      ),
    };
  });
  const tableBox = scroller("Weights as a table");
  const details = h(
    "details",
    { ontoggle: () => writeTable(compute(readState(model, STATE))) },
    h("summary", {}, "Read the weights as a table"),
    h("div", { class: "ac-hv-table" }, tableBox),
  );
  const summary = summaryLine();

  // The overview: a radio button for each head, in a table of layers and heads. Arrow keys
  // move along both; the Tab key passes over all but the picked one.
  const group = uniqueId("head");
  const range = (n) => Array.from({ length: n }, (_, i) => i);
  const map = numberTable({
    caption: "rows: layers, columns: heads; the stronger the colour, the larger the weight",
    corner: "layer",
    rows: range(nLayers).map(String),
    columns: range(nHeads).map(String),
    className: "ac-hv-map",
  });
  const pickHead = (l, k) => {
    if (model.get("layer") !== l || model.get("head") !== k)
      writeState(model, { layer: l, head: k });
  };
  const cells = range(nLayers).map((l) =>
    range(nHeads).map((k) => {
      const radio = h("input", {
        type: "radio",
        class: "ac-hidden",
        name: group,
        value: `${l} ${k}`,
        onchange: () => pickHead(l, k),
      });
      const mark = h("span", { "aria-hidden": "true" });
      const label = h("label", { class: "ac-hv-head" }, radio, mark);
      map.cells[l][k].append(label);
      return { radio, mark, label };
    }),
  );
  map.node.addEventListener("keydown", (event) => {
    const [down, right] =
      { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key] ??
      [];
    if (down === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has its own use for arrow keys
    const l = clamp(model.get("layer") + down, 0, nLayers - 1);
    const k = clamp(model.get("head") + right, 0, nHeads - 1);
    pickHead(l, k);
    cells[l][k].radio.focus();
  });

  // The whole head as numbers, or one row of it; written only while somebody looks.
  function writeTable({ recording, words, token, row }) {
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
      (t === token ? row : rowOf(recording, l, k, t)).forEach((w, j) =>
        paint(table.setCell(n, j, fmtNumber(w)), w, false),
      );
    });
    tableBox.replaceChildren(table.node);
  }

  let built = null;
  let radios, shares;
  // The tokens are built again for another sentence ...
  function build({ words }) {
    const name = uniqueId("token");
    shares = words.map(() => h("span", { class: "ac-hv-share", "aria-hidden": "true" }));
    radios = words.map((_, t) =>
      h("input", {
        type: "radio",
        class: "ac-hidden",
        name,
        value: t,
        onchange: () => writeState(model, { token: t }),
      }),
    );
    text.replaceChildren(
      ...words.map((word, t) =>
        h("label", { class: "ac-char" }, radios[t], h("span", {}, visible(word)), shares[t]),
      ),
    );
  }

  // ... and otherwise only what another head or token changes is written.
  function update() {
    const state = readState(model, STATE);
    const result = compute(state);
    const { recording, words, token, row, order, overview, counts } = result;
    if (recording !== built) build(result);
    built = recording;

    sentence.set(state.picked);
    layer.set(state.layer);
    head.set(state.head);
    const quoted = (t) => `“${visible(words[t])}”`;
    setText(textName, `Layer ${state.layer}, head ${state.head}: what ${quoted(token)} looks at`);
    row.forEach((w, t) => {
      paint(text.children[t], w, false);
      setText(shares[t], fmtNumber(w));
      radios[t].checked = t === token;
      radios[t].setAttribute(
        "aria-label",
        `token ${t}: ${visible(words[t])}, gets weight ${fmtNumber(w)}`,
      );
      text.children[t].classList.toggle("ac-hv-now", t === token);
    });

    setText(mapName, `All ${nLayers * nHeads} heads: where does ${quoted(token)} look most?`);
    overview.forEach((line, l) =>
      line.forEach(({ place, weight, kind }, k) => {
        const { radio, mark, label } = cells[l][k];
        const now = l === state.layer && k === state.head;
        setText(mark, KINDS.find(([name]) => name === kind)[1]);
        const said = `layer ${l}, head ${k}: most weight, ${fmtNumber(weight)}, on token ${place}, ${visible(words[place])}`;
        radio.setAttribute("aria-label", said);
        label.setAttribute("title", said);
        radio.checked = now;
        radio.tabIndex = now ? 0 : -1;
        label.classList.toggle("ac-hv-now", now);
        paint(map.cells[l][k], weight, false);
      }),
    );
    KINDS.forEach(([kind], n) => setText(legend[n].count, counts[kind]));
    writeTable(result);

    const place = (t) => `${quoted(t)} (token ${t}, weight ${fmtNumber(row[t])})`;
    const others = order
      .slice(1, 3)
      .filter((t) => row[t] >= 0.05)
      .map(place);
    const near = counts.before + counts.after;
    summary.say(
      `In layer ${state.layer}, head ${state.head}, ${quoted(token)} looks most at ${place(order[0])}` +
        `${others.length ? `, then at ${others.join(" and ")}` : ""}. Of all ${nLayers * nHeads} heads, ` +
        `${counts["[CLS]"]} look most at [CLS] from here, ${counts["[SEP]"]} at [SEP], ${near} at a neighbour, ` +
        `${counts.itself} at the token itself and ${counts.elsewhere} elsewhere.`,
    );
  }

  el.append(
    panel(
      "Head viewer",
      h(
        "p",
        { class: "ac-note" },
        "Pick a token and see what it looks at, in one head at a time. Pick a head below or with the sliders. All counts start from 0.",
      ),
      h("div", { class: "ac-controls" }, sentence.node, ...typing),
      ...(loader ? [loader.node] : []),
      message,
      h("div", { class: "ac-controls" }, layer.node, head.node),
      h("div", { class: "ac-step" }, textName, text),
      summary.node,
      h(
        "div",
        { class: "ac-step" },
        mapName,
        h(
          "div",
          { class: "ac-hv-both" },
          scroller("All heads", map.node),
          h("ul", { class: "ac-hv-legend" }, ...legend.map(({ node }) => node)),
        ),
      ),
      details,
    ),
  );
  update();
  if (answers || loader) tell();
  const stop = onChange(model, STATE, update);
  const stopTelling = onChange(model, ["message", "answer"], tell);
  return () => {
    stop();
    stopTelling();
    summary.stop();
  };
}

export default { compute, render };
