// The files of the models, each checked against the build's manifest before it is used.
// All of them stand on this site, in _static/models: the manifest and the scripts in the
// folder of this version of the site, what is large beside it.

const VERSION = new URL("../", import.meta.url);
const SHARED = new URL("../", VERSION);
const CACHE = "attention-course-models"; // large files that stay for the next visit

async function answered(url, name) {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`${name}: the server answered ${answer.status}`);
  return answer;
}

// What `load` gives, once; after a failure the next caller tries again.
function once(load) {
  let loading = null;
  return (...given) => {
    loading ??= load(...given).catch((error) => {
      loading = null;
      throw error;
    });
    return loading;
  };
}

export const manifest = once(async () => {
  const answer = await answered(new URL("models.json", VERSION), "models.json");
  return answer.json();
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

// Import one of the manifest's scripts, and before it those that it imports. What is checked
// is what the address gives now. The import asks the address again: it gets the same bytes
// from the browser's cache or, where a server forbids caching, those that are sent then. So
// a torn, stale or swapped file is found, but not a server that lies every second time; that
// one could as well send another page.
export async function script(name, ...imported) {
  const { scripts } = await manifest();
  for (const each of [...imported, name]) {
    const answer = await answered(new URL(each, VERSION), each);
    await check(await answer.arrayBuffer(), each, scripts[each].sha256);
  }
  return import(new URL(name, VERSION).href);
}

// The browser's store for this site, or null where there is none: an insecure connection.
async function store() {
  try {
    return await caches.open(CACHE);
  } catch {
    return null;
  }
}

async function read(response, count) {
  const reader = response.body.getReader();
  const parts = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(parts);
    parts.push(value);
    count(value.length);
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
  const blob = await read(await answered(url, file.file), count);
  const buffer = await contents(blob, file);
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
