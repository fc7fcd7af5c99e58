// What the cells of a page share: one Python, what is kept, and the notebook of answers.

import { element } from "./dom.js";
import { answersOf, notebook } from "./notebook.js";
import { Python } from "./python.js";
import { Store } from "./store.js";

export class Page {
  constructor({ folder, bytes, root }, described) {
    this.bytes = bytes; // of Python
    this.root = root;
    this.described = described; // { exercises, setup, names }
    this.answers = new Store(root.pathname);
    this.trials = new Store(root.pathname, "try");
    this.python = new Python(folder);
    this.editors = new Map(); // by exercise
    this.answers.listen((exercise) => this.editors.get(exercise)?.reread());
  }

  static async load(options) {
    const answer = await fetch(new URL("exercises.json", options.folder));
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
    return new Page(options, await answer.json());
  }

  download() {
    const answers = this.answers
      .exercises()
      .map((number) => ({ number, code: this.answers.read(number)?.code ?? "" }))
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
      const kept = this.answers.read(number)?.code ?? "";
      return this.isWritten(number, kept) && kept.trim() !== code.trim();
    });
    const numbers = differing.map(({ number }) => number).join(", ");
    const question = `You have written something else for ${numbers}. Put the file's answers in its place?`;
    const replace = differing.length === 0 || confirm(question);
    let n = 0;
    for (const answer of answers) {
      if (!replace && differing.includes(answer)) continue;
      this.answers.write(answer.number, { code: answer.code });
      this.editors.get(answer.number)?.reread();
      n += 1;
    }
    return `${n} answer${n === 1 ? "" : "s"} of the file ${n === 1 ? "is" : "are"} here now.`;
  }
}
