// What waits to be sent of one's own recording, in IndexedDB: it outlives a reload, and a page that dies.
//
// ``files`` has a record for each file, ``pieces`` its bytes. Where the browser has no database, memory stands in.

const NAME = "bbbd-recording";

/** @type {IDBDatabase | null} */
let db = null;
const memory = {files: new Map(), pieces: new Map()};

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

/** Opens it. Returns the files, and their pieces without their bytes, in order. */
export async function openStore() {
  try {
    const opening = indexedDB.open(NAME, 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("files", {keyPath: "key"});
      opening.result.createObjectStore("pieces", {keyPath: ["key", "from"]});
    };
    db = await done(opening);
    const files = await done(db.transaction("files").objectStore("files").getAll());
    const pieces = [];
    const cursors = db.transaction("pieces").objectStore("pieces").openCursor();
    await new Promise((resolve, reject) => {
      cursors.onerror = () => reject(cursors.error);
      cursors.onsuccess = () => {
        const cursor = cursors.result;
        if (!cursor) return resolve();
        const {data: _, ...facts} = cursor.value;
        pieces.push(facts);
        return cursor.continue();
      };
    });
    return {files, pieces};
  } catch {
    db = null;
    return {files: [], pieces: []};
  }
}

const named = (value) => ("from" in value ? `${value.key} ${value.from}` : value.key);

/** @param {"files" | "pieces"} store */
export async function keep(store, value) {
  try {
    if (!db) throw new Error("no database");
    await done(db.transaction(store, "readwrite").objectStore(store).put(value));
  } catch {
    memory[store].set(named(value), value);
  }
}

/** @param {"files" | "pieces"} store */
export async function forget(store, value) {
  memory[store].delete(named(value));
  if (db) await done(db.transaction(store, "readwrite").objectStore(store).delete("from" in value ? [value.key, value.from] : value.key)).catch(() => {});
}

/** The bytes of a piece, null if they are lost. @returns {Promise<ArrayBuffer | null>} */
export async function bytesOf({key, from}) {
  const kept = memory.pieces.get(`${key} ${from}`);
  if (kept || !db) return kept?.data ?? null;
  const found = await done(db.transaction("pieces").objectStore("pieces").get([key, from])).catch(() => null);
  return found?.data ?? null;
}
