// How much smaller one's camera is sent while the device is short of computing or of battery: pure, a measure at a time.

/** Each step halves width and height. */
const MOST = 2;
/** Measures in a row until it becomes smaller, and larger again. */
const DOWN = 2;
const UP = 6;
/** After each step back up that did not last, the next one waits twice as long, so many times at most. */
const PATIENCE = 3;
/** Battery levels at which a step begins, and how far above them it ends. */
const LEVELS = [0.2, 0.1];
const SLACK = 0.05;

/** @type {CameraSteps} */
export const START = {busy: 0, battery: 0, short: 0, fine: 0, relapses: 0};

/** How often width and height are halved now. @param {CameraSteps} steps */
export const halvings = ({busy, battery}) => Math.max(busy, battery);

/** @param {CameraSteps} steps @param {boolean} isBusy @returns {CameraSteps} */
function byComputing(steps, isBusy) {
  const short = isBusy ? steps.short + 1 : 0;
  const fine = isBusy || !steps.busy ? 0 : steps.fine + 1;
  if (short >= DOWN && steps.busy < MOST) {
    return {...steps, busy: steps.busy + 1, short: 0, fine: 0, relapses: Math.min(PATIENCE, steps.relapses + 1)};
  }
  // The first shortage is no relapse.
  if (fine >= UP * 2 ** Math.max(0, steps.relapses - 1)) return {...steps, busy: steps.busy - 1, short: 0, fine: 0};
  return {...steps, short, fine};
}

/** @param {number} before @param {{level: number, charging: boolean}} battery */
function byBattery(before, {level, charging}) {
  if (charging) return 0;
  const reached = (most) => LEVELS.filter((one) => level <= one + most).length;
  return Math.min(Math.max(before, reached(0)), reached(SLACK));
}

/**
 * Takes a measure: whether encoding was short of computing, and the battery, where the browser tells of one.
 * @param {CameraSteps} steps
 * @param {{isBusy: boolean, battery?: {level: number, charging: boolean} | null}} measure
 * @returns {CameraSteps}
 */
export function next(steps, {isBusy, battery = null}) {
  const taken = byComputing(steps, isBusy);
  return {...taken, battery: battery ? byBattery(steps.battery, battery) : 0};
}
