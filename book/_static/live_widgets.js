// The built page's stand-in for Jupyter: it shows the course's widgets with no kernel.
//
// A widget's place is <figure class="ac-widget" data-ac-module data-ac-id data-ac-state>,
// filled with a view that needs no script. A widget's own script calls
// attentionCourse.register(name, { compute, render }); its views then take that place.
// Whatever fails, the view without scripts stays.
"use strict";
(() => {
  const same = (a, b) => a === b || JSON.stringify(a) === JSON.stringify(b);

  // What `render` knows of Jupyter: traits to read, set and listen to.
  class Model {
    constructor(state) {
      this.state = { ...state };
      this.listeners = new Map();
    }
    get(name) {
      return this.state[name];
    }
    set(name, value) {
      if (same(this.state[name], value)) return;
      this.state[name] = value;
      this.emit(`change:${name}`, value);
      this.emit("change");
    }
    save_changes() {} // nobody to tell
    send() {}
    on(event, listener) {
      if (!this.listeners.has(event)) this.listeners.set(event, new Set());
      this.listeners.get(event).add(listener);
    }
    off(event, listener) {
      if (!event) this.listeners.clear();
      else if (!listener) this.listeners.delete(event);
      else this.listeners.get(event)?.delete(listener);
    }
    emit(event, ...values) {
      for (const listener of [...(this.listeners.get(event) ?? [])]) listener(...values);
    }
  }

  // The trained models that the build put beside the pages. Here are only their sizes;
  // everything else is loaded when a reader asks for it.
  const host = document.currentScript;
  const shipped = JSON.parse(host?.dataset.acModels ?? "null"); // { version, titles, bytes }
  // The smallest program that needs the instructions that the models' runtime needs.
  const SIMD = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253,
    15, 253, 98, 11,
  ];
  const trained = {
    // What would be loaded: { title, bytes }, and { problem } where this page or browser
    // cannot run it; null if the site has no such model.
    describe(name) {
      const bytes = shipped?.bytes[name];
      if (!bytes) return null;
      let problem = null;
      if (location.protocol === "file:") {
        problem =
          "This page was opened as a file, and browsers load no models into files. Through a web server (make serve, or the published book) you can type here.";
      } else if (
        typeof WebAssembly !== "object" ||
        typeof Worker !== "function" ||
        typeof DecompressionStream !== "function" ||
        !WebAssembly.validate(new Uint8Array(SIMD))
      ) {
        problem =
          "This browser is too old to run the model: it has no WebAssembly with SIMD. The examples were computed beforehand and work here too.";
      }
      return { title: shipped.titles[name], bytes, problem };
    },
    // Load it: onProgress(bytes so far); then { run(feeds) -> Promise, checked }. `signal`
    // stops it.
    async open(name, onProgress, signal) {
      if (!globalThis.attentionCourse.openModel) await loadScript(`models.js?v=${shipped.version}`);
      return globalThis.attentionCourse.openModel(name, onProgress, signal);
    },
  };

  const PATIENCE = 20_000; // ms, after which a silent server is given up
  const scripts = new Map(); // by name: what is there, or on its way
  function loadScript(name) {
    if (scripts.has(name)) return scripts.get(name);
    const loading = new Promise((resolve, reject) => {
      const tag = document.createElement("script");
      const fail = (how) => {
        clearTimeout(late);
        scripts.delete(name); // try again next time
        tag.remove();
        reject(new Error(`${name} did not load${how}`));
      };
      const late = setTimeout(() => fail(` within ${PATIENCE / 1000} seconds`), PATIENCE);
      tag.src = new URL(name, host.src);
      tag.onload = () => {
        clearTimeout(late);
        resolve();
      };
      tag.onerror = () => fail("");
      document.head.append(tag);
    });
    scripts.set(name, loading);
    return loading;
  }

  // A place for a film of the reader's own, { frames, height, width, rate } as asked for;
  // `onFilm(film)` gets it, or null to go back. What does it is loaded when somebody asks.
  function ownFilm(wanted, onFilm) {
    const [place, button] = ["div", "button"].map((tag) => document.createElement(tag));
    place.className = "ac-step";
    button.type = "button";
    button.textContent = "Use a film of your own";
    button.onclick = async () => {
      try {
        await loadScript("own_film.js");
        globalThis.attentionCourse.openOwnFilm(place, wanted, onFilm);
      } catch (error) {
        button.textContent = `Use a film of your own: ${error.message}. Try again`;
      }
    };
    place.append(button);
    return place;
  }

  const widgets = {}; // by module name
  const models = new Map(); // by data-ac-id: views of one widget share its state

  // As in a notebook, a widget shown again later has the state of its last showing.
  function modelOf(figure) {
    const state = JSON.parse(figure.dataset.acState);
    const id = figure.dataset.acId;
    if (!models.has(id)) models.set(id, new Model(state));
    else for (const [name, value] of Object.entries(state)) models.get(id).set(name, value);
    return models.get(id);
  }

  // While the page still arrives, the parser may be writing into a place; it has left it
  // when something stands behind it.
  function parsed(figure) {
    if (document.readyState !== "loading") return true;
    for (let node = figure; node; node = node.parentNode) if (node.nextSibling) return true;
    return false;
  }

  // Show every widget whose place and whose script are both here.
  const shown = new WeakSet();
  function showAll() {
    for (const figure of document.querySelectorAll("figure.ac-widget")) {
      const name = figure.dataset.acModule;
      if (!widgets[name] || shown.has(figure) || !parsed(figure)) continue;
      shown.add(figure);
      try {
        const model = modelOf(figure);
        const el = document.createElement("div");
        widgets[name].render({ model, el, experimental: {}, models: trained, ownFilm });
        figure.replaceChildren(el);
        figure.dataset.acAlive = "";
      } catch (error) {
        console.error(`widget ${name}:`, error);
      }
    }
  }

  function register(name, widget) {
    widgets[name] = widget;
    showAll();
  }

  // A reader on a slow line uses the first widget while the last ones are on their way.
  if (document.readyState === "loading") {
    const arriving = new MutationObserver(showAll);
    arriving.observe(document, { childList: true, subtree: true });
    document.addEventListener("DOMContentLoaded", () => {
      arriving.disconnect();
      showAll();
    });
  }

  globalThis.attentionCourse = { register, widgets, models };
})();
