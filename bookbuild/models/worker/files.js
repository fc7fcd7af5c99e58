// The files of the models, or of Python, each checked against the build's manifest before it
// is used. All of them stand on this site, in _static/models or _static/python: the manifest
// and the scripts in the folder of this version of the site, what is large beside it.

const VERSION = new URL("../", import.meta.url);
const SHARED = new URL("../", VERSION);
const KIND = SHARED.pathname.split("/").at(-2); // models or python
const CACHE = `attention-course-${KIND}`; // large files that stay for the next visit
const SILENCE = 20_000; // ms without a byte, after which a server is given up
const SILENT = `nothing came for ${SILENCE / 1000} seconds`;

let current = new AbortController(); // of whatever is being loaded

// Nobody waits for it any more.
export function stop() {
  current.abort(new Error("stopped"));
  current = new AbortController();
}

// A whole file from the server; `count` hears of every byte that came.
async function load(url, name, count = () => {}, cache = "default") {
  const hope = new AbortController();
  const giveUp = () => hope.abort(new Error(`${name}: ${SILENT}`));
  let timer = setTimeout(giveUp, SILENCE);
  try {
    current.signal.addEventListener("abort", ({ target }) => hope.abort(target.reason));
    const answer = await fetch(url, { cache, signal: hope.signal });
    if (!answer.ok) throw new Error(`${name}: the server answered ${answer.status}`);
    const reader = answer.body.getReader();
    const parts = [];
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new Blob(parts);
      clearTimeout(timer);
      timer = setTimeout(giveUp, SILENCE);
      parts.push(value);
      count(value.length);
    }
  } finally {
    clearTimeout(timer);
  }
}

// What `make` gives, once; after a failure the next caller tries again.
function once(make) {
  let loading = null;
  return (...given) => {
    loading ??= make(...given).catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  };
}

export const manifest = once(async () => {
  const file = await load(new URL(`${KIND}.json`, VERSION), `${KIND}.json`);
  return JSON.parse(await file.text());
});

// Over an insecure connection a browser computes no hashes; the page says so.
export const checked = Boolean(crypto.subtle);

async function check(buffer, name, sha256) {
  if (!checked) return;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", buffer));
  const found = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found === sha256) return;
  throw new Error(
    `${name}: not the file that was published, its SHA-256 is another; it was not used`,
  );
}

// What the browser kept of an earlier visit may be another file than the published one, or
// a torn one: then the server is asked once more, past the browser's cache.
async function loadChecked(url, name, read, count = () => {}) {
  const kept = await load(url, name, count);
  try {
    return [kept, await read(kept)];
  } catch {
    const fresh = await load(url, name, () => {}, "reload");
    return [fresh, await read(fresh)];
  }
}

// An import cannot be stopped, nor asked for again before the page is.
function silence(name) {
  const reason = `${name}: ${SILENT}; load this page again`;
  return new Promise((_, reject) => setTimeout(() => reject(new Error(reason)), SILENCE));
}

// Import one of the manifest's scripts, and before it those that it imports. What is checked
// is what the address gives now. The import asks the address again: it gets the same bytes
// from the browser's cache or, where a server forbids caching, those that are sent then. So
// a torn, stale or swapped file is found, but not a server that lies every second time; that
// one could as well send another page.
export async function script(name, ...imported) {
  const { scripts } = await manifest();
  for (const each of [...imported, name]) {
    const { sha256 } = scripts[each];
    const read = async (file) => check(await file.arrayBuffer(), each, sha256);
    await loadChecked(new URL(each, VERSION), each, read);
  }
  return Promise.race([import(new URL(name, VERSION).href), silence(name)]);
}

// The browser's store for this site, or null where there is none: an insecure connection.
async function store() {
  try {
    return await caches.open(CACHE);
  } catch {
    return null;
  }
}

// The files are stored packed. Some servers unpack .gz files on their way.
async function unpacked(blob) {
  const [first, second] = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (first !== 0x1f || second !== 0x8b) return blob.arrayBuffer();
  return new Response(blob.stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();
}

async function contents(blob, { file, sha256 }) {
  const buffer = await unpacked(blob);
  await check(buffer, file, sha256);
  return buffer;
}

// One large file. `count` hears of every byte that came.
export async function take(file, count) {
  const url = new URL(file.file, SHARED).href;
  const kept = await store();
  const before = await kept?.match(url);
  if (before) {
    const buffer = await contents(await before.blob(), file).catch(() => null);
    if (buffer) {
      count(file.bytes);
      return buffer;
    }
    await kept.delete(url);
  }
  const [blob, buffer] = await loadChecked(url, file.file, (blob) => contents(blob, file), count);
  await kept?.put(url, new Response(blob)).catch(() => {}); // no room: it loads again next time
  return buffer;
}

// Files of earlier versions of the site go.
export async function tidy() {
  const kept = await store();
  const ours = new Set(JSON.stringify(await manifest()).match(/[\w.-]+\.gz/g));
  for (const { url } of (await kept?.keys()) ?? []) {
    if (url.startsWith(SHARED.href) && !ours.has(url.slice(SHARED.href.length)))
      await kept.delete(url);
  }
}

export const runtime = once(async (count) => {
  const { wasm } = await manifest();
  const ort = await script("ort.js");
  ort.env.wasm.numThreads = 1; // more would need headers that static hosts do not send
  ort.env.wasm.wasmBinary = await take(wasm, count);
  ort.env.logLevel = "error";
  return ort;
});
