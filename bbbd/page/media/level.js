// How loud a microphone is, and an echo of it: both of one AudioContext, which stands still otherwise.

const TICK = 100; // milliseconds
const LATE = 0.8; // seconds by which the echo comes later

/**
 * Measures a track until it is told to end.
 * @param {MediaStreamTrack} track
 * @param {(level: number) => void} show a number from 0 to 1
 */
export function measure(track, show) {
  const context = new AudioContext();
  context.resume();
  const source = context.createMediaStreamSource(new MediaStream([track]));
  const analyser = new AnalyserNode(context, {fftSize: 1024});
  source.connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const ticking = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    const power = samples.reduce((sum, one) => sum + one * one, 0) / samples.length;
    // Speech has about 0.003 to 0.1: on a scale of loudness, not of power.
    show(Math.min(1, Math.max(0, 1 + Math.log10(Math.max(power, 1e-7)) / 5)));
  }, TICK);
  let echo = null;
  return {
    /** Plays what one says, a moment later, by an element whose loudspeaker can be chosen. */
    echo(on, element) {
      if (echo) source.disconnect(echo);
      echo?.disconnect();
      echo = null;
      if (on) {
        const target = new MediaStreamAudioDestinationNode(context);
        echo = new DelayNode(context, {delayTime: LATE, maxDelayTime: LATE});
        source.connect(echo).connect(target);
        element.srcObject = target.stream;
        element.play().catch(() => {});
      } else element.srcObject = null;
    },
    end() {
      clearInterval(ticking);
      context.close();
    },
  };
}
