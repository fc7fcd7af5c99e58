// Runs Python off the page's main thread: CPython (Pyodide) with numpy and the course's own
// checks. The page asks with { id, action, … } and gets { id, result }, { id, error } or news
// of what is going on: { id, progress }, { id, limits }, { id, begun }. Its first word is
// { started }. What runs for too long is ended by the page, which ends this worker.

import { checked, manifest, script, take, tidy } from "../worker/files.js";

const HOME = new URL("../", import.meta.url).href;
const COURSE = "/course";
let answer = null; // the module bookbuild.page_python.answer

// Python asks for its own files by address: it gets those that were taken and checked.
function serve(contents) {
  globalThis.fetch = async (address) => {
    const name = String(address).split("/").at(-1);
    if (!(name in contents)) throw new TypeError("nothing is loaded from in here");
    const [content, type] = contents[name];
    return new Response(content, { headers: { "content-type": type } });
  };
}

// What a reader's code has no use for, nor code that somebody gave to the reader.
function close() {
  serve({});
  for (const name of ["XMLHttpRequest", "WebSocket", "EventSource", "WebTransport"])
    delete globalThis[name];
}

async function open({ seconds }, tell) {
  if (answer) return { checked };
  const { files } = await manifest();
  let loaded = 0;
  const count = (bytes) => {
    loaded += bytes;
    tell({ progress: loaded });
  };
  const contents = {};
  for (const [name, file] of Object.entries(files)) contents[name] = await take(file, count);
  const { loadPyodide } = await script("pyodide.js");
  const { default: createPyodideModule } = await script("pyodide.asm.js");
  await tidy().catch(() => {});
  serve({
    "pyodide.asm.wasm": [contents.wasm, "application/wasm"],
    "python_stdlib.zip": [contents.stdlib, "application/zip"],
    "pyodide-lock.json": [contents.lock, "application/json"],
  });
  const python = await loadPyodide({ indexURL: HOME, createPyodideModule });
  python.unpackArchive(contents.numpy, "wheel");
  python.unpackArchive(contents.course, "zip", { extractDir: COURSE });
  python.runPython(`import sys; sys.path.insert(0, "${COURSE}")`);
  answer = python.pyimport("bookbuild.page_python.answer");
  close();
  answer.limits("1.2", seconds); // imports the checks
  return { checked };
}

function check({ exercise, code, seconds }, tell) {
  tell({ limits: JSON.parse(answer.limits(exercise, seconds)) });
  tell({ begun: 0 });
  return JSON.parse(answer.check(exercise, code, (n) => tell({ begun: n })));
}

function run({ code, seconds }, tell) {
  tell({ limits: [JSON.parse(answer.run_limit(seconds))] });
  tell({ begun: 0 });
  return JSON.parse(answer.run(code));
}

const ACTIONS = { open, check, run };

let queue = Promise.resolve();
self.onmessage = ({ data }) => {
  const { id, action } = data;
  const tell = (news) => self.postMessage({ id, ...news });
  queue = queue.then(async () => {
    try {
      tell({ result: await ACTIONS[action](data, tell) });
    } catch (error) {
      tell({ error: String(error?.message ?? error) });
    }
  });
};

self.postMessage({ started: true });
