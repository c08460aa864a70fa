// Arithmetic on parts of a page, {x, y, w, h} in percent. Steps of 1/64 keep sums exact.

const LEAST = 15;

const fine = (number) => Math.round(number * 64) / 64;

const within = (start, extent) => Math.min(Math.max(fine(start), 0), 100 - extent);

const side = (extent, factor) => fine(Math.min(100, Math.max(LEAST, extent / factor)));

/** The part seen ``factor`` times as large; what is at (atX, atY) of the part, from 0 to 1, stays there. */
export function nearer({x, y, w, h}, factor, atX = 0.5, atY = 0.5) {
  const [width, height] = [side(w, factor), side(h, factor)];
  return {x: within(x + atX * (w - width), width), y: within(y + atY * (h - height), height), w: width, h: height};
}

/** The part moved by so much of itself. */
export const moved = ({x, y, w, h}, byX, byY) => ({x: within(x + byX * w, w), y: within(y + byY * h, h), w, h});

export const isWhole = ({w, h}) => w === 100 && h === 100;

export const isSame = (one, other) => ["x", "y", "w", "h"].every((name) => one[name] === other[name]);
