// The IndexedDB stores in which a browser keeps its data.

import { setTimeout } from "node:timers/promises";

/** A request to a database that the browser throws away meanwhile may never be answered. */
const READ_MAX_MILLIS = 2000;
const TRIES = 10;

/** The entries of a store, by key. Reading creates neither a database nor a store. */
export async function readStore(page, name) {
  for (let tries = 0; tries < TRIES; tries++) {
    const found = await Promise.race([read(page, name), setTimeout(READ_MAX_MILLIS)]);
    if (found) return found;
  }
  throw new Error(`the browser does not answer what is in ${name}`);
}

const read = (page, name) =>
  page.evaluate(async (name) => {
    const settled = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    if (!(await indexedDB.databases()).some((database) => database.name === "rhizome")) return {};
    const opening = indexedDB.open("rhizome");
    // It is gone since. An empty one, made here, would have the app miss its stores.
    opening.onupgradeneeded = () => opening.transaction.abort();
    const database = await settled(opening).catch((error) => error.name === "AbortError" || Promise.reject(error));
    if (database === true) return {};
    try {
      if (!database.objectStoreNames.contains(name)) return {};
      const store = database.transaction(name).objectStore(name);
      const [keys, values] = await Promise.all([settled(store.getAllKeys()), settled(store.getAll())]);
      return Object.fromEntries(keys.map((key, i) => [key, values[i]]));
    } finally {
      database.close();
    }
  }, name);

/** Replaces an entry of a store; null deletes it. */
export const writeStore = (page, name, key, value) =>
  page.evaluate(
    ({ name, key, value }) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open("rhizome");
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const database = request.result;
          const change = database.transaction(name, "readwrite");
          const store = change.objectStore(name);
          if (value === null) store.delete(key);
          else store.put(value, key);
          change.oncomplete = () => resolve(database.close());
          change.onabort = () => reject(change.error);
        };
      }),
    { name, key, value },
  );
