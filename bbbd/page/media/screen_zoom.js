// Zoom of a shared screen, for oneself alone: by buttons, wheel, pinch, double click and keys; what is zoomed is dragged.

import {say} from "../shell/announcer.js";
import {iconButton} from "../shell/dom.js";
import {t} from "../shell/strings.js";
import {isWhole, moved, nearer} from "../slides/rectangle.js";

const WHOLE = {x: 0, y: 0, w: 100, h: 100};
const STEP = 1.5;
const FAR = 0.2; // of the part that is seen
const SAID = 500; // milliseconds of rest before it is said

/**
 * Has a frame zoom the picture that fills it. Returns its buttons, and what shows all again.
 * @param {HTMLElement} frame
 * @param {HTMLElement} picture
 */
export function makeZoomable(frame, picture) {
  let view = WHOLE;
  let saying = 0;
  /** @type {Map<number, PointerEvent>} */
  const fingers = new Map();

  function show(next, isTold = true) {
    view = next;
    const scale = 100 / view.w;
    picture.style.transformOrigin = "0 0";
    picture.style.transform = isWhole(view) ? "" : `translate(${-view.x * scale}%, ${-view.y * scale}%) scale(${scale})`;
    frame.classList.toggle("zoomed", !isWhole(view));
    if (!isTold) return;
    clearTimeout(saying);
    saying = setTimeout(() => say(t("zoom.now", {percent: Math.round(10_000 / view.w)})), SAID);
  }

  /** From 0 to 1. @returns {[number, number]} */
  const at = ({clientX, clientY}) => {
    const {left, top, width, height} = frame.getBoundingClientRect();
    return [(clientX - left) / width, (clientY - top) / height];
  };
  const zoom = (factor, [x, y] = [0.5, 0.5]) => show(nearer(view, factor, x, y));
  const move = (byX, byY) => show(moved(view, byX, byY), false);
  const reset = () => show(WHOLE, false);
  const keys = {
    "+": () => zoom(STEP), "-": () => zoom(1 / STEP), 0: () => show(WHOLE),
    ArrowRight: () => move(FAR, 0), ArrowLeft: () => move(-FAR, 0), ArrowDown: () => move(0, FAR), ArrowUp: () => move(0, -FAR),
  };

  function dragged(before, after) {
    const others = [...fingers.values()].filter(({pointerId}) => pointerId !== after.pointerId);
    const [from, to] = [at(before), at(after)];
    if (!others.length) {
      if (!isWhole(view)) move(from[0] - to[0], from[1] - to[1]);
      return;
    }
    const [other] = others;
    const apart = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
    const [x, y] = at(other);
    zoom(apart(after) / Math.max(1, apart(before)), [(from[0] + x) / 2, (from[1] + y) / 2]);
    move((from[0] - to[0]) / 2, (from[1] - to[1]) / 2);
  }

  const lift = (event) => fingers.delete(event.pointerId);
  frame.tabIndex = 0;
  frame.setAttribute("role", "group");
  frame.classList.add("zoomable");
  frame.addEventListener("keydown", (event) => {
    if (event.target !== frame || event.altKey || event.ctrlKey || event.metaKey || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });
  frame.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.1 : event.ctrlKey ? 0.01 : 0.002)), at(event));
  }, {passive: false});
  frame.addEventListener("dblclick", (event) => (isWhole(view) ? zoom(2, at(event)) : show(WHOLE)));
  frame.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    fingers.set(event.pointerId, event);
    if (fingers.size > 1 || !isWhole(view)) frame.setPointerCapture(event.pointerId);
  });
  frame.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    if (fingers.size < 3) dragged(before, event);
    fingers.set(event.pointerId, event);
  });
  for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) frame.addEventListener(end, lift);
  return {
    reset,
    closer: iconButton("slides/slides.svg#closer", t("slides.closer"), () => zoom(STEP)),
    farther: iconButton("slides/slides.svg#farther", t("slides.farther"), () => zoom(1 / STEP)),
  };
}
