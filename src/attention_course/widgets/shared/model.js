// A trained model that comes into the page.

import { h, setText } from "./dom.js";
import { fmtBytes } from "./format.js";

// Where no Python answers, a trained model may come into the page: a button that says how
// much that loads, a bar while it does, and then `onOpen(model)`. `models` is the page's
// own; null where there is none, or no model of that name.
export function modelLoader({ models, name, what, onOpen }) {
  const told = name ? models?.describe(name) : null;
  if (!told) return null;
  const note = h("p", { class: "ac-note", role: "status" });
  const bar = h("progress", {
    class: "ac-bar",
    max: told.bytes,
    value: 0,
    "aria-label": "Loaded so far",
    hidden: true,
  });
  const say = (text) => setText(note, text);
  let hope = null; // stops what is being loaded
  const stop = h("button", { type: "button", onclick: () => hope?.abort() }, "Stop");
  const load = async () => {
    if (hope) return;
    hope = new AbortController();
    button.setAttribute("aria-disabled", "true");
    bar.hidden = false;
    node.append(stop);
    say(`Loading ${fmtBytes(told.bytes)} …`);
    try {
      const model = await models.open(
        name,
        (loaded) => {
          bar.value = loaded;
          setText(button, `${fmtBytes(Math.min(loaded, told.bytes))} of ${fmtBytes(told.bytes)}`);
          if (loaded < told.bytes) return;
          stop.remove();
          say("All of it has come. The model gets ready …");
        },
        hope.signal,
      );
      const unchecked = model.checked
        ? ""
        : " This page came over an insecure connection, where browsers cannot check files, so the model was not checked.";
      say(
        `The model is in this page now. What you enter stays here, and needs no network.${unchecked}`,
      );
      for (const each of [button, bar, stop]) each.remove();
      onOpen(model);
    } catch (error) {
      const why = hope.signal.aborted
        ? "You stopped the loading."
        : `The model could not be loaded (${error.message}).`;
      hope = null;
      button.removeAttribute("aria-disabled");
      bar.hidden = true;
      if (stop.contains(document.activeElement)) button.focus();
      stop.remove();
      setText(button, again);
      say(`${why} The examples were computed beforehand and work without it.`);
    }
  };
  const again = `Load the model, ${fmtBytes(told.bytes)}`;
  const button = h("button", { type: "button", onclick: load }, again);
  say(
    told.problem ??
      `${what} The trained model answers in your browser: it is loaded once, and nothing is sent.`,
  );
  const node = h("div", { class: "ac-loader" }, note, ...(told.problem ? [] : [button, bar]));
  return { node, problem: told.problem };
}
