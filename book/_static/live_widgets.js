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

  function register(name, widget) {
    widgets[name] = widget;
    const places = [...document.querySelectorAll(`figure.ac-widget[data-ac-module="${name}"]`)];
    for (const figure of places) {
      try {
        const model = modelOf(figure);
        const el = document.createElement("div");
        widget.render({ model, el, experimental: {} });
        figure.replaceChildren(el);
        figure.dataset.acAlive = "";
      } catch (error) {
        console.error(`widget ${name}:`, error);
      }
    }
  }

  globalThis.attentionCourse = { register, widgets, models };
})();
