// Chapter 6: a language model writes, one character at a time, with two dials.

import { numberOf, slider } from "../shared/controls.js";
import { h, panel } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { scroller } from "../shared/tables.js";
import { compute, STATE } from "./compute.js";
import {
  chanceTable,
  headsTable,
  showChances,
  showHeads,
  showText,
  sign,
  writtenText,
} from "./parts.js";
import { follow, run, writing } from "./writing.js";

const LAST_SEED = 99; // as in Python

// A slider for the model's state `name`.
const dial = (model, name, { text, ...rest }) =>
  slider({
    value: model.get(name),
    text: (value) => `${name.replace("_", "-")} ${text(value)}`,
    onInput: (value) => writeState(model, { [name]: value }),
    ...rest,
  });

function controlsOf(model, line) {
  const recordings = model.get("recordings");
  const n = model.get("symbols").length;
  const step = slider({
    label: "Step of the recording",
    min: 0,
    max: recordings.length - 1,
    value: model.get("picked"),
    text: (value) => `step ${value} of 0 to ${recordings.length - 1}`,
    onInput: (picked) => {
      run(line, false);
      line.who.forget();
      writeState(model, { picked, text: "", answer: {} });
    },
  });
  return {
    step,
    temperature: dial(model, "temperature", {
      label: "Temperature",
      min: 0.1,
      max: 2,
      step: 0.1,
      text: (value) => fmtNumber(value, 1),
      show: (value) => fmtNumber(value, 1),
    }),
    top_k: dial(model, "top_k", {
      label: "Top-k",
      min: 1,
      max: n,
      text: (value) => (value < n ? `the best ${value} of ${n}` : `all ${n}`),
    }),
    seed: dial(model, "seed", { label: "Seed", min: 0, max: LAST_SEED, text: String }),
    layer: numberOf(model, "layer", recordings[0].n_layers),
    head: numberOf(model, "head", recordings[0].n_heads),
  };
}

function update(model, view) {
  const { controls, line } = view;
  const state = readState(model, STATE);
  const result = compute(state);
  controls.step.set(state.picked);
  for (const name of ["temperature", "top_k", "seed", "layer", "head"])
    controls[name].set(state[name]);
  showText(view.text, state, result);
  showChances(view.chances, state.symbols, result);
  showHeads(view.heads, state, result);
  view.summary.say(sentence(state, result));
  follow(line, result);
}

function sentence({ symbols, temperature, top_k, seed, layer, head }, result) {
  const { characters, plain, chances, order, drawn, row, best } = result;
  const quoted = (n) => `“${sign(symbols[n])}”`;
  const tail = characters.slice(-12).map(sign).join("");
  const of = top_k < symbols.length ? `the best ${top_k}` : "all";
  const back = row.length - 1 - best;
  const where = back ? `“${sign(characters.at(-1 - back))}”, ${back} back` : "itself";
  return (
    `After “${characters.length > 12 ? "…" : ""}${tail}” the model expects ${quoted(order[0])} most, with probability ${fmtNumber(plain[order[0]])}. ` +
    `At temperature ${fmtNumber(temperature, 1)}, of ${of}, that is ${fmtNumber(chances[order[0]])}, and seed ${seed} draws ${quoted(drawn)} (${fmtNumber(chances[drawn])}). ` +
    `In layer ${layer}, head ${head}, the last character looks most at ${where}, with weight ${fmtNumber(row[best])}.`
  );
}

function layout({ line, controls, text, chances, summary, heads }) {
  const { step, temperature, top_k, seed, layer, head } = controls;
  const only = (...nodes) => h("div", { class: "ac-controls" }, ...nodes);
  return panel(
    "Text writer",
    h(
      "p",
      { class: "ac-note" },
      "Let the model write, or go through what it wrote before. The table says what may come next, and which of these characters the seed draws. The colours say what the last character looks at, in one head.",
    ),
    ...(line.who.loader ? [line.who.loader.node] : []),
    ...line.nodes,
    line.message,
    only(temperature.node, top_k.node, seed.node),
    text.node,
    only(layer.node, head.node, step.node),
    h("div", { class: "ac-step" }, scroller("What may come next", chances.table.node)),
    summary.node,
    heads.details,
  );
}

function render({ model, el, models }) {
  const line = writing({ model, models, onOpen: () => update(model, view) });
  const view = {
    line,
    controls: controlsOf(model, line),
    text: writtenText(),
    chances: chanceTable(model.get("symbols").length),
    heads: headsTable(() => showHeads(view.heads, readState(model, STATE), lookedAt(model))),
    summary: summaryLine(),
  };
  el.append(layout(view));
  const stop = () => run(line, false);
  return live(model, STATE, () => update(model, view), view.summary.stop, stop);
}

const lookedAt = (model) => compute(readState(model, STATE));

export default { compute, render };
