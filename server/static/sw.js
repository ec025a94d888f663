// The service worker opens the app without a network. It caches the files of one build and the app shell,
// and shows the shell when the page of a space does not arrive. It never handles the stream or the API,
// and caches no page with anybody's data.

// Filled in by the server. Another build is another worker.
const BUILD = "__BUILD__";
const FILES = __FILES__;

const CACHE = `rhizome-${BUILD}`;
const SHELL = "/shell";
const PAGE_MAX_MILLIS = 3000;
// How long a page that came late is kept for the reload that asks for it.
const LATE_MAX_MILLIS = 30000;
const TYPES = { js: "text/javascript", wasm: "application/wasm", css: "text/css" };

// What became of the pages that took too long, by the client that shows the shell in their place.
const late = new Map();

self.addEventListener("install", (event) => event.waitUntil(cacheFiles()));
self.addEventListener("activate", (event) => event.waitUntil(takeOver()));
self.addEventListener("message", ({ data, source }) => {
  if (data === "take over") self.skipWaiting();
  if (data === "page?") tell(source);
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname, searchParams } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  const isPage = request.mode === "navigate" && /^\/(spaces\/[^/]+)?$/.test(pathname);
  const isSearch = request.mode === "navigate" && pathname === "/search";
  if (isSearch) event.respondWith(fetch(request).catch(withoutSearch));
  else if (isPage) event.respondWith(page(event, searchParams.has("wait")));
  else if (FILES.includes(pathname)) event.respondWith(file(request, pathname));
});

async function cacheFiles() {
  const cache = await caches.open(CACHE);
  await Promise.all(FILES.map((url) => cacheFile(cache, url)));
}

/** Keeps a file only if it is ours: a gate in front of the server may answer with its own page. */
async function cacheFile(cache, url) {
  // Not from the browser's HTTP cache. The cookie is for a gate: the files are the same for everybody.
  const answer = await fetch(new Request(url, { cache: "reload", redirect: "error" }));
  const type = answer.headers.get("content-type") ?? "";
  const isOurs = url === SHELL ? await isShell(answer.clone()) : type.startsWith(TYPES[url.split(".").pop()]);
  if (!answer.ok || !isOurs) throw new Error(`${url}: ${answer.status} ${type}`);
  await cache.put(url, answer);
}

/** The shell names the files of the build. */
async function isShell(answer) {
  const text = await answer.text();
  return FILES.every((url) => url === SHELL || text.includes(url));
}

async function takeOver() {
  const builds = (await caches.keys()).filter((name) => name.startsWith("rhizome-") && name !== CACHE);
  await Promise.all(builds.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function file(request, pathname) {
  return (await caches.match(pathname)) ?? fetch(request);
}

/** The page from the network, or the shell if the network takes too long, fails, or answers with a server error. */
async function page(event, isPatient) {
  const { request, resultingClientId, clientId } = event;
  // A page that came late was shown as the shell, which reloads.
  const kept = late.get(clientId);
  late.delete(clientId);
  if (kept?.url === request.url && kept.answer) return kept.answer;
  const network = fetch(request);
  const timeout = new Promise((resolve) => isPatient || setTimeout(resolve, PAGE_MAX_MILLIS));
  const answer = await Promise.race([network, timeout]).catch(() => undefined);
  if (answer && answer.status < 500) return answer;
  const shell = await caches.match(SHELL);
  if (!shell) return answer ?? network;
  event.waitUntil(keepLate(resultingClientId, request.url, network));
  return shell;
}

/** Only the server searches. */
function withoutSearch() {
  const css = FILES.find((url) => url.endsWith(".css"));
  const page = `<!DOCTYPE html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Search · Rhizome</title><link rel="stylesheet" href="${css}"><main class="card-page"><section class="card">
<p class="brand">Rhizome</p><h1>Search</h1><p>Search needs the network, which cannot be reached right now.</p>
<p><a href="">Try again</a></p><p><a href="/">My spaces</a></p></section></main></html>`;
  return new Response(page, { status: 503, headers: { "content-type": "text/html; charset=utf-8" } });
}

/** Remembers whether a page came in the end, for the shell that asks. */
async function keepLate(client, url, network) {
  const entry = { url, answer: null };
  const outcome = network.then(
    (answer) => {
      if (answer.status < 500) entry.answer = answer;
      return entry.answer ? "came" : "failed";
    },
    () => "failed",
  );
  entry.outcome = outcome;
  late.set(client, entry);
  await outcome;
  setTimeout(() => late.delete(client), LATE_MAX_MILLIS);
}

/** Tells the shell once it is known whether its page came. */
async function tell(source) {
  source.postMessage((await late.get(source.id)?.outcome) ?? "failed");
}
