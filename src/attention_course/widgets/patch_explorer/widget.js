// Chapter 1: a photo cut into blocks, each block a vector, each vector a token.

import { greyCanvas } from "../shared/canvas.js";
import { select, slider } from "../shared/controls.js";
import { h, panel, setText } from "../shared/dom.js";
import { fmtCount, fmtNumber } from "../shared/format.js";
import { clamp } from "../shared/numbers.js";
import { decodeBytes } from "../shared/recordings.js";
import { live, readState, summaryLine, writeState } from "../shared/state.js";
import { numberTable, scroller } from "../shared/tables.js";

const STATE = ["photo", "height", "width", "patch", "d_model", "n_pictures", "picked"];
const GREY_LEVELS = 256;
const COLUMNS = ["mean", "left − right", "top − bottom", "diagonal"];
const PRINTED = 16; // the largest block whose grey levels are printed one by one

// The photo's bytes, decoded once for each photo.
let decoded = { text: null, bytes: null };
function bytesOf(text) {
  if (decoded.text !== text) {
    decoded = { text, bytes: decodeBytes(text) };
  }
  return decoded.bytes;
}

// Four hand-made columns of a projection's weight, one number for each pixel (y, x):
// 1, cos over x, cos over y and their product, all divided by P².
function weightColumns(P) {
  const wave = Array.from({ length: P }, (_, i) => Math.cos((Math.PI * (i + 0.5)) / P));
  const area = P * P;
  const column = (weight) =>
    Float64Array.from({ length: area }, (_, n) => weight(Math.floor(n / P), n % P) / area);
  return [
    column(() => 1),
    column((_, x) => wave[x]),
    column((y) => wave[y]),
    column((y, x) => wave[x] * wave[y]),
  ]; // 4 × (P²,)
}

// All arithmetic: numbers in, numbers out.
function compute({ photo, height, width, patch: P, d_model, n_pictures, picked }) {
  const bytes = bytesOf(photo);
  const nRows = height / P;
  const nColumns = width / P;
  const nTokens = nRows * nColumns;
  const block = clamp(picked, 0, nTokens - 1);
  const row = Math.floor(block / nColumns);
  const column = block % nColumns;
  const levels = []; // (P²,), row after row
  for (let y = row * P; y < (row + 1) * P; y += 1) {
    for (let x = column * P; x < (column + 1) * P; x += 1) levels.push(bytes[y * width + x]);
  }
  const vector = levels.map((level) => level / 255); // (P²,)
  const weights = weightColumns(P);
  const token = weights.map((weight) =>
    vector.reduce((sum, value, n) => sum + value * weight[n], 0),
  );
  const area = P * P;
  return {
    block,
    row,
    column,
    nRows,
    nColumns,
    nTokens,
    levels,
    vector,
    weights,
    token, // (4,)
    shapes: [
      [n_pictures, height, width],
      [n_pictures, nTokens, area],
      [n_pictures, nTokens, d_model],
    ],
    parameters: area * d_model + d_model,
    oneHotWeights: area * GREY_LEVELS * d_model,
  };
}

// Black or white, whichever reads better on this grey: at least 4.5 to 1 on all 256.
function inkOn(level) {
  return level < 118 ? "#ffffff" : "#000000";
}

function render({ model, el }) {
  const height = model.get("height");
  const width = model.get("width");
  const SCALE = 3; // canvas pixels for each pixel of the photo
  const photo = greyCanvas(h("canvas"), bytesOf(model.get("photo")), height, width);
  const pick = (block) => writeState(model, { picked: block });

  // A new patch size keeps the place: the block that holds the old one's middle.
  const patch = select({
    label: "Patch size P",
    options: model.get("patch_choices").map((P) => [P, `${P} × ${P} pixels`]),
    value: model.get("patch"),
    onInput: (value) => {
      const { row, column } = compute(readState(model, STATE));
      const half = model.get("patch") / 2;
      const P = Number(value);
      const at = (index) => Math.floor((index * 2 * half + half) / P);
      writeState(model, { patch: P, picked: at(row) * (width / P) + at(column) });
    },
  });
  const dModel = slider({
    label: "Embedding size d",
    min: 1,
    max: 1000,
    value: model.get("d_model"),
    text: (d) => `${d} ${d === 1 ? "number" : "numbers"} a token`,
    number: true,
    onInput: (d) => writeState(model, { d_model: d }),
  });
  const nPictures = slider({
    label: "Pictures M",
    min: 1,
    max: 64,
    value: model.get("n_pictures"),
    text: (M) => `${M} ${M === 1 ? "picture" : "pictures"}`,
    onInput: (M) => writeState(model, { n_pictures: M }),
  });

  // The photo is a slider in two directions: arrow keys step, a click picks.
  const canvas = h("canvas", {
    class: "ac-photo",
    width: width * SCALE,
    height: height * SCALE,
    tabindex: "0",
    role: "slider",
    "aria-label": "Picked block of the photo; arrow keys move it",
    "aria-valuemin": "0",
  });
  canvas.addEventListener("keydown", (event) => {
    const { row, column, nRows, nColumns, nTokens, block } = compute(readState(model, STATE));
    const target = {
      ArrowLeft: column > 0 ? block - 1 : block,
      ArrowRight: column < nColumns - 1 ? block + 1 : block,
      ArrowUp: row > 0 ? block - nColumns : block,
      ArrowDown: row < nRows - 1 ? block + nColumns : block,
      Home: 0,
      End: nTokens - 1,
    }[event.key];
    if (target === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook has its own use for arrow keys
    pick(target);
  });
  canvas.addEventListener("click", (event) => {
    const box = canvas.getBoundingClientRect();
    const { nRows, nColumns } = compute(readState(model, STATE));
    const column = clamp(
      Math.floor(((event.clientX - box.left) / box.width) * nColumns),
      0,
      nColumns - 1,
    );
    const row = clamp(Math.floor(((event.clientY - box.top) / box.height) * nRows), 0, nRows - 1);
    pick(row * nColumns + column);
  });
  function drawPhoto({ row, column, nRows, nColumns }, P) {
    const context = canvas.getContext("2d");
    context.imageSmoothingEnabled = false;
    context.drawImage(photo, 0, 0, canvas.width, canvas.height);
    const side = P * SCALE;
    context.fillStyle = "rgba(255, 255, 255, 0.6)";
    for (let i = 1; i < nColumns; i += 1) context.fillRect(i * side - 1, 0, 3, canvas.height);
    for (let i = 1; i < nRows; i += 1) context.fillRect(0, i * side - 1, canvas.width, 3);
    // Dark around light, so that the mark is seen on any grey.
    for (const [colour, grow, line] of [
      ["#000000", 4, 10],
      ["#ffb000", 4, 6],
    ]) {
      context.strokeStyle = colour;
      context.lineWidth = line;
      const x = clamp(column * side - grow, 3, canvas.width - side - 3);
      const y = clamp(row * side - grow, 3, canvas.height - side - 3);
      context.strokeRect(
        x,
        y,
        Math.min(side + 2 * grow, canvas.width - x - 3),
        Math.min(side + 2 * grow, canvas.height - y - 3),
      );
    }
  }

  // The picked block: its grey levels where they can be read, else a picture.
  const cutName = h("p", { class: "ac-name" });
  const blockName = h("p", { class: "ac-name" });
  const blockPicture = h("canvas", { class: "ac-block", role: "img" });
  const blockNote = h("p", { class: "ac-note" });
  const blockBox = h("div", {});
  let pixelTable = null;
  let builtFor = 0;
  function buildBlock(P) {
    pixelTable = null;
    if (P > PRINTED) {
      blockBox.replaceChildren(blockPicture, blockNote);
      return;
    }
    pixelTable = numberTable({
      caption: "grey levels, 0 black to 255 white",
      columns: Array.from({ length: P }, (_, x) => String(x)),
      nRows: P,
      className: "ac-pixels",
    });
    blockBox.replaceChildren(scroller("Grey levels of the picked block", pixelTable.node));
  }
  function drawBlock({ levels, block }, P) {
    if (builtFor !== P) buildBlock(P);
    builtFor = P;
    if (!pixelTable) {
      greyCanvas(blockPicture, levels, P, P);
      blockPicture.setAttribute("aria-label", `Block ${block}, enlarged`);
      setText(blockNote, `${P} × ${P} = ${fmtCount(P * P)} grey levels: too many to print here`);
      return;
    }
    levels.forEach((level, n) => {
      const cell = pixelTable.setCell(Math.floor(n / P), n % P, level);
      cell.style.backgroundColor = `rgb(${level}, ${level}, ${level})`;
      cell.style.color = inkOn(level);
    });
  }

  // The start of the flattened block: at most eight numbers, and the last one.
  const flatBox = scroller("The flattened block");
  let flatTable = null;
  let flatFor = 0;
  function drawVector({ levels, vector }, P) {
    const last = P * P - 1;
    const places = Array.from({ length: Math.min(8, last) }, (_, n) => n);
    if (flatFor !== P) {
      flatTable = numberTable({
        caption: `vector, 1 × ${fmtCount(P * P)}`,
        corner: "place",
        rows: ["grey level", "÷ 255"],
        columns: [...places.map(String), "…", fmtCount(last)],
      });
      flatTable.setCell(0, places.length, "…");
      flatTable.setCell(1, places.length, "…");
      flatBox.replaceChildren(flatTable.node);
    }
    flatFor = P;
    [...places, last].forEach((n, i) => {
      const j = n === last ? places.length + 1 : i;
      flatTable.setCell(0, j, levels[n]);
      flatTable.setCell(1, j, fmtNumber(vector[n], 3));
    });
  }

  // Four columns of a projection, drawn: white adds, black takes away.
  const outputs = COLUMNS.map((name) => {
    const picture = h("canvas", { "aria-hidden": "true" });
    const value = h("span", { class: "ac-value" });
    const words = h("div", {}, h("span", { class: "ac-note" }, name), value);
    return { picture, value, node: h("div", { class: "ac-column" }, picture, words) };
  });
  let columnsFor = 0;
  function drawToken({ token, weights }, P) {
    outputs.forEach(({ picture, value }, k) => {
      if (columnsFor !== P) {
        const grey = [...weights[k]].map((weight) => Math.round(127.5 + 127.5 * weight * P * P));
        greyCanvas(picture, grey, P, P);
      }
      setText(value, fmtNumber(token[k], 3));
    });
    columnsFor = P;
  }

  const shapes = numberTable({
    caption: "Shapes, for M pictures",
    corner: "Step",
    rows: ["Pictures (M, H, W)", "Blocks, flattened (M, N, P²)", "Tokens (M, N, d)"],
    columns: ["Shape", "Numbers"],
    className: "ac-facts",
  });
  const costs = numberTable({
    caption: "Numbers to learn, for one projection",
    corner: "Each pixel as",
    rows: ["one brightness, as is done in practice", "a one-hot row of 256 grey levels"],
    columns: ["Formula", "Count"],
    className: "ac-facts",
  });
  for (const { node, cells } of [shapes, costs]) {
    node.querySelector("thead th:last-child").classList.add("ac-right");
    for (const line of cells) line[1].classList.add("ac-right");
  }
  costs.setCell(0, 0, "P² · d + d");
  costs.setCell(1, 0, "P² · 256 · d");
  const summary = summaryLine();

  function update() {
    const state = readState(model, STATE);
    const P = state.patch;
    const result = compute(state);
    patch.set(P);
    dModel.set(state.d_model);
    nPictures.set(state.n_pictures);

    drawPhoto(result, P);
    canvas.setAttribute("aria-valuemax", result.nTokens - 1);
    canvas.setAttribute("aria-valuenow", result.block);
    canvas.setAttribute(
      "aria-valuetext",
      `block ${result.block}, row ${result.row} of ${result.nRows}, column ${result.column} of ${result.nColumns}, ` +
        `mean brightness ${fmtNumber(result.token[0])}`,
    );
    setText(
      cutName,
      `Cut: ${result.nRows} × ${result.nColumns} = ${fmtCount(result.nTokens)} blocks`,
    );
    setText(blockName, `Block ${result.block}: row ${result.row}, column ${result.column}`);
    drawBlock(result, P);
    drawVector(result, P);
    drawToken(result, P);

    result.shapes.forEach((shape, i) => {
      shapes.setCell(i, 0, `(${shape.join(", ")})`);
      shapes.setCell(i, 1, fmtCount(shape.reduce((product, size) => product * size, 1)));
    });
    costs.setCell(0, 1, fmtCount(result.parameters));
    costs.setCell(1, 1, fmtCount(result.oneHotWeights));
    summary.say(
      `${P} × ${P} blocks make each picture a sequence of ${fmtCount(result.nTokens)} ` +
        `${result.nTokens === 1 ? "token" : "tokens"} of ${fmtCount(state.d_model)} ` +
        `${state.d_model === 1 ? "number" : "numbers"}. The projection learns ${fmtCount(result.parameters)} numbers; ` +
        `with one-hot grey levels it would be ${fmtCount(result.oneHotWeights)}.`,
    );
  }

  el.append(
    panel(
      "Patch explorer",
      h(
        "p",
        { class: "ac-note" },
        "Pick a block: click the photo, or focus it and use the arrow keys. Rows, columns and blocks count from 0.",
      ),
      h("div", { class: "ac-controls" }, patch.node, dModel.node, nPictures.node),
      h(
        "div",
        { class: "ac-pair" },
        h("div", { class: "ac-step ac-photo-box" }, cutName, canvas),
        h("div", { class: "ac-step ac-block-box" }, blockName, blockBox),
      ),
      h(
        "div",
        { class: "ac-step" },
        h("p", { class: "ac-name" }, "Flatten: the block, row after row, is a vector"),
        flatBox,
      ),
      h(
        "div",
        { class: "ac-step" },
        h("p", { class: "ac-name" }, "Project: the vector times a weight is a token"),
        h(
          "p",
          { class: "ac-note" },
          "A trained projection learns d columns of P² weights; each gives one number of the token. These four are drawn by hand instead, from cosines (white adds, black takes away), so that you can see what a column measures.",
        ),
        h("div", { class: "ac-columns ac-step" }, ...outputs.map(({ node }) => node)),
      ),
      h("div", { class: "ac-step" }, scroller("Shapes", shapes.node)),
      h("div", { class: "ac-step" }, scroller("Numbers to learn", costs.node)),
      summary.node,
    ),
  );
  return live(model, STATE, update, summary.stop);
}

export default { compute, render };
