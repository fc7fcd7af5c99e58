// A cell to try: a small example that stands in the page, changed and run there.

import { Cell } from "./cell.js";
import { outcomeView } from "./outcome.js";
import { SECONDS } from "./python.js";

export class Trial extends Cell {
  constructor(page, place, id) {
    super(page, place, { id, store: page.trials, runs: "Run", running: "Running" });
    this.example = place.querySelector("pre").textContent.trimEnd();
    this.build({
      name: "Try it",
      label: "Code to change and run, Python",
      imported: "Some of the course's package is here, and a small torch.",
      code: this.store.read(id)?.code || this.example,
      buttons: { "Start again": () => this.startAgain() },
    });
  }

  run(seconds = SECONDS) {
    return this.attempt(async (code) => {
      const came = await this.page.python.run(code, seconds);
      this.say("");
      this.result.replaceChildren(...outcomeView(came));
      if (came.longer) this.result.append(this.longer(came));
    }, seconds);
  }

  startAgain() {
    this.code.code = this.example;
    this.store.forget(this.id);
    this.result.replaceChildren();
    this.say("Undo in the editor (Ctrl+Z) brings your text back.");
    this.code.focus();
  }
}
