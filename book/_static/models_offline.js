// Keeps a page that loaded a model, so that it opens again without a network. The network
// always comes first: what is kept answers only when nothing else does.
// Registered by models.js; stands at the root of the site, as offline.js.

const CACHE = "attention-course-pages";
const ROOT = new URL("./", self.location.href).href;

// Models keep themselves; see models_worker.js.
const ours = (url) => url.startsWith(ROOT) && !/\/_static\/models\/[^/]*\.gz$/.test(url);

async function keep(request, answer) {
  if (!answer.ok || answer.type !== "basic" || !ours(request.url)) return;
  const cache = await caches.open(CACHE);
  await cache.put(request, answer);
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const fetched = event.data.keep.filter(ours).map(async (url) => {
    const request = new Request(url);
    await keep(request, await fetch(request));
  });
  event.waitUntil(Promise.allSettled(fetched));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !ours(request.url) || request.headers.has("range")) return;
  const network = fetch(request);
  event.respondWith(
    network.then(
      (answer) => answer.clone(),
      async (error) => {
        const kept = await caches.match(request.url, { cacheName: CACHE, ignoreVary: true });
        if (kept) return kept;
        throw error;
      },
    ),
  );
  event.waitUntil(network.then((answer) => keep(request, answer)).catch(() => {}));
});
