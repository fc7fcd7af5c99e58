// From now on this page is kept, and those opened later: see offline.js. `root` is the book's.
export async function keepPage(root) {
  if (!navigator.serviceWorker) return; // an insecure connection, or a private window
  await navigator.serviceWorker.register(new URL("offline.js", root));
  const { active } = await navigator.serviceWorker.ready;
  active.postMessage({ keep: location.href });
}
