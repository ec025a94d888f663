// The service worker: it opens the app where there is no network. It keeps the files of one build and
// a page that is nobody's, and shows that page when the real one does not come. It never touches the
// stream or the API, and keeps no page of anybody.

// Filled in by the server; another build is another worker.
const BUILD = "__BUILD__";
const FILES = __FILES__;

const CACHE = `rhizome-${BUILD}`;
const SHELL = "/shell";
const PAGE_MAX_MILLIS = 3000;

self.addEventListener("install", (event) => event.waitUntil(keep()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("message", ({ data }) => data === "take over" && self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  const isPage = request.mode === "navigate" && /^\/(spaces\/[^/]+)?$/.test(pathname);
  if (isPage) event.respondWith(page(request, searchParams.has("wait")));
  else if (FILES.includes(pathname)) event.respondWith(file(request, pathname));
});

async function keep() {
  const cache = await caches.open(CACHE);
  // Not from the browser's own cache, and not as anybody.
  await cache.addAll(FILES.map((url) => new Request(url, { cache: "reload", credentials: "omit" })));
}

async function takeOver() {
  const builds = (await caches.keys()).filter((name) => name.startsWith("rhizome-") && name !== CACHE);
  await Promise.all(builds.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function file(request, pathname) {
  return (await caches.match(pathname)) ?? fetch(request);
}

/** From the network, unless that takes too long or has nothing but trouble. */
async function page(request, isPatient) {
  const network = fetch(request);
  const late = new Promise((resolve) => isPatient || setTimeout(resolve, PAGE_MAX_MILLIS));
  const answer = await Promise.race([network, late]).catch(() => undefined);
  if (answer && answer.status < 500) return answer;
  return (await caches.match(SHELL)) ?? answer ?? network;
}
