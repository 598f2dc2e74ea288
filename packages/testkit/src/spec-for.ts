import { isAppError, replay, type Decider } from '@latchkey/kernel';
import { expect } from 'vitest';

/** The outcome of one command, to be asserted once. */
export type Outcome<Event> = {
  /** Exactly these events, in this order. */
  readonly then: (...expected: readonly Event[]) => void;
  /** It refuses with an `AppError` of this code. */
  readonly thenFails: (code: string) => void;
  /** It changes nothing, so it is safe to send twice. */
  readonly thenNothing: () => void;
};

/**
 * Given a history, when a command comes, then these facts follow: `specFor(decider).given(...).when(...).then(...)`. Asserts events, never
 * state, so that a spec survives any other way of keeping it.
 */
export const specFor = <State, Command, Event>(decider: Decider<State, Command, Event>) => ({
  given: (...history: readonly Event[]) => ({
    when: (command: Command): Outcome<Event> => {
      const decide = () => decider.decide(command, replay(decider, history));
      return {
        // oxlint-disable-next-line unicorn/no-thenable -- the word of every such specification; nobody awaits an outcome
        then: (...expected) => expect(decide()).toEqual(expected),
        thenNothing: () => expect(decide()).toEqual([]),
        thenFails: (code) => {
          let events: readonly Event[] | undefined;
          try {
            events = decide();
          } catch (error) {
            if (!isAppError(error)) throw error;
            expect(error.code).toBe(code);
            return;
          }
          expect.fail(`expected "${code}", but it decided ${JSON.stringify(events)}`);
        },
      };
    },
  }),
});
