// Keys on the focused slide: turning, and zoom for the presenter.

import {goTo, turn} from "./current_page.js";
import {toggleFull} from "./fullscreen.js";
import {moveBy, zoomIn, zoomOut, zoomWhole} from "./zoom.js";

const FAR = 0.2; // of the part that is seen

const forward = () => (document.dir === "rtl" ? -1 : 1);

const ACTS = {
  ArrowRight: () => turn(forward()), ArrowLeft: () => turn(-forward()), ArrowDown: () => turn(1), ArrowUp: () => turn(-1),
  PageDown: () => turn(1), PageUp: () => turn(-1), Home: () => goTo(1), End: () => goTo(Infinity),
  Enter: toggleFull, "+": zoomIn, "-": zoomOut, 0: zoomWhole,
};
const SHIFTED = {
  ArrowRight: () => moveBy(FAR, 0), ArrowLeft: () => moveBy(-FAR, 0), ArrowDown: () => moveBy(0, FAR), ArrowUp: () => moveBy(0, -FAR),
  "+": zoomIn,
};

export function pressed(event, section) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const act = (event.shiftKey ? SHIFTED : ACTS)[event.key];
  if (!act) return;
  event.preventDefault();
  act(section);
}
