// Keeps pages whole, so that they open again without a network: from the day on which a
// reader loads a model, the page of that model and every page that is opened later. The
// network always comes first; what is kept answers only where it fails, or is silent for long.
//
// Nothing is kept but what the build's manifest names, under its plain address: no query
// string, nothing outside the book, nothing that its server wants nobody to store. Models
// keep themselves; see models/worker/files.js.

// The build writes its own: `addresses` of all files that pages consist of, as they name
// them, and for each page which of these it needs.
const MANIFEST = { version: "", addresses: [], pages: {} };

const ROOT = new URL("./", self.location.href);
const CACHES = `attention-course-pages ${ROOT.pathname} `; // of every version
const CACHE = CACHES + MANIFEST.version;
const PATIENCE = 5_000; // ms without a word from the network
const OLD_CACHE = "attention-course-pages"; // before versions had caches of their own

const plain = (address) => address.split("?")[0];
const addressOf = new Map(MANIFEST.addresses.map((address) => [plain(address), address]));
const fileOf = new Map([...addressOf.keys()].map((file) => [new URL(file, ROOT).pathname, file]));

// The file of the book that an address asks for, whatever its query; null if it is none.
function fileAt(url) {
  const { origin, pathname } = new URL(url);
  if (origin !== ROOT.origin) return null;
  // Some hosts leave out index.html, some the .html of every page.
  const names = [pathname, `${pathname}index.html`, `${pathname}.html`];
  return fileOf.get(names.find((name) => fileOf.has(name))) ?? null;
}

async function keep(cache, file) {
  const key = new URL(file, ROOT);
  if (await cache.match(key)) return; // a version's files do not change
  const answer = await fetch(new URL(addressOf.get(file), ROOT));
  const forbidden = /\bno-store\b/i.test(answer.headers.get("cache-control") ?? "");
  if (!answer.ok || answer.type !== "basic" || forbidden) return;
  // Copied: an answer that was led elsewhere cannot stand for a page.
  await cache.put(key, new Response(await answer.blob(), { headers: answer.headers }));
}

async function keepPage(page) {
  const cache = await caches.open(CACHE);
  const files = MANIFEST.pages[page].map((number) => plain(MANIFEST.addresses[number]));
  await Promise.all([page, ...files].map((file) => keep(cache, file)));
}

async function olderCaches() {
  const names = await caches.keys();
  return names.filter((name) => name === OLD_CACHE || (name.startsWith(CACHES) && name !== CACHE));
}

// A new version of the site: the pages that were kept are kept anew, and only when all of
// them are there does it take over.
async function renew() {
  for (const name of await olderCaches()) {
    for (const { url } of await (await caches.open(name)).keys()) {
      const page = fileAt(url);
      if (page in MANIFEST.pages) await keepPage(page);
    }
  }
  await self.skipWaiting();
}

async function takeOver() {
  for (const name of await olderCaches()) await caches.delete(name);
  await self.clients.claim();
}

self.addEventListener("install", (event) => event.waitUntil(renew()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));

self.addEventListener("message", (event) => {
  const page = fileAt(event.data.keep);
  if (page in MANIFEST.pages) event.waitUntil(keepPage(page).catch(() => {}));
});

// What the network answers, or what is kept of a file; what is not kept waits on.
async function answer(file, network) {
  const silence = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const came = await Promise.race([network.catch(() => null), silence]);
  if (came) return came;
  const cache = await caches.open(CACHE);
  return (await cache.match(new URL(file, ROOT), { ignoreVary: true })) ?? network;
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const file = request.method === "GET" ? fileAt(request.url) : null;
  if (file === null || request.headers.has("range")) return;
  const network = fetch(request);
  event.respondWith(answer(file, network));
  if (request.mode === "navigate" && file in MANIFEST.pages)
    event.waitUntil(network.then(() => keepPage(file)).catch(() => {}));
});
