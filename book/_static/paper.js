// Paper is white: a page printed while dark is printed in the light palette. Without scripts
// a page is never dark. Tables that can be scrolled on the screen are made as small as paper is
// wide, since nothing can be scrolled there.
"use strict";
{
  const page = document.documentElement;
  let chosen = null; // on the screen, while the page is printed

  const WIDTH = 620; // CSS pixels: an upright page without its margins and a frame around the table
  const shrunk = new Set(); // tables

  function fit() {
    for (const table of document.querySelectorAll("article table")) {
      const { width } = table.getBoundingClientRect();
      if (shrunk.has(table) || width <= WIDTH) continue;
      table.style.zoom = WIDTH / width;
      shrunk.add(table);
    }
  }

  function light() {
    chosen ??= page.dataset.theme;
    page.dataset.theme = "light";
    fit();
  }

  function back() {
    if (chosen !== null) page.dataset.theme = chosen;
    chosen = null;
    for (const table of shrunk) table.style.zoom = "";
    shrunk.clear();
  }

  addEventListener("beforeprint", light);
  addEventListener("afterprint", back);
  // A preview of the printed page, and browsers that tell it in no other way.
  matchMedia("print").addEventListener("change", ({ matches }) => (matches ? light() : back()));
}
