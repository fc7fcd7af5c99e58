// Runs the trained models, off the page's main thread. The page asks with
// { id, action, name, … } and gets { id, result }, { id, error } or, while a model is
// loading, { id, progress }. Its first word is { started }. { stop: id } ends a loading that
// nobody waits for.
//
// What a model does with a question is in its own folder, run.js, which exports
//   run(model, feeds)     an answer; `model` is { ort, described, graphs, … }
//   warm                  feeds for the first run, which is slow
//   prepare(model, files) what it needs beside its graphs, if it does

import { checked, manifest, runtime, script, stop, take, tidy } from "./files.js";

const opened = new Map(); // by name: { model, part }

async function open(name, progress) {
  if (opened.has(name)) return { checked };
  const described = (await manifest()).models[name];
  if (!described) throw new Error(`there is no model ${name}`);
  let loaded = 0;
  const count = (bytes) => {
    loaded += bytes;
    progress(loaded);
  };
  const ort = await runtime(count);
  const part = await script(described.script, "worker/tensors.js");
  const model = { ort, described, graphs: {} };
  for (const [graph, file] of Object.entries(described.graphs)) {
    const bytes = new Uint8Array(await take(file, count));
    model.graphs[graph] = await ort.InferenceSession.create(bytes, {
      executionProviders: ["wasm"],
    });
  }
  await part.prepare?.(model, { script, take: (file) => take(file, count) });
  await part.run(model, part.warm);
  opened.set(name, { model, part });
  tidy().catch(() => {});
  return { checked };
}

const ACTIONS = {
  open: ({ name }, progress) => open(name, progress),
  call: ({ name, what, feeds }) => opened.get(name).part[what](opened.get(name).model, feeds),
};

let queue = Promise.resolve(); // one after the other: a session runs one thing at a time
let running = null; // the id of the question that is being answered
const stopped = new Set(); // ids that are not to be begun

async function answer({ data }) {
  const { id, action } = data;
  if (stopped.delete(id)) return;
  running = id;
  try {
    const result = await ACTIONS[action](data, (progress) => self.postMessage({ id, progress }));
    self.postMessage({ id, result });
  } catch (error) {
    self.postMessage({ id, error: String(error?.message ?? error) });
  }
  running = null;
}

self.onmessage = (event) => {
  const { data } = event;
  if (data.stop === undefined) queue = queue.then(() => answer(event));
  else if (data.stop === running) stop();
  else stopped.add(data.stop);
};

self.postMessage({ started: true }); // the page waits for this, but not for ever
