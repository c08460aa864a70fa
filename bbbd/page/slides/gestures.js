// Gestures of the presenter: zoom by Ctrl and wheel, pinch or double click, move by dragging.
// With the pointer on, a mouse both points and drags; a finger only points.

import {page} from "../shell/store.js";
import {seen} from "./current_page.js";
import {presents} from "./model.js";
import {isPointing, pointAt, pointAway} from "./pointer.js";
import {isWhole} from "./rectangle.js";
import {moveBy, viewOf, zoomBy} from "./zoom.js";

/**
 * Where something is on the paper, from 0 to 1.
 * @param {HTMLElement} paper
 * @param {{clientX: number, clientY: number}} event
 * @returns {[number, number]}
 */
function at(paper, {clientX, clientY}) {
  const {left, top, width, height} = paper.getBoundingClientRect();
  return [(clientX - left) / width, (clientY - top) / height];
}

/**
 * @param {[number, number]} one
 * @param {[number, number]} other
 * @returns {[number, number]}
 */
const between = ([x, y], [otherX, otherY]) => [(x + otherX) / 2, (y + otherY) / 2];
const distance = (one, other) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);

function wheeled(event, paper) {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.1 : 0.01)), ...at(paper, event));
}

function dragged(fingers, before, after, paper) {
  const others = [...fingers.values()].filter(({pointerId}) => pointerId !== after.pointerId);
  if (others.length > 1) return;
  const [from, to] = [at(paper, before), at(paper, after)];
  if (others.length) {
    const [other] = others;
    const [middle, moved] = [between(from, at(paper, other)), between(to, at(paper, other))];
    zoomBy(distance(after, other) / Math.max(1, distance(before, other)), ...middle);
    moveBy(middle[0] - moved[0], middle[1] - moved[1]);
  } else moveBy(from[0] - to[0], from[1] - to[1]);
}

export function watchGestures(frame, paper) {
  const fingers = new Map();
  const lift = ({pointerId}) => fingers.delete(pointerId);
  const follow = (event) => {
    if (isPointing() && event.isPrimary && fingers.size < 2) pointAt(...at(paper, event));
  };
  frame.addEventListener("wheel", (event) => presents(page.state) && wheeled(event, paper), {passive: false});
  frame.addEventListener("dblclick", (event) => {
    if (presents(page.state)) zoomBy(2, ...at(paper, event));
  });
  frame.addEventListener("pointerdown", (event) => {
    if (!presents(page.state) || event.button) return;
    fingers.set(event.pointerId, event);
    if (fingers.size > 1 || !isWhole(viewOf(seen(page.state)))) frame.setPointerCapture(event.pointerId);
    follow(event);
  });
  frame.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    const onlyPoints = isPointing() && event.pointerType !== "mouse" && fingers.size < 2;
    if (before && !onlyPoints) dragged(fingers, before, event, paper);
    if (before) fingers.set(event.pointerId, event);
    follow(event);
  });
  // A finger that is lifted has pointed: its dot stays until it rests.
  frame.addEventListener("pointerleave", ({pointerType}) => isPointing() && pointerType === "mouse" && pointAway());
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) frame.addEventListener(end, lift);
}
