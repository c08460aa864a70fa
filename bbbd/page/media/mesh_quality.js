// How large a camera is sent when each receiver costs a copy: all copies together stay what one sender can encode.

import {bitrate} from "./devices.js";

/** For so many copies at most: the height of the picture, and bits a second of each copy. */
const SIZES = [[1, 720, 1_200_000], [2, 540, 700_000], [3, 360, 450_000], [5, 270, 200_000], [Infinity, 180, 120_000]];

/** @param {number} copies */
export function sizeFor(copies) {
  const [, height, bits] = SIZES.find(([most]) => copies <= most);
  return {height, bits: Math.min(bits, bitrate())};
}

/**
 * Sets the size of the camera on each link that carries it.
 * @param {MeshLink[]} links
 * @param {number} place of the camera among the tracks of a link
 * @param {MediaStreamTrack | null} track
 */
export function tune(links, place, track) {
  const carrying = links.filter(({send}) => send.includes("camera"));
  const {height, bits} = sizeFor(carrying.length);
  const scale = Math.max(1, (track?.getSettings().height ?? height) / height);
  for (const link of carrying) {
    const sender = link.pc.getTransceivers()[place]?.sender;
    const wanted = `${scale} ${bits}`;
    if (!sender?.track || link.tuned === wanted) continue;
    const parameters = sender.getParameters();
    // Before the first negotiation some browsers have none.
    if (!parameters.encodings?.length) continue;
    Object.assign(parameters.encodings[0], {maxBitrate: bits, scaleResolutionDownBy: scale});
    link.tuned = wanted;
    sender.setParameters(parameters).catch(() => (link.tuned = ""));
  }
}
