import { rpcTable, signBatch, type RpcReply, type RpcRequest, type SignBatch } from '@latchkey/contracts';
import { requestIdOf, systemClock, type Clock } from '@latchkey/kernel';
import { RpcError } from '@latchkey/messaging';
import {
  acceptSession,
  headerOfFrame,
  SealingError,
  type AnsweringSession,
  type MessageKey,
  type ReceivedFrame,
  type TrustedKeys,
} from '@latchkey/sealing';
import type { VaultUseCases } from '../../app/use-cases.js';
import { VaultError } from '../../domain/vault-error.js';
import type { SessionRefusal } from '../../telemetry/session-refusals.js';
import { createOpenSessions } from './open-sessions.js';

const subject = 'cmd.key-vault.session';
type Answer = RpcReply<typeof subject>;

/** Where sessions are opened, and frames of them become strings to sign. */
export type SessionDesk = {
  /** @throws {VaultError} `vault.session_offer_refused` */
  readonly open: (
    request: RpcRequest<'cmd.key-vault.open-session'>,
    caller: string,
  ) => Promise<RpcReply<'cmd.key-vault.open-session'>>;
  /** What was not sealed in a session is answered `refused`, and nothing is done. Whatever signing throws, with nothing signed, is thrown. */
  readonly answer: (request: RpcRequest<typeof subject>) => Promise<Answer>;
  /** Forgets every session. */
  readonly close: () => void;
};

type Deps = {
  /** This process, in the subject that frames come on. */
  readonly instance: string;
  readonly messageKey: MessageKey;
  readonly trustedKeys: TrustedKeys;
  readonly signStrings: VaultUseCases['signStrings'];
  /** Told of each message that was not taken; called as often as somebody sends junk. */
  readonly count: (kind: SessionRefusal) => void;
  readonly clock?: Clock;
};

// Each process of a caller's holds one, and two while it changes over.
const maxPerInitiator = 256;

const kinds: ReadonlyMap<string, SessionRefusal> = new Map([
  ['sealing.session_over', 'over'],
  ['sealing.malformed', 'malformed'],
  ['sealing.cannot_open', 'cannot_open'],
  ['sealing.counter_used', 'counter_used'],
]);

/** The batch in a frame that its sender has sealed, so whatever is wrong with it is a defect of the sender's. */
const batchOf = (plaintext: Buffer): SignBatch => {
  let value: unknown;
  try {
    value = JSON.parse(plaintext.toString('utf8'));
  } catch {
    value = undefined;
  }
  const batch = signBatch.safeParse(value);
  if (batch.success) return batch.data;
  const issues = batch.error.issues.map(({ path }) => path.join('.'));
  throw new RpcError('rpc.bad_request', `what the frame holds is not what "${subject}" takes`, { issues });
};

export const createSessionDesk = (deps: Deps): SessionDesk => {
  const { instance, messageKey, trustedKeys, signStrings, count, clock = systemClock } = deps;
  const sessions = createOpenSessions({ clock, maxPerInitiator });

  const refuse = (kind: SessionRefusal): Answer => {
    count(kind);
    const isGone = kind === 'unknown_session' || kind === 'over';
    return { refused: isGone ? 'vault.session_unknown' : 'vault.session_frame_refused' };
  };

  /** The session is found before anything is decrypted: junk costs a look at its header. */
  const receive = (frame: string): { session: AnsweringSession; received: ReceivedFrame } | SessionRefusal => {
    try {
      const session = sessions.find(headerOfFrame(frame).sid);
      return session ? { session, received: session.open(frame) } : 'unknown_session';
    } catch (error) {
      const kind = error instanceof SealingError ? kinds.get(error.code) : undefined;
      if (kind === undefined) throw error;
      return kind;
    }
  };

  return {
    open: async ({ offer }, caller) => {
      const { callers } = rpcTable[subject];
      const issuers = callers.filter((name) => name === caller);
      try {
        const accepted = await acceptSession({ offer, key: messageKey, trusted: trustedKeys, issuers, instance, clock });
        sessions.add(accepted.session);
        return { acceptance: accepted.acceptance };
      } catch (error) {
        if (!(error instanceof SealingError)) throw error;
        count('offer');
        throw new VaultError('vault.session_offer_refused', { reason: error.code });
      }
    },
    // Up to the first `await` without interruption: frames are opened in the order in which they came.
    answer: async ({ frame }) => {
      const opened = receive(frame);
      if (typeof opened === 'string') return refuse(opened);
      const { session, received } = opened;
      const requestId = requestIdOf(session.sid, received.counter);
      const signed = await signStrings(batchOf(received.plaintext), session.initiator, requestId);
      return { frame: received.reply(Buffer.from(JSON.stringify(signed), 'utf8')) };
    },
    close: sessions.clear,
  };
};
