// The page's side of the trained models: one worker for the page, asked by promises.
// The host loads this script when a reader first asks for a model, and not before.
"use strict";
(() => {
  const here = document.currentScript.src;
  const version = new URL(here).searchParams.get("v");
  const START = 20_000; // ms, after which a worker that has not started is given up
  let running = null; // { worker, asked }
  let next = 0;

  function start() {
    const script = new URL(`models/${version}/worker/worker.js`, here);
    const worker = new Worker(script, { type: "module" });
    const asked = new Map(); // by id: what waits for an answer
    const fail = (reason) => {
      clearTimeout(late);
      running = null; // the next question starts another
      worker.terminate();
      for (const { reject } of asked.values()) reject(new Error(reason));
    };
    const late = setTimeout(
      () => fail(`the worker has not started within ${START / 1000} seconds`),
      START,
    );
    worker.onmessage = ({ data: { id, progress, result, error } }) => {
      clearTimeout(late); // whatever it says, it has started
      if (!asked.has(id)) return;
      const { resolve, reject, onProgress } = asked.get(id);
      if (progress !== undefined) return onProgress?.(progress);
      asked.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(event.message || "the browser did not start the worker");
    };
    return { worker, asked };
  }

  function ask(question, onProgress, signal) {
    running ??= start();
    const { worker, asked } = running;
    next += 1;
    const id = next;
    return new Promise((resolve, reject) => {
      asked.set(id, { resolve, reject, onProgress });
      worker.postMessage({ id, ...question });
      signal?.addEventListener("abort", () => {
        if (!asked.delete(id)) return; // it is over
        worker.postMessage({ stop: id });
        reject(signal.reason);
      });
    });
  }

  // From now on this page is kept, and those opened later: see offline.js.
  async function keepPage() {
    if (!navigator.serviceWorker) return; // an insecure connection, or a private window
    await navigator.serviceWorker.register(new URL("../offline.js", here));
    const { active } = await navigator.serviceWorker.ready;
    active.postMessage({ keep: location.href });
  }

  async function open(name, onProgress, signal) {
    signal?.throwIfAborted();
    const { checked } = await ask({ action: "open", name }, onProgress, signal);
    keepPage().catch(() => {});
    return { checked, run: (feeds, what = "run") => ask({ action: "call", name, what, feeds }) };
  }

  globalThis.attentionCourse.openModel = open;
})();
