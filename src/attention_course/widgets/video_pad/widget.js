// Chapter 5: paint a small video, see it enlarged, and what each patch of it looks at.

import { drawGrey, markBox, overlay, partAt } from "../shared/canvas.js";
import { numberOf, select, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtNumber } from "../shared/format.js";
import { cellPicker, flatIndex, lookFrom, placeOf, product } from "../shared/grid.js";
import { modelLoader } from "../shared/model.js";
import { clamp } from "../shared/numbers.js";
import { decodeBytes } from "../shared/recordings.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { strokes } from "../shared/strokes.js";
import { numberTable, paint, scroller } from "../shared/tables.js";

const STATE = [
  "recordings",
  "picked",
  "kind",
  "layer",
  "head",
  "frame",
  "row",
  "column",
  "painting",
  "answer",
];
const WHITE = 15; // the brightest of sixteen greys
const ACROSS = 160; // canvas pixels of the longer side of a frame
const NOTHING = 96; // the grey of frames that nobody drew

const times = (sizes) => sizes.join(" × ");
const greysOf = (painting) => Array.from(painting, (digit) => parseInt(digit, 16));
// Patches along each axis; `of` is "" for Y and "context_" for C.
const cellsOf = (recording, of) =>
  recording[`${of}sizes`].map((size, axis) => size / recording[`${of}patch`][axis]);

// Straight lines between the numbers of a grid along one axis, read at `to` places.
function stretch(numbers, sizes, axis, to) {
  const from = sizes[axis];
  const inner = product(sizes.slice(axis + 1));
  const result = [];
  for (let outer = 0; outer < numbers.length; outer += from * inner) {
    for (let i = 0; i < to; i += 1) {
      const place = Math.max(((i + 0.5) * from) / to - 0.5, 0);
      const low = Math.floor(place);
      const high = Math.min(low + 1, from - 1);
      for (let k = 0; k < inner; k += 1) {
        const [a, b] = [numbers[outer + low * inner + k], numbers[outer + high * inner + k]];
        result.push(a + (place - low) * (b - a));
      }
    }
  }
  return result;
}

// As trilinear in Python: one axis after the other.
function trilinear(video, sizes, to) {
  const now = [...sizes];
  return to.reduce((numbers, size, axis) => {
    const next = stretch(numbers, now, axis, size);
    now[axis] = size;
    return next;
  }, video);
}

// What the picked patch of Y gives to each patch of C or of Y itself.
function looksOf(recording, { kind, layer, head, frame, row, column }) {
  const of = kind === "cross" ? "context_" : "";
  const [sizes, context, extent] = [
    cellsOf(recording, ""),
    cellsOf(recording, of),
    recording[`${of}extent`],
  ];
  const before = (layer * recording.n_heads + head) * product(sizes);
  return {
    context,
    extent,
    ...lookFrom(recording[kind], { token: [frame, row, column], sizes, context, extent, before }),
  };
}

// All arithmetic: numbers in, numbers out.
function compute(state) {
  const { recordings, painting, answer } = state;
  const example = recordings[clamp(state.picked, 0, recordings.length - 1)];
  const painted = painting !== "";
  const answered = painted && answer.enlarged !== undefined;
  const recording = answered ? answer : example;
  const video = painted
    ? greysOf(painting).map((grey) => grey / WHITE)
    : Array.from(decodeBytes(example.video), (level) => level / 255);
  return {
    painted,
    read: !painted || answered, // somebody enlarged what is shown
    video, // (F' H' W',)
    straight: trilinear(video, recording.context_sizes, recording.sizes), // (F H W,)
    enlarged: Array.from(decodeBytes(recording.enlarged), (level) => level / 255),
    ...looksOf(recording, state),
  };
}

// Frames beside each other, each with a line of text below.
function strip([frames, height, width], className) {
  const scale = Math.max(1, Math.round(ACROSS / Math.max(height, width)));
  const views = Array.from({ length: frames }, () => {
    const canvas = h("canvas", { height: height * scale, width: width * scale });
    const note = h("span", { class: "ac-note" });
    return { canvas, note, node: h("div", { class: "ac-vd-frame" }, canvas, note) };
  });
  const few = frames <= 4 ? "ac-vd-few" : "";
  const node = h(
    "div",
    { class: `ac-vd-strip ${few} ${className}` },
    ...views.map((view) => view.node),
  );
  // `levels` are those of all frames, from 0 to 1.
  const draw = (levels) =>
    views.map(({ canvas }, f) => {
      const grey = levels
        .slice(f * height * width, (f + 1) * height * width)
        .map((level) => Math.round(255 * level));
      return drawGrey(canvas, grey, height, width);
    });
  return { views, node, draw };
}

function render({ model, el, models }) {
  // A page without Python has no such trait: nobody there would enlarge a painting, unless
  // the trained model comes into the page.
  const python = Boolean(model.get("_answers"));
  const answers = python && model.get("typing");
  const recordings = model.get("recordings");
  const [first] = recordings;
  const { sizes, context_sizes: small } = first;
  const cells = cellsOf(first, "");
  let reader = null;
  let pixels = []; // of C, 0 to 15
  let touched = false; // these are somebody's painting
  let waiting = null;

  const restore = (changes) => {
    clearTimeout(waiting);
    waiting = null;
    round += 1;
    writeState(model, { painting: "", answer: {}, ...changes });
    update();
  };
  const example = select({
    label: "Video to begin with",
    options: recordings.map((_, n) => [n, `video ${n}`]),
    value: model.get("picked"),
    onInput: (n) => restore({ picked: Number(n) }),
  });

  // The pad. Strokes are drawn at once; the model hears of them soon after.
  const pen = { at: [0, Math.floor(small[1] / 2), Math.floor(small[2] / 2)], down: false };
  const pad = strip(small, "ac-vd-paint");
  const brightness = slider({
    label: "Brightness of the pen",
    min: 0,
    max: WHITE,
    value: WHITE,
    text: (grey) => (grey ? `brightness ${grey} of 0 to ${WHITE}` : "brightness 0, which erases"),
    onInput: (grey) => brightness.set(grey),
  });
  const put = (at, grey = Number(brightness.input.value)) => {
    pixels[flatIndex(at, small)] = grey;
  };
  const penPicker = cellPicker(pad.node, {
    label:
      "Small video to paint; arrow keys move the pen, Page Up and Page Down change the frame, Space puts the pen down or lifts it, Delete erases",
    sizes: () => small,
    cell: () => pen.at,
    onPick: (at) => {
      pen.at = at;
      if (pen.down) put(at);
      if (pen.down) say();
      else drawPad();
    },
  });
  pad.node.addEventListener("keydown", (event) => {
    if (
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      ![" ", "Delete", "Backspace"].includes(event.key)
    )
      return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has its own use for these keys
    if (event.key === " ") pen.down = !pen.down;
    if (event.key !== " ") put(pen.at, 0);
    else if (pen.down) put(pen.at);
    else return drawPad();
    say();
  });
  for (const kind of ["focus", "blur"]) pad.node.addEventListener(kind, () => drawPad());
  const stroking = pad.views.map(({ canvas }, f) => {
    canvas.setAttribute("aria-hidden", "true"); // the picker around it speaks
    const at = ({ clientX, clientY }) => {
      const box = canvas.getBoundingClientRect();
      return [
        f,
        ((clientY - box.top) / box.height) * small[1] - 0.5,
        ((clientX - box.left) / box.width) * small[2] - 0.5,
      ];
    };
    // Every pixel on the way; what is beyond the frame is left out.
    const line = (from, to) => {
      const steps =
        Math.ceil(4 * Math.max(...to.map((place, axis) => Math.abs(place - from[axis])))) || 1;
      for (let n = 0; n <= steps; n += 1) {
        const place = from.map((start, axis) =>
          Math.round(start + (n / steps) * (to[axis] - start)),
        );
        if (!place.every((p, axis) => p >= 0 && p < small[axis])) continue;
        put(place);
        pen.at = place;
      }
    };
    const begin = () => {
      pad.node.focus({ preventScroll: true });
      pen.down = false;
    };
    return strokes(canvas, { at, begin, line, done: () => say() });
  });
  const inFrame = (change) => {
    const area = small[1] * small[2];
    const start = pen.at[0] * area;
    for (let n = start; n < start + area; n += 1) pixels[n] = change(n, area);
    say();
  };
  const button = (text, act) => {
    const node = h(
      "button",
      { type: "button", onclick: () => node.getAttribute("aria-disabled") !== "true" && act() },
      text,
    );
    return node;
  };
  const copy = button("Copy from the frame before", () => inFrame((n, area) => pixels[n - area]));
  const back = button("Back to the example", () => restore({}));
  const buttons = [
    button("Clear this frame", () => inFrame(() => 0)),
    copy,
    button("Clear all", () => {
      pixels.fill(0);
      say();
    }),
    back,
  ];
  const able = (node, can) =>
    can ? node.removeAttribute("aria-disabled") : node.setAttribute("aria-disabled", "true");

  function drawPad() {
    const [f, r, c] = pen.at;
    const levels = touched ? pixels.map((grey) => grey / WHITE) : shown;
    const contexts = pad.draw(levels);
    const { width, height } = contexts[f].canvas;
    const [dx, dy] = [width / small[2], height / small[1]];
    if (pad.node.matches(":focus-visible")) markBox(contexts[f], c * dx, r * dy, dx, dy);
    pad.views.forEach(({ note, node }, n) => {
      setText(note, n === f ? `frame ${n}, this frame` : `frame ${n}`);
      node.classList.toggle("ac-vd-here", n === f);
    });
    penPicker.set(
      `frame ${f}, row ${r}, column ${c}, brightness ${fmtNumber(levels[flatIndex(pen.at, small)])}, pen ${pen.down ? "down" : "up"}`,
    );
    able(copy, f > 0);
    able(back, touched);
  }
  function say() {
    touched = true;
    drawPad();
    if (waiting === null) waiting = setTimeout(send, 60);
  }
  function send() {
    waiting = null;
    writeState(model, { painting: pixels.map((grey) => grey.toString(16)).join("") });
    ask();
  }
  // One question at a time: its answer is shown, then the latest painting is asked about.
  let asking = false;
  let again = false;
  let round = 0; // a new one begins whenever the example comes back
  async function ask() {
    if (!reader || asking) {
      again = asking;
      return;
    }
    asking = true;
    do {
      again = false;
      const mine = round;
      const painting = model.get("painting");
      if (!painting) break;
      try {
        const { answer } = await reader.run({
          video: greysOf(painting).map((grey) => grey / WHITE),
        });
        if (mine === round) writeState(model, { answer });
      } catch (error) {
        if (mine === round) setText(message, `The model did not answer (${error.message}).`);
      }
    } while (again);
    asking = false;
  }

  // The two enlarged videos; a patch of the decoder's is picked.
  const straight = strip(sizes, "ac-vd-straight");
  straight.views.forEach(({ canvas, note }, f) => {
    setText(note, `frame ${f}`);
    canvas.setAttribute("role", "img");
  });
  const drawn = strip(sizes, "ac-vd-pick");
  drawn.views.forEach(({ canvas, note }, f) => {
    setText(note, `frame ${f}`);
    canvas.setAttribute("aria-hidden", "true"); // the picker around it speaks
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      const row = partAt(event.clientY, box.top, box.height, cells[1]);
      const column = partAt(event.clientX, box.left, box.width, cells[2]);
      writeState(model, { frame: Math.floor((f * cells[0]) / sizes[0]), row, column });
    });
  });
  const tokenPicker = cellPicker(drawn.node, {
    label:
      "Picked patch of the decoder's video; arrow keys move it, Page Up and Page Down change the frame",
    sizes: () => cells,
    cell: () => ["frame", "row", "column"].map((name) => model.get(name)),
    onPick: ([frame, row, column]) => writeState(model, { frame, row, column }),
  });
  const drawnName = h("p", { class: "ac-name" });
  const message = h("p", { class: "ac-note", role: "status" });

  // What the picked patch looks at.
  const kind = select({
    label: "The picked patch looks at",
    options: [
      ["cross", "C, the small video"],
      ["self", "Y, its own video"],
    ],
    value: model.get("kind"),
    onInput: (value) => writeState(model, { kind: value }),
  });
  const numbers = {
    layer: numberOf(model, "layer", first.n_layers),
    head: numberOf(model, "head", first.n_heads),
    frame: numberOf(model, "frame", cells[0], "Patch's frame"),
    row: numberOf(model, "row", cells[1], "Patch's row"),
    column: numberOf(model, "column", cells[2], "Patch's column"),
  };
  const lookName = h("p", { class: "ac-name" });
  const viewBox = h("div", {});
  const tableBox = h("div", {});
  const lookers = Object.fromEntries(
    [
      ["cross", "context_"],
      ["self", ""],
    ].map(([name, of]) => {
      const [nF, nH, nW] = first[`${of}extent`].map((e) => 2 * e + 1);
      const heads = (n) => Array.from({ length: n }, () => h("span", {}));
      const [rows, columns] = [heads(nF * nH), heads(nW)];
      const table = numberTable({
        caption: `weights on the patches near it in ${of ? "C" : "Y"}; – where there is none`,
        corner: "frame, row",
        rows,
        columns,
        className: "ac-vd-weights",
      });
      const views = strip(first[`${of}sizes`], "ac-vd-views");
      return [
        name,
        { ...views, table, rows, columns, scroll: scroller("Weights as a table", table.node) },
      ];
    }),
  );
  const summary = summaryLine();
  const looks = h(
    "div",
    { class: "ac-vd-looks" },
    h(
      "div",
      { class: "ac-controls" },
      kind.node,
      ...Object.values(numbers).map(({ node }) => node),
    ),
    h("div", { class: "ac-step" }, lookName, viewBox),
    h(
      "p",
      { class: "ac-note" },
      "The stronger the colour, the larger the weight; the box marks the patch at the same place. The numbers are each frame's weights together.",
    ),
  );
  const details = h("details", {}, h("summary", {}, "Read the weights as a table"), tableBox);
  const loader = answers
    ? null
    : modelLoader({
        models,
        name: model.get("in_browser"),
        what: "Paint any video and have it enlarged as you paint.",
        onOpen: (opened) => {
          reader = opened;
          pad.node.focus({ preventScroll: true });
          update();
          ask();
        },
      });
  const nobody = python
    ? "This pad was given no model."
    : "A painting is enlarged by the model, and so in a running notebook. Open this chapter in Jupyter or on Colab.";

  let shown = []; // C's levels, 0 to 1
  let kindShown = "";
  // Draw what the picked patch looks at, over the frames of C or Y, and write it as a table.
  function showLooks(
    state,
    { read, video, enlarged, mapped, context, extent, near, byFrame, shares },
  ) {
    const { views, node, draw, table, rows, columns, scroll } = lookers[state.kind];
    const name = state.kind === "cross" ? "C" : "Y";
    if (kindShown !== state.kind) {
      kindShown = state.kind;
      viewBox.replaceChildren(node);
      tableBox.replaceChildren(scroll);
    }
    const [F, H, W] = context;
    setText(
      lookName,
      `What the patch in frame ${state.frame}, row ${state.row}, column ${state.column} of Y looks at in ${name}`,
    );
    draw(state.kind === "cross" ? video : enlarged).forEach((canvas2d, n) => {
      const f = Math.floor((n * F) / views.length); // a patch may be several frames long
      const { canvas, note, node: frame } = views[n];
      overlay(canvas2d, shares.slice(f * H * W, (f + 1) * H * W), H, W);
      if (f === mapped[0])
        markBox(
          canvas2d,
          (mapped[2] * canvas.width) / W,
          (mapped[1] * canvas.height) / H,
          canvas.width / W,
          canvas.height / H,
        );
      const inside = Math.abs(f - mapped[0]) <= extent[0];
      frame.classList.toggle("ac-vd-far", !inside);
      setText(note, `frame ${n}\n${inside ? fmtNumber(byFrame[f]) : "–"}`);
      canvas.setAttribute("role", "img");
      canvas.setAttribute(
        "aria-label",
        `Frame ${n} of ${name}: ${inside ? `weight ${fmtNumber(byFrame[f])} in all` : "outside the window"}`,
      );
    });
    near.forEach(({ at, inside, weight }, n) => {
      const [i, j] = [Math.floor(n / columns.length), n % columns.length];
      setText(rows[i], `${fmtNumber(at[0], 0)}, ${fmtNumber(at[1], 0)}`);
      setText(columns[j], `column ${fmtNumber(at[2], 0)}`);
      const cell = table.setCell(i, j, read && inside ? fmtNumber(weight, 3) : "–");
      paint(cell, read && inside ? shares[flatIndex(at, context)] : 0, false);
      cell.classList.toggle(
        "ac-vd-mapped",
        at.every((place, axis) => place === mapped[axis]),
      );
    });
  }
  function update() {
    const state = readState(model, STATE);
    const result = compute(state);
    const { painted, read, video, enlarged, weights, byFrame, best, mapped, context, extent } =
      result;
    shown = video;
    if (waiting === null && !stroking.some((going) => going())) {
      touched = painted;
      pixels = video.map((level) => Math.round(WHITE * level));
    }
    example.set(state.picked);
    if (painted) example.input.selectedIndex = -1; // none of the list is shown
    kind.set(state.kind);
    for (const [name, one] of Object.entries(numbers)) one.set(state[name]);
    drawPad();
    straight.draw(result.straight);
    straight.views.forEach(({ canvas }, f) =>
      canvas.setAttribute("aria-label", `Frame ${f} of C, enlarged by straight lines`),
    );

    const waits = answers || reader;
    if (!read && waits) {
      setText(drawnName, "The decoder is drawing …");
      setText(message, "");
      return; // what was drawn before stays until then
    }
    showLooks(state, result);
    looks.hidden = !read;
    drawn.node.classList.toggle("ac-vd-empty", !read);
    if (!read) {
      setText(drawnName, "The decoder drew nothing: the model is not here");
      setText(message, loader ? "Load the model, above the pad, to have it draw." : nobody);
      tokenPicker.set("nothing is drawn");
      drawn.draw(enlarged.map(() => NOTHING / 255));
      summary.say("This is your video, and what straight lines between its pixels make of it.");
      return;
    }
    setText(drawnName, "The decoder: Y. Click a patch to see where it looks");
    setText(message, "");
    const { frame, row, column } = state;
    const far = Math.floor((frame * sizes[0]) / cells[0]);
    drawn
      .draw(enlarged)
      .slice(far, far + sizes[0] / cells[0])
      .forEach((canvas2d) => {
        const { width, height } = canvas2d.canvas;
        markBox(
          canvas2d,
          (column * width) / cells[2],
          (row * height) / cells[1],
          width / cells[2],
          height / cells[1],
        );
      });
    tokenPicker.set(`frame ${frame}, row ${row}, column ${column}`);
    const name = state.kind === "cross" ? "C" : "Y";
    const frames = byFrame.map((weight, f) => `${fmtNumber(weight)} to frame ${f}`);
    const [from, to] = [Math.max(mapped[0] - extent[0], 0), mapped[0] + extent[0] + 1];
    summary.say(
      `${painted ? "Your video" : `Video ${state.picked}`}: in layer ${state.layer}, head ${state.head}, the patch in frame ${frame}, row ${row}, column ${column} of Y ` +
        `gives the most weight, ${fmtNumber(weights[best], 3)}, to patch (${placeOf(best, context).join(", ")}) of ${name}. ` +
        `Altogether it gives ${frames.slice(from, to).join(", ")}.`,
    );
  }

  const step = (name, ...rest) => h("div", { class: "ac-step" }, name, ...rest);
  const title = (text) => h("p", { class: "ac-name" }, text);
  el.append(
    panel(
      "Video pad",
      h(
        "p",
        { class: "ac-note" },
        `Paint the ${small[0]} frames of the small video with the mouse, a finger or the keyboard: arrow keys move the pen, Page Up and Page Down change the frame, Space puts the pen down or lifts it. The decoder makes ${times(sizes)} pixels of ${times(small)}.`,
      ),
      ...(loader ? [loader.node] : []),
      h(
        "div",
        { class: "ac-controls" },
        ...(recordings.length > 1 ? [example.node] : []),
        brightness.node,
      ),
      step(
        title("The small video, C. Paint here"),
        pad.node,
        h("div", { class: "ac-vd-tools" }, ...buttons),
      ),
      // Below the pad, which must not move while somebody paints.
      step(title("Straight lines between its pixels"), straight.node),
      step(drawnName, message, drawn.node),
      looks,
      summary.node,
      details,
    ),
  );
  return live(model, STATE, update, summary.stop, () => clearTimeout(waiting));
}

export default { compute, render };
