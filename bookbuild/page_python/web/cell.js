// What an exercise and a cell to try have in common: an editor with its buttons, Python that is
// loaded when it is first needed, and a place for what comes of it.

import { keepPage } from "../../models/page/keep.js";
import { codeEditor } from "./code.js";
import { element } from "./dom.js";

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

export class Cell {
  // `id` is its name in `store`; the button that runs it says `runs`, and then it is `running`.
  constructor(page, place, { id, store, runs, running }) {
    Object.assign(this, { page, place, id, store, runs, doing: running, running: false });
  }

  build({ name, label, imported, code, buttons, more = [] }) {
    const keys = `ac-keys-${this.id.replace(/\W/g, "-")}`;
    this.code = codeEditor({
      label,
      describedBy: keys,
      code,
      onChange: (text) => this.keep(text),
      onCheck: () => this.run(),
    });
    this.buttons = {};
    const own = { [this.runs]: () => this.run(), Stop: () => this.stop(), ...buttons };
    for (const [title, onclick] of Object.entries(own))
      this.buttons[title] = element("button", { type: "button", onclick }, title);
    this.buttons.Stop.disabled = true;
    this.status = element("p", { class: "ac-written-status", role: "status" });
    this.bar = element("progress", { max: this.page.bytes, hidden: true });
    this.bar.setAttribute("aria-label", "Python is loading");
    this.result = element("div", { "aria-live": "polite" });
    const told = `${imported} Tab indents, Esc then Tab moves on, Shift+Enter ${this.runs.toLowerCase()}s.`;
    this.place.replaceChildren(
      element(
        "div",
        { class: "ac-written", role: "group", "aria-label": name },
        this.code.dom,
        element("p", { class: "ac-written-keys", id: keys }, told),
        element("div", { class: "ac-written-buttons" }, ...Object.values(this.buttons)),
        this.status,
        this.bar,
        this.result,
        ...more,
      ),
    );
    this.tellSize();
  }

  say(text) {
    this.status.textContent = text;
  }

  tellSize() {
    if (this.page.python.ready) return;
    this.say(
      `The first ${this.runs.toLowerCase()} loads Python into this page, ${megabytes(this.page.bytes)} once; then it works offline too. Nothing that you write leaves this browser.`,
    );
  }

  keep(code, advice = "copy what you want to keep") {
    const kept = this.store.write(this.id, { code });
    if (!kept) this.say(`This browser keeps nothing: ${advice} before you leave.`);
  }

  // Do something with Python: `doing` gets the code as it is now.
  async attempt(doing, seconds) {
    if (this.running) return;
    const { code } = this.code;
    this.busy(true);
    this.result.replaceChildren();
    try {
      await this.load();
      this.say(`${this.doing} … It may take ${seconds} seconds.`);
      await doing(code);
    } catch (error) {
      this.say(this.stopped ? "Stopped." : `This did not work: ${error.message}.`);
    } finally {
      this.busy(false);
    }
  }

  async load() {
    const { page, bar } = this;
    const tell = (loaded) => {
      bar.value = loaded;
      const starting = loaded >= page.bytes;
      this.say(
        starting
          ? "Python starts …"
          : `Python is loading: ${megabytes(loaded)} of ${megabytes(page.bytes)}.`,
      );
    };
    bar.hidden = page.python.ready;
    if (!page.python.ready) this.say(`Python is loading: ${megabytes(page.bytes)}.`);
    try {
      await page.python.open(tell);
      keepPage(page.root).catch(() => {});
    } finally {
      bar.hidden = true;
    }
  }

  busy(running) {
    this.running = running;
    if (running) this.stopped = false;
    this.buttons.Stop.disabled = !running;
    // Not "disabled": the keyboard's place would be lost.
    this.buttons[this.runs].setAttribute("aria-disabled", String(running));
  }

  stop() {
    this.stopped = true;
    this.page.python.end("stopped");
    this.page.python.open().catch(() => {}); // for the next time
    this.buttons[this.runs].focus();
  }

  // A button below a result that says that the time was up.
  longer({ longer }) {
    const onclick = () => {
      this.buttons[this.runs].focus();
      this.run(longer);
    };
    return element("button", { type: "button", onclick }, `Give it ${longer} seconds`);
  }
}
