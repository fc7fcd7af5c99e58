// What can be written and run in a page: this puts a button below each exercise, and below each
// example to try. What a reader asks for is loaded then, and not before; whatever fails, the
// way to the notebook stays.
"use strict";
(() => {
  const host = document.currentScript;
  const shipped = JSON.parse(host.dataset.acPython); // { version, bytes }
  const folder = new URL(`python/${shipped.version}/`, host.src);
  const root = new URL("../", host.src);
  const prefix = `attention-course answer ${root.pathname} `;
  const works =
    location.protocol !== "file:" &&
    typeof WebAssembly === "object" &&
    typeof DecompressionStream === "function";

  function passed(exercise) {
    try {
      return JSON.parse(localStorage.getItem(prefix + exercise))?.passed === true;
    } catch {
      return false;
    }
  }

  // Say beside an exercise that it was passed here; in words, for who sees no colours.
  function mark(place, exercise) {
    place.querySelector(":scope > .ac-passed-here")?.remove();
    if (!passed(exercise)) return;
    const note = document.createElement("span");
    note.className = "ac-passed-here";
    note.textContent = " ✔ passed here";
    place.append(note);
  }

  async function open(place, button, without) {
    button.disabled = true;
    button.textContent = "The editor is loading …";
    try {
      const editor = await import(new URL("editor.js", folder));
      await editor.open(place, { folder, bytes: shipped.bytes, root });
    } catch (error) {
      const told = document.createElement("p");
      told.setAttribute("role", "status");
      told.textContent = `The editor could not be loaded (${error.message}).`;
      button.replaceWith(told, without);
    }
  }

  function offer(place, words, name) {
    const without = place.querySelector(".ac-write-without");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ac-write-open";
    button.textContent = words;
    if (name) button.setAttribute("aria-label", `${words}: ${name}`);
    button.addEventListener("click", () => open(place, button, without));
    without.replaceWith(button);
  }

  function offerExercise(place) {
    const { exercise } = place.dataset;
    offer(place, "Write it here", `exercise ${exercise}`);
    mark(place, exercise);
  }

  // The page of exercises: each leads to its chapter, and says what was passed here.
  function markRows() {
    for (const row of document.querySelectorAll(".bd-article table tbody tr")) {
      const number = row.cells[0]?.textContent.trim();
      if (/^\d+\.\d+$/.test(number)) mark(row.cells[1], number);
    }
  }

  if (works) {
    document.querySelectorAll(".ac-write").forEach(offerExercise);
    for (const place of document.querySelectorAll(".ac-try")) offer(place, "Change it and run it");
  }
  markRows();
  addEventListener("storage", ({ key }) => key?.startsWith(prefix) && markRows());
})();
