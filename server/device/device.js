// What a page has to do with the device it is on: it has the service worker installed and says when
// a newer one is ready, offers to install the app, and asks before a sign-out loses what is not sent.
// No page needs it to be read or written in.

const DATABASE = "rhizome";

if ("serviceWorker" in navigator) watchForUpdates().catch(() => {});
offerToInstall();
document.querySelector("form[action='/sign-out']")?.addEventListener("submit", signOut);
// Nobody is signed in where one signs in: what was seen is not for the next. What was written stays,
// for its writer.
if (document.querySelector("form[action='/sign-in']")) inStore("visits", (visits) => visits.clear());

async function watchForUpdates() {
  const registration = await navigator.serviceWorker.register("/sw.js");
  if (registration.waiting) announce(registration);
  registration.addEventListener("updatefound", () => {
    const worker = registration.installing;
    worker.addEventListener("statechange", () => worker.state === "installed" && announce(registration));
  });
  // A page may be open for days.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") registration.update().catch(() => {});
  });
}

function announce(registration) {
  // The first worker of a device replaces nothing.
  if (!navigator.serviceWorker.controller || document.querySelector(".update")) return;
  const sign = document.createElement("p");
  sign.className = "update";
  sign.setAttribute("role", "status");
  const button = document.createElement("button");
  button.className = "plain";
  button.textContent = "Reload";
  const later = document.createElement("button");
  later.className = "plain";
  later.textContent = "Later";
  later.addEventListener("click", () => sign.remove());
  sign.append("Update ready. ", button, later);
  button.addEventListener("click", () => {
    // Another tab may have had it take over already.
    if (!registration.waiting) return location.reload();
    navigator.serviceWorker.addEventListener("controllerchange", () => location.reload());
    registration.waiting.postMessage("take over");
  });
  document.body.append(sign);
}

function offerToInstall() {
  const place = document.querySelector("#install");
  if (!place || matchMedia("(display-mode: standalone)").matches || navigator.standalone) return;
  // Only iOS has the property at all, and there one installs by hand.
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
  // What another wrote here and has not sent is not ours to lose.
  const me = document.querySelector(".me .id").textContent;
  const mine = IDBKeyRange.bound(`${me} `, `${me} \uffff`);
  const unsent = (await inStore("outbox", (outbox) => outbox.count(mine))) ?? 0;
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

/** Leaves nothing on the device but what another wrote on it and has not sent. */
async function forget(mine) {
  for (const name of ["outbox", "drafts"]) await inStore(name, (store) => store.delete(mine));
  await inStore("visits", (visits) => visits.clear());
  for (const name of (await globalThis.caches?.keys()) ?? []) await caches.delete(name);
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.unregister();
}

/** What `act` asks of a store; nothing where there is no such store, or no database at all. */
async function inStore(name, act) {
  try {
    const database = await settled(indexedDB.open(DATABASE));
    try {
      if (!database.objectStoreNames.contains(name)) return undefined;
      return await settled(act(database.transaction(name, "readwrite").objectStore(name)));
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
