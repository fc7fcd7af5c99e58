// Paper is white: a page printed while dark is printed in the light palette. Without scripts
// a page is never dark.
"use strict";
{
  const page = document.documentElement;
  let chosen = null; // on the screen, while the page is printed

  function light() {
    chosen ??= page.dataset.theme;
    page.dataset.theme = "light";
  }

  function back() {
    if (chosen !== null) page.dataset.theme = chosen;
    chosen = null;
  }

  addEventListener("beforeprint", light);
  addEventListener("afterprint", back);
  // A preview of the printed page, and browsers that tell it in no other way.
  matchMedia("print").addEventListener("change", ({ matches }) => (matches ? light() : back()));
}
