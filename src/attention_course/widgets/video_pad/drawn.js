// The two enlarged videos: by straight lines, and by the decoder, where a patch is picked.

import { markBox, partAt } from "../shared/canvas.js";
import { setText } from "../shared/dom.js";
import { cellPicker } from "../shared/grid.js";
import { writeState } from "../shared/state.js";
import { cellsOf } from "./compute.js";
import { strip } from "./strip.js";

const NOTHING = 96; // the grey of frames that nobody drew

export function straightVideo(sizes) {
  const straight = strip(sizes, "ac-vd-straight");
  straight.views.forEach(({ canvas, note }, f) => {
    setText(note, `frame ${f}`);
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `Frame ${f} of C, enlarged by straight lines`);
  });
  return straight;
}

export function drawnVideo(model) {
  const [recording] = model.get("recordings");
  const { sizes } = recording;
  const cells = cellsOf(recording, "");
  const drawn = { ...strip(sizes, "ac-vd-pick"), sizes, cells };
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
  drawn.picker = cellPicker(drawn.node, {
    label:
      "Picked patch of the decoder's video; arrow keys move it, Page Up and Page Down change the frame",
    sizes: () => cells,
    cell: () => ["frame", "row", "column"].map((name) => model.get(name)),
    onPick: ([frame, row, column]) => writeState(model, { frame, row, column }),
  });
  return drawn;
}

export function showNothing({ node, views, draw, picker, sizes }) {
  node.classList.add("ac-vd-empty");
  picker.set("nothing is drawn");
  draw(new Array(views.length * sizes[1] * sizes[2]).fill(NOTHING / 255));
}

// Draw Y, and a box around the picked patch in each of its frames.
export function showDrawn({ node, draw, picker, sizes, cells }, { frame, row, column }, enlarged) {
  node.classList.remove("ac-vd-empty");
  const first = Math.floor((frame * sizes[0]) / cells[0]);
  const contexts = draw(enlarged);
  for (const canvas2d of contexts.slice(first, first + sizes[0] / cells[0])) {
    const [width, height] = [canvas2d.canvas.width / cells[2], canvas2d.canvas.height / cells[1]];
    markBox(canvas2d, column * width, row * height, width, height);
  }
  picker.set(`frame ${frame}, row ${row}, column ${column}`);
}
