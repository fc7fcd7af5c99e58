// The page's side of the trained models: one worker for the page, asked by promises.
// The host loads this script when a reader first asks for a model, and not before.
"use strict";
(() => {
  const here = document.currentScript.src;
  let running = null; // { worker, asked }
  let next = 0;

  function start() {
    const worker = new Worker(new URL(`models_worker.js${new URL(here).search}`, here), {
      type: "module",
    });
    const asked = new Map(); // by id: what waits for an answer
    worker.onmessage = ({ data: { id, progress, result, error } }) => {
      if (!asked.has(id)) return;
      const { resolve, reject, onProgress } = asked.get(id);
      if (progress !== undefined) return onProgress?.(progress);
      asked.delete(id);
      if (error === undefined) resolve(result);
      else reject(new Error(error));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      running = null; // the next question starts another
      worker.terminate();
      for (const { reject } of asked.values())
        reject(new Error(event.message || "the browser did not start the worker"));
    };
    return { worker, asked };
  }

  function ask(question, onProgress) {
    running ??= start();
    const { worker, asked } = running;
    next += 1;
    const id = next;
    return new Promise((resolve, reject) => {
      asked.set(id, { resolve, reject, onProgress });
      worker.postMessage({ id, ...question });
    });
  }

  // From now on what this page consists of is kept, so that it opens without a network.
  async function keepPage(loaded) {
    if (!navigator.serviceWorker) return; // an insecure connection, or a private window
    await navigator.serviceWorker.register(new URL("../offline.js", here));
    const { active } = await navigator.serviceWorker.ready;
    const own = performance.getEntriesByType("resource").map(({ name }) => name);
    active.postMessage({ keep: [...new Set([location.href.split("#")[0], ...own, ...loaded])] });
  }

  async function open(name, onProgress) {
    const { checked, loaded } = await ask({ action: "open", name }, onProgress);
    keepPage(loaded).catch(() => {});
    return {
      checked,
      run: (feeds) => ask({ action: "run", name, feeds }),
      pieces: (texts) => ask({ action: "pieces", name, feeds: { texts } }),
    };
  }

  globalThis.attentionCourse.openModel = open;
})();
