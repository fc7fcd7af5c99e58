// An exercise, solved in the page. Its report, hints and solution are the notebook's.

import { Cell } from "./cell.js";
import { element, prose } from "./dom.js";
import { SECONDS } from "./python.js";
import { reportView } from "./report.js";

export class Exercise extends Cell {
  constructor(page, place, number) {
    super(page, place, { id: number, store: page.answers, runs: "Check", running: "Checking" });
    Object.assign(this, { number, hints: 0, exercise: page.described.exercises[number] });
    const kept = this.store.read(number);
    this.reported = kept?.reported ?? null; // the code that the last report is about
    this.given = element("div", { "aria-live": "polite" });
    this.build({
      name: `Exercise ${number}`,
      label: `Your answer to exercise ${number}, Python`,
      imported: "torch, F, nn, Tensor and math are imported.",
      code: kept?.code?.trim() ? kept.code : this.exercise.stub,
      buttons: {
        Hint: () => this.hint(),
        Solution: () => this.solution(),
        "Start again": () => this.startAgain(),
      },
      more: [this.given, this.files()],
    });
    this.showReport(kept?.report ?? null);
    page.editors.set(number, this);
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

  keep(code) {
    super.keep(code, "download your answers");
    this.result.firstChild?.classList.toggle("ac-outdated", code !== this.reported);
  }

  // Another tab wrote, or a file was opened.
  reread() {
    const kept = this.store.read(this.number);
    if (!kept) return;
    this.reported = kept.reported ?? null;
    if (kept.code.trim()) this.code.code = kept.code;
    this.showReport(kept.report ?? null);
  }

  showReport(report) {
    if (!report) return this.result.replaceChildren();
    const stale = this.reported !== null && this.reported !== this.code.code;
    const view = reportView(report, { stale });
    if (report.longer) view.append(this.longer(report));
    this.result.replaceChildren(view);
  }

  run(seconds = SECONDS) {
    return this.attempt(async (code) => {
      const report = await this.page.python.check(this.number, code, seconds);
      this.reported = code;
      const passed = report.passed || (this.store.read(this.number)?.passed ?? false);
      const when = new Date().toISOString();
      this.store.write(this.number, { code: this.code.code, report, reported: code, passed, when });
      this.say("");
      this.showReport(report);
    }, seconds);
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
    this.store.forget(this.number);
    this.reported = null;
    this.showReport(null);
    this.hints = 0;
    this.given.replaceChildren();
    this.say("Undo in the editor (Ctrl+Z) brings your text back.");
    this.code.focus();
  }
}
