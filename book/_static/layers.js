// What opens above the page keeps the focus: the search field, and on narrow screens the two
// sidebars. Tab stays in it, Esc closes it from anywhere, and the focus goes back.
"use strict";
{
  const REACHED = "a[href], button, input";
  const isSeen = (element) => element.checkVisibility({ visibilityProperty: true });

  // Everything beside the layer, on each level up to the body. A click on an overlay closes.
  function around(layer) {
    const parts = [];
    for (let node = layer; node !== document.body; node = node.parentElement)
      for (const part of node.parentElement.children)
        if (part !== node && !part.matches(".overlay")) parts.push(part);
    return parts;
  }

  // The next one that Tab reaches in the layer, after the last comes the first.
  function next(layer, backwards) {
    const stops = [...layer.querySelectorAll(REACHED)].filter(isSeen);
    const at = stops.indexOf(document.activeElement);
    if (!backwards) return stops[(at + 1) % stops.length];
    return stops[(at > 0 ? at : stops.length) - 1];
  }

  // `isOpen` and `close` of a layer, and `opener`, which gets the focus back. Returns what
  // to call whenever the layer may have opened or closed.
  function keepFocus(layer, { isOpen, close, opener }) {
    const page = around(layer);
    let open = false;

    function look() {
      if (isOpen() === open) return;
      open = !open;
      for (const part of page) part.inert = open;
      if (!open) opener()?.focus({ preventScroll: true });
    }

    document.addEventListener("keydown", (event) => {
      if (!open || event.defaultPrevented) return;
      if (event.key === "Escape") close();
      if (event.key !== "Tab") return;
      event.preventDefault();
      next(layer, event.shiftKey).focus();
    });
    return look;
  }

  function search() {
    const layer = document.querySelector(".search-button__wrapper");
    if (!layer) return;
    const box = layer.querySelector(".search-button__search-container");
    for (const [name, value] of [
      ["role", "dialog"],
      ["aria-modal", "true"],
      ["aria-label", "Search"],
    ])
      box.setAttribute(name, value);
    const button = () => [...document.querySelectorAll(".search-button__button")].find(isSeen);
    let before = null; // what had the focus
    layer.addEventListener("focusin", ({ relatedTarget }) => {
      if (!layer.contains(relatedTarget)) before = relatedTarget;
    });
    const look = keepFocus(layer, {
      isOpen: () => layer.classList.contains("show"),
      close: () => layer.classList.remove("show"),
      opener: () => before ?? button(),
    });
    new MutationObserver(look).observe(layer, { attributeFilter: ["class"] });
  }

  // The theme opens a sidebar by a checkbox that nobody sees; where the sidebar lies above
  // the page, the checkbox spreads an overlay behind it.
  function sidebar(name) {
    const layer = document.querySelector(`.bd-sidebar-${name}`);
    const overlay = document.querySelector(`.overlay-${name}`);
    const box = document.getElementById(overlay?.htmlFor);
    const toggle = document.querySelector(`.${name}-toggle`);
    if (!layer || !box || !toggle) return;
    const look = keepFocus(layer, {
      isOpen: () => overlay.offsetWidth > 0,
      close: () => {
        box.checked = false;
      },
      opener: () => toggle,
    });
    new ResizeObserver(look).observe(overlay);
  }

  search();
  sidebar("primary");
  sidebar("secondary");
}
