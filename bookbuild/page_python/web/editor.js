// What is written and run in a page: its exercises, and the cells to try. write_here.js loads
// this when a reader first asks for it, and calls open().

import { Exercise } from "./exercise.js";
import { Page } from "./page.js";
import { Trial } from "./trial.js";

let page = null;

// Open an editor in its place. `options` are { folder, bytes, root }.
export async function open(place, options) {
  page ??= Page.load(options).catch((error) => {
    page = null;
    throw error;
  });
  const ready = await page;
  const { exercise, trial } = place.dataset;
  const cell = exercise ? new Exercise(ready, place, exercise) : new Trial(ready, place, trial);
  cell.code.focus();
}
