// The page's side of Python: one worker for the page, which can be ended at any time, also in a
// loop that never ends, also in one in C.

import { Asked } from "../../models/page/asked.js";

export const SECONDS = 10; // that a function may take, as in a notebook
const JUDGING = 120_000; // ms for everything else; a slow phone needs some

export class Python extends Asked {
  // `folder` is where this version's scripts are.
  constructor(folder) {
    super(new URL("python/worker.js", folder));
    this.opening = null;
  }

  end(reason) {
    this.opening = null;
    super.end(reason);
  }

  // Load and start Python, once; after a failure the next caller tries again.
  open(onProgress) {
    this.heard = onProgress ?? this.heard;
    const hear = ({ progress }) => this.heard?.(progress);
    this.opening ??= this.ask({ action: "open", seconds: SECONDS }, hear).catch((error) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  get ready() {
    return this.opening !== null;
  }

  // Check a reader's code: its report.
  check(exercise, code, seconds) {
    return this.timed({ action: "check", exercise, code, seconds });
  }

  // Run a reader's code: what came of it.
  run(code, seconds) {
    return this.timed({ action: "run", code, seconds });
  }

  // What takes too long is ended, and told so.
  async timed(question) {
    await this.open();
    let limits = []; // what is told if the time is up, for each input
    let late = null;
    let input = 0;
    return new Promise((resolve, reject) => {
      const end = () => {
        resolve(limits[input] ?? limits[0]);
        this.end("the time is up");
        this.open().catch(() => {}); // for the next one
      };
      const hear = (news) => {
        limits = news.limits ?? limits;
        if (!("begun" in news)) return;
        const judging = news.begun < 0; // the function has come to its end
        if (!judging) input = news.begun;
        if (late === null || judging) {
          clearTimeout(late);
          late = setTimeout(end, judging ? JUDGING : question.seconds * 1000);
        }
      };
      this.ask(question, hear)
        .then(resolve, reject)
        .finally(() => clearTimeout(late));
    });
  }
}
