// The exercises of a page can be solved in it: this puts a button below each. What a reader
// asks for is loaded then, and not before; whatever fails, the way to the notebook stays.
"use strict";
(() => {
  const host = document.currentScript;
  const shipped = JSON.parse(host.dataset.acPython); // { version, bytes }
  const folder = new URL(`python/${shipped.version}/`, host.src);
  const root = new URL("../", host.src).pathname;
  const prefix = `attention-course answer ${root} `;
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

  async function open(place, exercise, button, without) {
    button.disabled = true;
    button.textContent = "The editor is loading …";
    try {
      const editor = await import(new URL("editor.js", folder));
      await editor.open(place, exercise, { folder, bytes: shipped.bytes, root });
    } catch (error) {
      const told = document.createElement("p");
      told.setAttribute("role", "status");
      told.textContent = `The editor could not be loaded (${error.message}).`;
      place.replaceChildren(told, without);
    }
  }

  function offer(place) {
    const exercise = place.dataset.exercise;
    const without = place.querySelector(".ac-write-without");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "ac-write-open";
    button.textContent = "Write it here";
    button.setAttribute("aria-label", `Write it here: exercise ${exercise}`);
    button.addEventListener("click", () => open(place, exercise, button, without));
    place.replaceChildren(button);
    mark(place, exercise);
  }

  // The page of exercises: each leads to its chapter, and says what was passed here.
  function markRows() {
    for (const row of document.querySelectorAll(".bd-article table tbody tr")) {
      const number = row.cells[0]?.textContent.trim();
      if (/^\d+\.\d+$/.test(number)) mark(row.cells[1], number);
    }
  }

  // From now on this page is kept, and those opened later: see offline.js.
  async function keepPage() {
    if (!navigator.serviceWorker) return; // an insecure connection, or a private window
    await navigator.serviceWorker.register(new URL("../offline.js", host.src));
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage({ keep: location.href });
  }

  if (works) document.querySelectorAll(".ac-write").forEach(offer);
  markRows();
  addEventListener("ac-python-loaded", () => keepPage().catch(() => {}));
  addEventListener("storage", ({ key }) => key?.startsWith(prefix) && markRows());
})();
