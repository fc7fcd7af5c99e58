// Chapter 5: paint a small video, see it enlarged, and what each patch of it looks at.

import { Answerer } from "../shared/answerer.js";
import { select } from "../shared/controls.js";
import { h, panel, sayWaiting, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { placeOf } from "../shared/grid.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { compute, greysOf, STATE, WHITE } from "./compute.js";
import { drawnVideo, showDrawn, showNothing, straightVideo } from "./drawn.js";
import { looking, setLooks, showLooks } from "./looks.js";
import { drawPad, paintingPad } from "./pad.js";

const ABSENT = {
  "kernel without model": "This pad was given no model.",
  page: "Load the model, above the pad, to have it draw.",
  "page without model":
    "A painting is enlarged by the model, and so in a running notebook. Open this chapter in Jupyter or on Colab.",
};

// Strokes are drawn at once; the model hears of them soon after.
function sendSoon(model, view) {
  view.timer ??= setTimeout(() => {
    view.timer = null;
    const painting = view.pad.pixels.map((grey) => grey.toString(16)).join("");
    writeState(model, { painting });
    ask(model, view);
  }, 60);
}

// One question at a time: its answer is shown, then the latest painting is asked about.
async function ask(model, view) {
  const { who, message } = view;
  if (!who.opened || view.asking) {
    view.again = view.asking;
    return;
  }
  view.asking = true;
  do {
    view.again = false;
    const painting = model.get("painting");
    if (!painting) break;
    const got = await who.ask({ video: greysOf(painting).map((grey) => grey / WHITE) });
    if (got?.problem) setText(message, got.problem);
    else if (got) writeState(model, { answer: got.result.answer });
  } while (view.again);
  view.asking = false;
}

function restore(model, view, changes) {
  clearTimeout(view.timer);
  view.timer = null;
  view.who.forget();
  writeState(model, { painting: "", answer: {}, ...changes });
  update(model, view);
}

function update(model, view) {
  const { pad, who, looks } = view;
  const state = readState(model, STATE);
  const result = compute(state);
  pad.shown = result.video;
  if (view.timer === null && !pad.stroking.some((going) => going())) {
    pad.touched = result.painted;
    pad.pixels = result.video.map((level) => Math.round(WHITE * level));
  }
  view.example.set(state.picked);
  if (result.painted) view.example.input.selectedIndex = -1; // none of the list is shown
  setLooks(looks, state);
  drawPad(pad);
  view.straight.draw(result.straight);
  if (!result.read && who.ready) {
    sayWaiting(view.drawnName, "The decoder is drawing …");
    setText(view.message, "");
    return; // what was drawn before stays until then
  }
  showLooks(looks, state, result);
  if (result.read) {
    setText(view.drawnName, "The decoder: Y. Click a patch to see where it looks");
    setText(view.message, "");
    showDrawn(view.drawn, state, result.enlarged);
    view.summary.say(sentence(state, result));
  } else {
    setText(view.drawnName, "The decoder drew nothing: the model is not here");
    setText(view.message, who.absent);
    showNothing(view.drawn);
    view.summary.say("This is your video, and what straight lines between its pixels make of it.");
  }
}

function sentence({ picked, kind, layer, head, frame, row, column }, result) {
  const { painted, weights, byFrame, best, mapped, context, extent } = result;
  const frames = byFrame.map((weight, f) => `${fmtNumber(weight)} to frame ${f}`);
  const [from, to] = [Math.max(mapped[0] - extent[0], 0), mapped[0] + extent[0] + 1];
  return (
    `${painted ? "Your video" : `Video ${picked}`}: in layer ${layer}, head ${head}, the patch in frame ${frame}, row ${row}, column ${column} of Y ` +
    `gives the most weight, ${fmtNumber(weights[best], 3)}, to patch (${placeOf(best, context).join(", ")}) of ${kind === "cross" ? "C" : "Y"}. ` +
    `Altogether it gives ${frames.slice(from, to).join(", ")}.`
  );
}

function layout(view, { sizes, context_sizes: small }, nExamples) {
  const { who, pad, example, straight, drawn, looks } = view;
  const step = (name, ...rest) => h("div", { class: "ac-step" }, name, ...rest);
  const title = (text) => h("p", { class: "ac-name" }, text);
  const times = (numbers) => numbers.join(" × ");
  const examples = nExamples > 1 ? [example.node] : [];
  const tools = h("div", { class: "ac-vd-tools" }, ...pad.buttons);
  return panel(
    "Video pad",
    h(
      "p",
      { class: "ac-note" },
      `Paint the ${small[0]} frames of the small video with the mouse, a finger or the keyboard: arrow keys move the pen, Page Up and Page Down change the frame, Space puts the pen down or lifts it. The decoder makes ${times(sizes)} pixels of ${times(small)}.`,
    ),
    ...(who.loader ? [who.loader.node] : []),
    h("div", { class: "ac-controls" }, ...examples, pad.brightness.node),
    step(title("The small video, C. Paint here"), pad.strip.node, tools),
    // Below the pad, which must not move while somebody paints.
    step(title("Straight lines between its pixels"), straight.node),
    step(view.drawnName, view.message, drawn.node),
    looks.node,
    view.summary.node,
    looks.details,
  );
}

function render({ model, el, models }) {
  const recordings = model.get("recordings");
  const { sizes, context_sizes: small } = recordings[0];
  const view = {
    example: select({
      label: "Video to begin with",
      options: recordings.map((_, n) => [n, `video ${n}`]),
      value: model.get("picked"),
      onInput: (n) => restore(model, view, { picked: Number(n) }),
    }),
    pad: paintingPad(small, {
      onPaint: () => sendSoon(model, view),
      onRestore: () => restore(model, view, {}),
    }),
    straight: straightVideo(sizes),
    drawn: drawnVideo(model),
    looks: looking(model),
    drawnName: h("p", { class: "ac-name" }),
    message: h("p", { class: "ac-note", role: "status" }),
    summary: summaryLine(),
    timer: null, // until the painting is sent
    asking: false, // the model in the page
    again: false, // the painting changed meanwhile
  };
  view.who = new Answerer({
    model,
    models,
    what: "Paint any video and have it enlarged as you paint.",
    absent: ABSENT,
    onOpen: () => {
      view.pad.strip.node.focus({ preventScroll: true });
      update(model, view);
      ask(model, view);
    },
  });
  el.append(layout(view, recordings[0], recordings.length));
  const stop = () => clearTimeout(view.timer);
  return live(model, STATE, () => update(model, view), view.summary.stop, stop);
}

export default { compute, render };
