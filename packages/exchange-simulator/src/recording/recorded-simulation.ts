import type { SimClock } from '../core/clock.js';
import { simulatedParts, type SimulatedPart, type Simulation, type SimulationOptions } from '../simulation.js';
import { createRecorder } from './recorder.js';
import type { RecordingHead } from './recording.js';

const perPart = <Value>(of: (part: SimulatedPart) => Value): Readonly<Record<SimulatedPart, Value>> =>
  Object.fromEntries(simulatedParts.map((part) => [part, of(part)])) as Readonly<Record<SimulatedPart, Value>>;

/** A simulation on a live clock that writes itself down, one JSON line at a time. The lines hold what clients sent, keys and secrets included. */
export const recordedSimulation = (
  { clock: live, ...options }: SimulationOptions & { readonly clock: SimClock },
  writeLine: (line: string) => void,
): Simulation => {
  const head: RecordingHead = { format: 'latchkey-simulator-recording', v: 1, startMs: live.now(), seed: 1, ...options };
  writeLine(JSON.stringify(head));
  const cancels = new Set<() => void>();
  let ended = false;
  const comeBackIn = (delayMs: number): void => {
    const dueMs = live.now() + delayMs;
    const cancel = live.schedule(delayMs, () => {
      cancels.delete(cancel);
      // A timer of the machine may be a little early; then the simulation's own is not due yet.
      const early = dueMs - live.now();
      if (early > 0) comeBackIn(early);
      else recorder.tick(live.now());
    });
    cancels.add(cancel);
  };
  const recorder = createRecorder(
    head,
    (line) => {
      if (!ended) writeLine(JSON.stringify(line));
    },
    comeBackIn,
  );
  return {
    request: perPart((part) => (raw) => recorder.request(live.now(), part, raw)),
    open: perPart((part) => (raw) => recorder.open(live.now(), part, raw, live.now)),
    end: () => {
      ended = true;
      for (const cancel of cancels) cancel();
      recorder.end();
    },
  };
};
