// Who answers what a reader enters, in the four places where a widget with a model can be.

import { modelLoader } from "./model.js";

// In a kernel Python answers, if it was given the model. A built page has no Python, and does
// not know the trait `_answers`; the trained model may come into it.
export function hostOf(model, models) {
  if (model.get("_answers")) return model.get("typing") ? "kernel" : "kernel without model";
  const name = model.get("in_browser");
  return name && models?.describe(name) ? "page" : "page without model";
}

// `what` a model in the page does for the reader; `absent` says, by host, why nobody answers;
// `onOpen()` follows the model's coming into the page.
export class Answerer {
  constructor({ model, models, what, absent, onOpen }) {
    this.host = hostOf(model, models);
    this.absent = absent[this.host] ?? "";
    this.opened = null; // the model in the page, once it is there
    this.asked = 0; // questions so far, to know the last one's answer
    this.loader = null;
    if (this.host === "page") {
      const open = (opened) => {
        this.opened = opened;
        onOpen();
      };
      this.loader = modelLoader({ models, name: model.get("in_browser"), what, onOpen: open });
    }
  }

  // Somebody answers, now.
  get ready() {
    return this.host === "kernel" || this.opened !== null;
  }

  // What is on its way comes too late.
  forget() {
    this.asked += 1;
  }

  // Ask the model in the page: { result } or { problem }, or null where it comes too late.
  async ask(question) {
    this.forget();
    const mine = this.asked;
    const answer = await this.opened.run(question).then(
      (result) => ({ result }),
      (error) => ({ problem: `The model did not answer (${error.message}).` }),
    );
    return mine === this.asked ? answer : null;
  }
}
