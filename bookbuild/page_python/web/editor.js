// The exercises of a page, solved in the page. write_here.js loads this when a reader first
// presses "Write it here", and calls open().

import { codeEditor } from "./code.js";
import { element, prose } from "./dom.js";
import { answersOf, notebook } from "./notebook.js";
import { Python, SECONDS } from "./python.js";
import { reportView } from "./report.js";
import { Store } from "./store.js";

const megabytes = (bytes) => `${(bytes / 1e6).toFixed(1)} MB`;

class Page {
  constructor(folder, bytes, described, root) {
    this.bytes = bytes;
    this.described = described; // { exercises, setup, names }
    this.store = new Store(root);
    this.python = new Python(folder);
    this.editors = new Map(); // by exercise
    this.store.listen((exercise) => this.editors.get(exercise)?.reread());
  }

  download() {
    const answers = this.store
      .exercises()
      .map((number) => ({ number, code: this.store.read(number)?.code ?? "" }))
      .filter(({ number, code }) => this.isWritten(number, code));
    const file = new Blob([notebook(answers, this.described)], {
      type: "application/x-ipynb+json",
    });
    const link = element("a", { href: URL.createObjectURL(file), download: "my-answers.ipynb" });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  // Whether it is more than what the editor begins with.
  isWritten(number, code) {
    const exercise = this.described.exercises[number];
    return Boolean(exercise && code.trim() && code.trim() !== exercise.stub.trim());
  }

  // What came of it, in a sentence.
  async read(file) {
    let answers = null;
    try {
      answers = answersOf(await file.text(), this.described.exercises);
    } catch (error) {
      return `This file was not opened: ${error.message}.`;
    }
    if (!answers.length) return "There are no answers in this file.";
    const differing = answers.filter(({ number, code }) => {
      const kept = this.store.read(number)?.code ?? "";
      return this.isWritten(number, kept) && kept.trim() !== code.trim();
    });
    const numbers = differing.map(({ number }) => number).join(", ");
    const question = `You have written something else for ${numbers}. Put the file's answers in its place?`;
    const replace = differing.length === 0 || confirm(question);
    let n = 0;
    for (const answer of answers) {
      if (!replace && differing.includes(answer)) continue;
      this.store.write(answer.number, { code: answer.code });
      this.editors.get(answer.number)?.reread();
      n += 1;
    }
    return `${n} answer${n === 1 ? "" : "s"} of the file ${n === 1 ? "is" : "are"} here now.`;
  }
}

class Editor {
  constructor(page, place, number) {
    Object.assign(this, { page, place, number, hints: 0, checking: false });
    this.exercise = page.described.exercises[number];
    const kept = page.store.read(number);
    this.reported = kept?.reported ?? null; // the code that the last report is about
    this.build(kept?.code?.trim() ? kept.code : this.exercise.stub);
    this.showReport(kept?.report ?? null);
    this.tellSize();
  }

  build(code) {
    const keys = `ac-keys-${this.number.replace(".", "-")}`;
    this.code = codeEditor({
      label: `Your answer to exercise ${this.number}, Python`,
      describedBy: keys,
      code,
      onChange: (text) => this.keep(text),
      onCheck: () => this.check(),
    });
    this.buttons = {};
    for (const [name, action] of [
      ["Check", () => this.check()],
      ["Stop", () => this.stop()],
      ["Hint", () => this.hint()],
      ["Solution", () => this.solution()],
      ["Start again", () => this.startAgain()],
    ]) {
      const onclick = action;
      this.buttons[name] = element("button", { type: "button", onclick }, name);
    }
    this.buttons.Stop.disabled = true;
    this.status = element("p", { class: "ac-written-status", role: "status" });
    this.bar = element("progress", { max: this.page.bytes, hidden: true });
    this.bar.setAttribute("aria-label", "Python is loading");
    this.report = element("div", { "aria-live": "polite" });
    this.given = element("div", { "aria-live": "polite" });
    this.place.replaceChildren(
      element(
        "div",
        { class: "ac-written", role: "group", "aria-label": `Exercise ${this.number}` },
        this.code.dom,
        element(
          "p",
          { class: "ac-written-keys", id: keys },
          "torch, F, nn, Tensor and math are imported. Tab indents, Esc then Tab moves on, Shift+Enter checks.",
        ),
        element("div", { class: "ac-written-buttons" }, ...Object.values(this.buttons)),
        this.status,
        this.bar,
        this.report,
        this.given,
        this.files(),
      ),
    );
  }

  files() {
    const input = element("input", {
      type: "file",
      accept: ".ipynb",
      hidden: true,
      onchange: async () => {
        if (input.files[0]) this.say(await this.page.read(input.files[0]));
        input.value = "";
      },
    });
    const download = () => this.page.download();
    return element(
      "div",
      { class: "ac-written-files" },
      element("button", { type: "button", onclick: download }, "Download my answers"),
      element("button", { type: "button", onclick: () => input.click() }, "Open answers"),
      input,
    );
  }

  say(text) {
    this.status.textContent = text;
  }

  tellSize() {
    if (this.page.python.ready) return;
    this.say(
      `The first check loads Python into this page, ${megabytes(this.page.bytes)} once; then it works offline too. Nothing that you write leaves this browser.`,
    );
  }

  keep(code) {
    const kept = this.page.store.write(this.number, { code });
    if (!kept) this.say("This browser keeps nothing: download your answers before you leave.");
    this.report.firstChild?.classList.toggle("ac-outdated", code !== this.reported);
  }

  // Another tab wrote, or a file was opened.
  reread() {
    const kept = this.page.store.read(this.number);
    if (!kept) return;
    this.reported = kept.reported ?? null;
    if (kept.code.trim()) this.code.code = kept.code;
    this.showReport(kept.report ?? null);
  }

  showReport(report) {
    const stale = this.reported !== null && this.reported !== this.code.code;
    this.report.replaceChildren(...(report ? [reportView(report, { stale })] : []));
  }

  async check() {
    if (this.checking) return;
    const { code } = this.code;
    this.busy(true);
    this.report.replaceChildren();
    try {
      await this.load();
      this.say(`Checking … It may take ${SECONDS} seconds.`);
      const report = await this.page.python.check(this.number, code);
      this.reported = code;
      const passed = report.passed || (this.page.store.read(this.number)?.passed ?? false);
      const when = new Date().toISOString();
      this.page.store.write(this.number, {
        code: this.code.code,
        report,
        reported: code,
        passed,
        when,
      });
      this.say("");
      this.showReport(report);
      dispatchEvent(new CustomEvent("ac-checked", { detail: this.number }));
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
      dispatchEvent(new CustomEvent("ac-python-loaded"));
    } finally {
      bar.hidden = true;
    }
  }

  busy(checking) {
    this.checking = checking;
    if (checking) this.stopped = false;
    this.buttons.Stop.disabled = !checking;
    // Not "disabled": the keyboard's place would be lost.
    this.buttons.Check.setAttribute("aria-disabled", String(checking));
  }

  stop() {
    this.stopped = true;
    this.page.python.end("stopped");
    this.page.python.open().catch(() => {}); // for the next check
    this.buttons.Check.focus();
  }

  hint() {
    const { hints } = this.exercise;
    if (this.hints >= hints.length) {
      this.say(`All ${hints.length} hints are given.`);
      return;
    }
    this.hints += 1;
    this.given.append(
      element(
        "div",
        { class: "ac-report ac-written-report" },
        element(
          "p",
          {},
          element("strong", {}, `Exercise ${this.number}, hint ${this.hints} of ${hints.length}`),
        ),
        element("p", {}, ...prose(hints[this.hints - 1])),
      ),
    );
  }

  solution() {
    if (this.given.querySelector(".ac-written-solution")) return;
    this.given.append(
      element(
        "pre",
        { class: "ac-written-solution", tabindex: "0", "aria-label": "The tested solution" },
        this.exercise.solution,
      ),
    );
  }

  startAgain() {
    this.code.code = this.exercise.stub;
    this.page.store.forget(this.number);
    this.reported = null;
    this.showReport(null);
    this.hints = 0;
    this.given.replaceChildren();
    this.say("Undo in the editor (Ctrl+Z) brings your text back.");
    this.code.focus();
  }
}

let page = null;

// Open the editor of one exercise in its place.
export async function open(place, number, { folder, bytes, root }) {
  page ??= (async () => {
    const answer = await fetch(new URL("exercises.json", folder));
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    return new Page(folder, bytes, await answer.json(), root);
  })().catch((error) => {
    page = null;
    throw error;
  });
  const ready = await page;
  const editor = new Editor(ready, place, number);
  ready.editors.set(number, editor);
  editor.code.focus();
}
