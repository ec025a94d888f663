// Manages the device that a page is on: installs the service worker and tells when a newer one is ready,
// offers to install the app, and asks before a sign-out deletes unsent messages. Every page can be read
// and written in without this script.

// Filled in by the server, from the client's schema.
const DATABASE = "__DATABASE__";
export const [OUTBOX, DRAFTS, SNAPSHOTS] = __STORES__;

if ("serviceWorker" in navigator) watchForUpdates().catch(() => {});
offerToInstall();
document.querySelector("form[action='/sign-out']")?.addEventListener("submit", signOut);
// On the sign-in page nobody is signed in: what one user saw is not for the next. What was written stays,
// for its author.
if (document.querySelector("form[action='/sign-in']")) {
  inStore(SNAPSHOTS, (snapshots) => snapshots.clear());
  forgetTraces();
}
showLatePage();

/** The app shell stands in for a page that takes long: shows the page once it comes. */
function showLatePage() {
  const worker = navigator.serviceWorker?.controller;
  if (!worker || document.querySelector("#bootstrap, form")) return;
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    // A space that is kept on the device is shown already, and goes live by itself.
    if (data === "came" && !document.querySelector(".space-page")) location.reload();
    if (data === "failed") document.documentElement.dataset.network = "away";
  });
  navigator.serviceWorker.startMessages();
  worker.postMessage("page?");
}

async function watchForUpdates() {
  const registration = await navigator.serviceWorker.register("/sw.js");
  if (registration.waiting) announce(registration);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker.addEventListener("statechange", () => worker.state === "installed" && announce(registration));
  });
  // A page may stay open for days.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") registration.update().catch(() => {});
  });
}

function announce(registration) {
  // The first worker of a device is no update.
  if (!navigator.serviceWorker.controller || document.querySelector(".update")) return;
  const notice = document.createElement("p");
  notice.className = "update";
  notice.setAttribute("role", "status");
  const button = document.createElement("button");
  button.className = "plain";
  button.textContent = "Reload";
  const later = document.createElement("button");
  later.className = "plain";
  later.textContent = "Later";
  later.addEventListener("click", () => notice.remove());
  notice.append("Update ready. ", button, later);
  button.addEventListener("click", () => {
    // Another tab may have activated it already.
    if (!registration.waiting) return location.reload();
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    registration.waiting.postMessage("take over");
  });
  document.body.append(notice);
}

function offerToInstall() {
  const place = document.querySelector("#install");
  if (!place || matchMedia("(display-mode: standalone)").matches || navigator.standalone) return;
  // Only iOS has this property, and there the user installs by hand.
  if ("standalone" in navigator) {
    place.querySelector(".by-hand").hidden = false;
    place.hidden = false;
  }
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    const button = place.querySelector("button");
    button.onclick = () => event.prompt();
    button.hidden = false;
    place.hidden = false;
  });
  addEventListener("appinstalled", () => (place.hidden = true));
}

async function signOut(event) {
  event.preventDefault();
  // Unsent messages of other users of this device are not counted, and not deleted.
  const me = document.querySelector(".account .handle").textContent;
  const mine = IDBKeyRange.bound(`${me} `, `${me} \uffff`);
  const entries = (await inStore(OUTBOX, (outbox) => outbox.getAll(mine))) ?? [];
  // A reaction is no message, and not worth a question.
  const unsent = entries.filter((entry) => !entry.startsWith('{"reaction"')).length;
  const messages = unsent === 1 ? "One message is" : `${unsent} messages are`;
  const question = `${messages} not sent yet. Signing out deletes what is not sent from this device.`;
  if (unsent > 0 && !confirm(question)) return;
  try {
    const answer = await fetch("/sign-out", { method: "POST", redirect: "manual" });
    if (answer.status >= 400) throw new Error(`status ${answer.status}`);
  } catch {
    return alert("The server cannot be reached, so you are still signed in.");
  }
  await forget(mine).catch(() => {});
  location.assign("/sign-in");
}

/** Deletes everything from the device except for unsent messages of its other users. */
async function forget(mine) {
  for (const name of [OUTBOX, DRAFTS]) await inStore(name, (store) => store.delete(mine));
  await inStore(SNAPSHOTS, (snapshots) => snapshots.clear());
  forgetTraces();
  for (const name of (await globalThis.caches?.keys()) ?? []) await caches.delete(name);
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.unregister();
}

/** Which emojis were used most, and the number at the app's icon. */
function forgetTraces() {
  try {
    localStorage.removeItem("reactions");
  } catch {
    // The browser keeps nothing.
  }
  navigator.clearAppBadge?.().catch(() => {});
}

/** The result of a request to a store; undefined if there is no such store, or no database. */
export async function inStore(name, request) {
  try {
    const opening = indexedDB.open(DATABASE);
    // There is none: making one is the app's business, and its schema.
    opening.onupgradeneeded = () => opening.transaction.abort();
    const database = await settled(opening);
    try {
      if (!database.objectStoreNames.contains(name)) return undefined;
      return await settled(request(database.transaction(name, "readwrite").objectStore(name)));
    } finally {
      database.close();
    }
  } catch {
    return undefined;
  }
}

function settled(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
