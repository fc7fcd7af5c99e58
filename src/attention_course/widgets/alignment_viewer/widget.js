// Chapter 3: where a translator looks, for each character that it writes.

import { checkbox, select } from "../shared/controls.js";
import { h, panel, setText, uniqueId } from "../shared/dom.js";
import { fmtCount, fmtNumber, visible } from "../shared/format.js";
import { modelLoader } from "../shared/model.js";
import { clamp, entropyOf } from "../shared/numbers.js";
import { onChange, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = ["recordings", "picked", "step", "typed", "answer"];
const MAX_TEXT = 200; // as in Python
const FEW = 10; // unknown characters that a message names

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

// What the model was never shown is said as in Python.
function unknownMessage(characters, { known, unknown }) {
  const strange = [...new Set(characters.filter((character) => !known.has(character)))];
  if (!strange.length) return "";
  const named = strange
    .slice(0, FEW)
    .map((character) => `“${visible(character)}”`)
    .join(", ");
  const more = strange.length > FEW ? ` and ${strange.length - FEW} more` : "";
  return `The model was never shown ${named}${more}: it reads ${unknown} instead.`;
}

function render({ model, el, models }) {
  // A page without Python has no such trait: nobody there would translate what is typed,
  // unless the trained model comes into the page.
  const answers = Boolean(model.get("_answers"));
  let translator = null;
  let asked = 0;
  const look = (t) => {
    if (model.get("step") !== t) writeState(model, { step: t });
  };

  const choice = select({
    label: "Text",
    options: model.get("recordings").map(({ text }, n) => [n, text]),
    value: model.get("picked"),
    onInput: (n) => {
      asked += 1; // an answer still on its way comes too late
      setText(message, "");
      writeState(model, { picked: Number(n), step: 0, typed: null });
    },
  });
  const box = h("input", {
    type: "text",
    disabled: !answers,
    autocomplete: "off",
    spellcheck: "false",
  });
  const message = h("p", { class: "ac-note", role: "status" });
  const button = h("button", { type: "submit", disabled: !answers }, "Translate");
  const form = h(
    "form",
    { class: "ac-control" },
    h("label", { class: "ac-label" }, h("span", {}, "Or type one"), box),
    button,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (translator) return translate();
    if (!answers) return;
    if (model.get("typed") === box.value) return tell();
    setText(message, "Translating …");
    writeState(model, { typed: box.value, step: 0 });
  });
  // In the page the translation follows every character, as soon as it is there.
  const loader = answers
    ? null
    : modelLoader({
        models,
        name: model.get("in_browser"),
        what: "Type any date and see its alignment as you type.",
        onOpen: (opened) => {
          translator = opened;
          box.disabled = false;
          button.remove();
          box.focus();
        },
      });
  box.addEventListener("input", (event) => {
    if (translator && !event.isComposing) translate();
  });
  box.addEventListener("compositionend", () => {
    if (translator) translate();
  });
  async function translate() {
    asked += 1;
    const mine = asked;
    const typed = box.value;
    const text = typed.normalize("NFC");
    const characters = [...text];
    const answer = (changes) =>
      writeState(model, { step: 0, typed, answer: {}, message: "", ...changes });
    if (!characters.length) return answer({ message: "Type at least one character." });
    if (characters.length > MAX_TEXT) {
      return answer({
        message: `Type at most ${MAX_TEXT} characters; this has ${fmtCount(characters.length)}.`,
      });
    }
    try {
      const { source, ...recording } = await translator.run({ text });
      if (mine !== asked) return; // another character came meanwhile
      answer({
        answer: recording,
        message: unknownMessage(characters, {
          known: new Set(source.slice(4)),
          unknown: source[3],
        }),
      });
    } catch (error) {
      if (mine === asked) answer({ message: `The model did not answer (${error.message}).` });
    }
  }
  const tell = () => setText(message, model.get("message") || "");
  const typing = model.get("typing") || loader ? [form] : [];
  if (typing.length && !answers && !loader) {
    setText(
      message,
      "Typing needs the model, and so a running notebook. Open this chapter in Jupyter or on Colab to type a text of your own.",
    );
  }

  const sourceName = h("p", { class: "ac-name" });
  const source = h("div", { class: "ac-chars ac-read" });
  const outputName = h("p", { class: "ac-name" });
  const output = h("div", {
    class: "ac-chars",
    role: "radiogroup",
    "aria-label": "Characters written",
  });
  const numbers = checkbox({
    label: "Show the numbers",
    value: false,
    onInput: (on) => {
      source.classList.toggle("ac-quiet", !on);
      table.node.classList.toggle("ac-quiet", !on);
    },
  });
  source.classList.add("ac-quiet");
  const heatBox = scroller("Weights, one row for each character written");
  const summary = summaryLine();

  let table, radios, shares;
  let built = "";
  // Everything is built again for another text ...
  function build({ characters, written, weights }) {
    const group = uniqueId("output");
    shares = characters.map(() => h("span", { class: "ac-share" }));
    source.replaceChildren(
      ...characters.map((character, j) =>
        h("span", { class: "ac-char" }, visible(character), shares[j]),
      ),
    );
    radios = written.map((symbol, t) =>
      h("input", {
        type: "radio",
        class: "ac-hidden",
        name: group,
        value: t,
        "aria-label": `output ${t}: ${symbol}`,
        onchange: () => look(t),
      }),
    );
    output.replaceChildren(
      ...written.map((symbol, t) =>
        h(
          "label",
          {
            class: [...symbol].length > 1 ? "ac-char ac-symbol" : "ac-char",
            onmouseenter: () => look(t),
          },
          radios[t],
          visible(symbol),
        ),
      ),
    );
    table = numberTable({
      caption: `weights, ${written.length} × ${characters.length}: rows written, columns read`,
      corner: "written",
      rows: written.map(visible),
      columns: characters.map(visible),
      className: numbers.input.checked ? "ac-heatmap" : "ac-heatmap ac-quiet",
    });
    weights.forEach((row, t) => {
      const line = table.body.rows[t];
      line.addEventListener("mouseenter", () => look(t));
      line.addEventListener("click", () => look(t));
      row.forEach((weight, j) => {
        const cell = table.cells[t][j];
        cell.append(h("span", {}, fmtNumber(weight)));
        paint(cell, weight, false);
      });
    });
    heatBox.replaceChildren(table.node);
    setText(sourceName, `Read: ${characters.length} characters`);
  }

  // ... and otherwise only what another step changes is written.
  function update() {
    const state = readState(model, STATE);
    const result = compute(state);
    const key = JSON.stringify(result.recording);
    if (key !== built) build(result);
    built = key;
    const { characters, written, row, step, order } = result;

    choice.set(state.picked);
    if (result.answered) choice.input.selectedIndex = -1; // none of the list is shown
    setText(outputName, `Written: ${written.filter((symbol) => symbol !== "<end>").join("")}`);
    row.forEach((weight, j) => {
      paint(source.children[j], weight, false);
      setText(shares[j], fmtNumber(weight));
    });
    radios.forEach((radio, t) => {
      radio.checked = t === step;
      radio.parentNode.classList.toggle("ac-now", t === step);
      table.body.rows[t].classList.toggle("ac-looked", t === step);
    });
    const place = (j) => `“${visible(characters[j])}” (source ${j}, weight ${fmtNumber(row[j])})`;
    const others = order
      .slice(1, 3)
      .filter((j) => row[j] >= 0.05)
      .map(place);
    summary.say(
      `For output ${step}, “${written[step]}”, the most weight is on ${place(order[0])}` +
        `${others.length ? `, then ${others.join(" and ")}` : ""}. The entropy, ` +
        `${fmtNumber(result.entropy[step])} nats, is that of ${fmtNumber(result.effective[step], 1)} equally weighted characters.`,
    );
  }

  el.append(
    panel(
      "Alignment viewer",
      h(
        "p",
        { class: "ac-note" },
        "Point at a character that was written, or step through them with the arrow keys, and see where the decoder looked. All counts start from 0.",
      ),
      h("div", { class: "ac-controls" }, choice.node, ...typing),
      ...(loader ? [loader.node] : []),
      message,
      h("div", { class: "ac-step" }, sourceName, source),
      h("div", { class: "ac-step" }, outputName, output),
      summary.node,
      h("div", { class: "ac-step" }, numbers.node, heatBox),
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
