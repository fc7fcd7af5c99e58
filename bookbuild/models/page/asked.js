// The page's side of a worker: one for the page, started when it is first asked, answered by
// promises. It says { started } first; then { id, result }, { id, error }, or news on the way.

const START = 20_000; // ms, after which a worker that has not started is given up

export class Asked {
  constructor(script) {
    this.script = script;
    this.running = null; // { worker, asked, late }
    this.next = 0;
  }

  start() {
    const worker = new Worker(this.script, { type: "module" });
    const asked = new Map(); // by id: what waits for an answer
    const never = `the worker has not started within ${START / 1000} seconds`;
    const late = setTimeout(() => this.end(never), START);
    worker.onmessage = ({ data: { id, ...news } }) => {
      clearTimeout(late); // whatever it says, it has started
      const waiting = asked.get(id);
      if (!waiting) return;
      if (!("result" in news || "error" in news)) {
        waiting.hear?.(news);
        return;
      }
      asked.delete(id);
      if ("result" in news) waiting.resolve(news.result);
      else waiting.reject(new Error(news.error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.end(event.message || "the browser did not start the worker");
    };
    return { worker, asked, late };
  }

  // End the worker, whatever it does; the next question starts another.
  end(reason) {
    if (!this.running) return;
    const { worker, asked, late } = this.running;
    clearTimeout(late);
    this.running = null;
    worker.terminate();
    for (const { reject } of asked.values()) reject(new Error(reason));
  }

  // `hear` gets the news on the way; `signal` stops this question alone.
  ask(question, hear, signal) {
    this.running ??= this.start();
    const { worker, asked } = this.running;
    this.next += 1;
    const id = this.next;
    return new Promise((resolve, reject) => {
      asked.set(id, { resolve, reject, hear });
      worker.postMessage({ id, ...question });
      signal?.addEventListener("abort", () => {
        if (!asked.delete(id)) return; // it is over
        worker.postMessage({ stop: id });
        reject(signal.reason);
      });
    });
  }
}
