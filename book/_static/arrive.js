// A page opened at a section stays at that section while it grows: above it widgets come
// alive and formulas are set. It stays until the reader acts, or until nothing is awaited.
"use strict";
{
  const ACTS = ["wheel", "touchstart", "pointerdown", "keydown"];
  const SETTLED = 5000; // ms after the page has loaded
  let put = null; // where the section was put last, in the window, and the page's height

  const section = () => document.querySelector(":target");
  const top = () => section().getBoundingClientRect().top;

  const growth = new ResizeObserver(() => {
    section()?.scrollIntoView({ behavior: "instant" });
    put = section() && { top: top(), height: document.body.offsetHeight };
  });

  // Moved, and not by growth: it was the reader, with the bar or by other means.
  function scrolled() {
    if (put && document.body.offsetHeight === put.height && Math.abs(top() - put.top) > 4) leave();
  }

  function arrive() {
    growth.observe(document.body);
    addEventListener("scroll", scrolled);
  }

  function leave() {
    growth.disconnect();
    removeEventListener("scroll", scrolled);
    document.removeEventListener("DOMContentLoaded", arrive);
    for (const act of ACTS) removeEventListener(act, leave, true);
  }

  // Coming back, and loading again, the browser finds the reader's last place by itself.
  const [way] = performance.getEntriesByType("navigation");
  if (location.hash && way?.type === "navigate") {
    document.addEventListener("DOMContentLoaded", arrive);
    for (const act of ACTS) addEventListener(act, leave, { capture: true, passive: true });
    addEventListener("load", () => setTimeout(leave, SETTLED));
  }
}
