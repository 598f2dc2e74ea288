import type { Clock } from '@latchkey/kernel';
import { fakeVault } from '../../testing/fake-vault.js';

/** The vault takes no string that is further than this from its own clock. */
const maxSkewMs = 3_000;

/** Binance's string names its time, Bybit's begins with it. */
const timestampOf = (payload: string): number => Number(/(?:^|&)timestamp=(\d+)/.exec(payload)?.[1] ?? payload.slice(0, 13));

/** The fake vault, which keeps the rules about trades and attempts, with the real one's rule about time. */
export const virtualVault = (clock: Clock) => {
  const vault = fakeVault();
  const ask: typeof vault.sessions.ask = async (batch) => {
    const isInTime = batch.items.map(({ payload }) => Math.abs(timestampOf(payload) - clock.now()) <= maxSkewMs);
    const { items: answers } = await vault.sessions.ask({ ...batch, items: batch.items.filter((_, i) => isInTime[i]) });
    const signed = answers[Symbol.iterator]();
    return {
      items: isInTime.map((inTime) => {
        const answer = inTime ? signed.next().value : undefined;
        return answer ?? { ok: false, code: 'vault.timestamp_out_of_window', message: 'its time is not the vault’s' };
      }),
    };
  };
  return { ...vault, sessions: { ask } };
};
