// What a browser keeps, shelf by shelf, as it stands in its database.

/** What is on a shelf, by its keys. Nothing is made by looking. */
export const shelfOf = (page, name) =>
  page.evaluate(async (name) => {
    const settled = (request) =>
      new Promise((resolve, reject) => {
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
      });
    if (!(await indexedDB.databases()).some((database) => database.name === "rhizome")) return {};
    const database = await settled(indexedDB.open("rhizome"));
    try {
      if (!database.objectStoreNames.contains(name)) return {};
      const shelf = database.transaction(name).objectStore(name);
      const [keys, values] = await Promise.all([settled(shelf.getAllKeys()), settled(shelf.getAll())]);
      return Object.fromEntries(keys.map((key, i) => [key, values[i]]));
    } finally {
      database.close();
    }
  }, name);

/** Puts something on a shelf in place of what is there; null takes it away. */
export const putOnShelf = (page, name, key, value) =>
  page.evaluate(
    ({ name, key, value }) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open("rhizome");
        request.onerror = () => reject(request.error);
        request.onsuccess = () => {
          const database = request.result;
          const change = database.transaction(name, "readwrite");
          const shelf = change.objectStore(name);
          if (value === null) shelf.delete(key);
          else shelf.put(value, key);
          change.oncomplete = () => resolve(database.close());
          change.onabort = () => reject(change.error);
        };
      }),
    { name, key, value },
  );
