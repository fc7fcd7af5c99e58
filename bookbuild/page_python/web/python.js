// The page's side of Python: one worker for the page, which can be ended at any time.

const START = 20_000; // ms, after which a worker that has not started is given up
export const SECONDS = 10; // that a function may take, as in a notebook
const JUDGING = 120_000; // ms for everything else; a slow phone needs some

export class Python {
  // `folder` is where this version's scripts are.
  constructor(folder) {
    this.folder = folder;
    this.running = null; // { worker, asked }
    this.next = 0;
    this.opening = null;
  }

  start() {
    const worker = new Worker(new URL("python/worker.js", this.folder), { type: "module" });
    const asked = new Map(); // by id: what waits for an answer
    const late = setTimeout(() => this.end("the browser did not start Python"), START);
    worker.onmessage = ({ data: { id, ...news } }) => {
      clearTimeout(late);
      const waiting = asked.get(id);
      if (!waiting) return;
      if (!("result" in news || "error" in news)) return waiting.hear?.(news);
      asked.delete(id);
      if ("result" in news) waiting.resolve(news.result);
      else waiting.reject(new Error(news.error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(event.message || "the browser did not start Python");
    };
    return { worker, asked, late };
  }

  // End Python, whatever it does: also a loop that never ends, also one in C.
  end(reason) {
    if (!this.running) return;
    const { worker, asked, late } = this.running;
    clearTimeout(late);
    worker.terminate();
    this.running = this.opening = null;
    for (const { reject } of asked.values()) reject(new Error(reason));
  }

  ask(question, hear) {
    this.running ??= this.start();
    this.next += 1;
    const id = this.next;
    return new Promise((resolve, reject) => {
      this.running.asked.set(id, { resolve, reject, hear });
      this.running.worker.postMessage({ id, ...question });
    });
  }

  // Load and start Python, once; after a failure the next caller tries again.
  open(onProgress) {
    this.heard = onProgress ?? this.heard;
    this.opening ??= this.ask({ action: "open", seconds: SECONDS }, ({ progress }) =>
      this.heard?.(progress),
    ).catch((error) => {
      this.opening = null;
      throw error;
    });
    return this.opening;
  }

  get ready() {
    return this.opening !== null;
  }

  // Check a reader's code: its report. One that takes too long is ended, and told so.
  async check(exercise, code, seconds = SECONDS) {
    await this.open();
    let limits = [];
    let late = null;
    let input = 0;
    return new Promise((resolve, reject) => {
      const end = () => {
        resolve(limits[input] ?? limits[0]);
        this.end("the time is up");
        this.open().catch(() => {}); // for the next check
      };
      const hear = (news) => {
        limits = news.limits ?? limits;
        if (!("begun" in news)) return;
        const judging = news.begun < 0; // the function has come to its end
        if (!judging) input = news.begun;
        if (late === null || judging) {
          clearTimeout(late);
          late = setTimeout(end, judging ? JUDGING : seconds * 1000);
        }
      };
      this.ask({ action: "check", exercise, code, seconds }, hear)
        .then(resolve, reject)
        .finally(() => clearTimeout(late));
    });
  }
}
