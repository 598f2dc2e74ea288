import type { RotationProgress } from '@latchkey/contracts';
import { isAppError } from '@latchkey/kernel';
import { CliError } from '../errors.js';
import { asOperator, type OperatorClient } from '../operator/operator-client.js';

export type RotateOptions = {
  readonly to: string | undefined;
  readonly batch: string;
  readonly progress: (line: string) => void;
};

/** Of the whole run: rows of all calls, and what the last one left. */
export type Rotated = RotationProgress & { readonly calls: number };

/** A vault that was killed in the middle of a call has lost nothing; whoever is asked next goes on. */
const tries = 30;
const pauseMs = 1_000;
const passes = ['rpc.timeout', 'rpc.unavailable', 'rpc.overloaded', 'rpc.replayed'];

const sizeOf = (batch: string): number => {
  const rows = Number(batch);
  if (Number.isInteger(rows) && rows >= 1 && rows <= 5_000) return rows;
  throw new CliError('cli.bad_option', `"${batch}" rows per call are not possible; use 1 to 5000`);
};

const keyIdOf = (to: string | undefined): string | undefined => {
  if (to === undefined || /^[0-9a-f]{16}$/.test(to)) return to;
  throw new CliError('cli.bad_option', 'a key id is 16 hex digits; `latchkey keys status` shows them');
};

const step = async (
  { rpc, context }: OperatorClient,
  keyId: string | undefined,
  maxRows: number,
  progress: RotateOptions['progress'],
): Promise<RotationProgress> => {
  for (let left = tries; ; left -= 1) {
    try {
      return await rpc.call('cmd.key-vault.rotate-keys', { ...(keyId === undefined ? {} : { keyId }), maxRows, context });
    } catch (error) {
      if (left <= 1 || !isAppError(error) || !passes.includes(error.code)) throw error;
      progress(`no key vault answered (${error.code}); asking again, nothing is lost`);
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
};

/** Asks for one bounded piece of the rotation after the other, all for the key that the first answer named, until nothing is left to do. */
export const rotate = ({ to, batch, progress }: RotateOptions): Promise<Rotated> => {
  const maxRows = sizeOf(batch);
  const wanted = keyIdOf(to);
  return asOperator(async (operator) => {
    let [rewrapped, calls] = [0, 0];
    let keyId = wanted;
    for (;;) {
      const answer = await step(operator, keyId, maxRows, progress);
      keyId = answer.keyId;
      rewrapped += answer.rewrapped;
      calls += 1;
      progress(`${keyId}: ${rewrapped} rows re-wrapped, ${answer.remaining} to go`);
      if (answer.done) return { ...answer, rewrapped, calls };
    }
  });
};
