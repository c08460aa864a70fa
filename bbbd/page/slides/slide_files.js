// Fetches slides: images and texts in a small cache, thumbnails, and whole documents.

import {el} from "../shell/dom.js";
import {ticket} from "../shell/ticket.js";

const BASE = new URL("../../slides/", import.meta.url);
const KEPT = 8;

async function get(deck, path) {
  const answer = await fetch(new URL(`${encodeURIComponent(deck)}/${path}`, BASE), {
    headers: {Authorization: `Bearer ${ticket.token}`},
  });
  if (!answer.ok) throw new Error(`slides answered ${answer.status}`);
  return answer;
}

/** LRU cache; a failed fetch is forgotten. */
function keeper(fetchOne) {
  const kept = new Map();
  return (deck, number) => {
    const key = `${deck}/${number}`;
    const found = kept.get(key) ?? fetchOne(deck, number);
    kept.delete(key);
    kept.set(key, found);
    found.catch(() => kept.get(key) === found && kept.delete(key));
    if (kept.size > KEPT) kept.delete(kept.keys().next().value);
    return found;
  };
}

export const pictureOf = keeper(async (deck, number) => (await get(deck, number)).blob());

export const textOf = keeper(async (deck, number) => (await (await get(deck, `${number}/text`)).text()).trim());

export const thumbnailOf = async (deck, number) => (await get(deck, `${number}/thumbnail`)).blob();

/** Shows an image in an <img>; resolves when it is decoded. Its blob URL is revoked then. */
export async function put(image, blob) {
  const address = URL.createObjectURL(blob);
  image.src = address;
  try {
    await image.decode();
  } finally {
    URL.revokeObjectURL(address);
  }
}

export async function download({deck, name}) {
  const address = URL.createObjectURL(await (await get(deck, "document")).blob());
  el("a", {href: address, download: name}).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
