import { rpcTable, signedBatch, type SignBatch, type SignedBatch } from '@latchkey/contracts';
import type { Clock } from '@latchkey/kernel';
import { RpcError, type RpcClient } from '@latchkey/messaging';
import { offerSession, SealingError, type AskingSession, type MessageKey, type TrustedKeys } from '@latchkey/sealing';

const subject = 'cmd.key-vault.session';

/** Strings to sign, asked in a session with whichever vault process has one with us. */
export type VaultSessions = {
  /** @throws {RpcError} nobody answered that could be believed, so we hold no signature; the same strings may be asked again */
  readonly ask: (batch: SignBatch) => Promise<SignedBatch>;
};

type Deps = {
  readonly rpc: Pick<RpcClient, 'call'>;
  readonly messageKey: MessageKey;
  readonly trustedKeys: TrustedKeys;
  readonly clock: Clock;
  readonly log: { readonly info: (facts: object, message: string) => void };
};

/** Another session is opened while the one in use still serves, long before it ends. */
const renewBeforeMs = 10 * 60_000;
/** The vault signs nothing whose timestamp is older: whoever waits longer waits for nothing. */
const patienceMs = 3_000;

/** The session is of no use any more: its vault process is gone, was restarted, has forgotten it, or somebody meddles with it. */
const lostWhen: ReadonlySet<string> = new Set(['rpc.unavailable', 'rpc.timeout', 'rpc.bad_reply']);

const lost = (why: string): RpcError =>
  new RpcError('rpc.bad_reply', `what came back is no answer of the vault's (${why}); the session is given up`);

const contentsOf = (plaintext: Buffer): SignedBatch => {
  const batch = signedBatch.safeParse(JSON.parse(plaintext.toString('utf8')));
  if (!batch.success) throw lost('vault and executor are of different versions');
  return batch.data;
};

export const createVaultSessions = ({ rpc, messageKey, trustedKeys, clock, log }: Deps): VaultSessions => {
  let current: AskingSession | undefined;
  let opening: Promise<AskingSession> | undefined;

  const openAnother = async (deadlineMs: number): Promise<AskingSession> => {
    const { offer, complete } = await offerSession({ key: messageKey, trusted: trustedKeys, responder: 'key-vault', clock });
    const { acceptance } = await rpc.call('cmd.key-vault.open-session', { offer }, { deadlineMs });
    try {
      current = await complete(acceptance);
    } catch (cause) {
      throw new RpcError(
        'rpc.bad_reply',
        "the acceptance of a session does not come from the vault's message key",
        {},
        { cause },
      );
    }
    log.info({ instance: current.instance }, 'a session with the key vault is open');
    return current;
  };

  /** However many wait for it, one is opened. */
  const open = (remainingMs: number): Promise<AskingSession> =>
    (opening ??= openAnother(Math.min(rpcTable['cmd.key-vault.open-session'].deadlineMs, remainingMs)).finally(() => {
      opening = undefined;
    }));

  const take = (remainingMs: number): Promise<AskingSession> | AskingSession => {
    const now = clock.now();
    if (current === undefined || now + patienceMs >= current.expiresAt) return open(remainingMs);
    // In the background: when it fails, the next one who asks tries again, and the old one serves meanwhile.
    if (now + renewBeforeMs >= current.expiresAt) void open(patienceMs).catch(() => undefined);
    return current;
  };

  const askIn = async (session: AskingSession, plaintext: Buffer, remainingMs: number): Promise<SignedBatch> => {
    try {
      const asked = session.ask(plaintext);
      const deadlineMs = Math.min(rpcTable[subject].deadlineMs, remainingMs);
      const answer = await rpc.call(subject, { frame: asked.frame }, { instance: session.instance, deadlineMs });
      if ('refused' in answer) throw lost(answer.refused);
      return contentsOf(asked.open(answer.frame));
    } catch (error) {
      const failure = error instanceof SealingError ? lost(error.code) : error;
      if (failure instanceof RpcError && lostWhen.has(failure.code) && current === session) current = undefined;
      throw failure;
    }
  };

  return {
    ask: async (batch) => {
      const plaintext = Buffer.from(JSON.stringify(batch), 'utf8');
      const until = clock.now() + patienceMs;
      const remainingMs = (): number => until - clock.now();
      const session = await take(remainingMs());
      try {
        return await askIn(session, plaintext, remainingMs());
      } catch (error) {
        // Once more in another session: the vault signs the same string of the same attempt again, if it did so before.
        const isLost = error instanceof RpcError && lostWhen.has(error.code);
        if (!isLost || remainingMs() <= 0) throw error;
        log.info({ instance: session.instance, code: error.code }, 'the session with the key vault is lost');
        const another = await take(remainingMs());
        return askIn(another, plaintext, remainingMs());
      }
    },
  };
};
