import { createHash, randomBytes } from 'node:crypto';
import { systemClock, type Clock } from '@latchkey/kernel';
import { malformed } from '../jose/compact.js';
import type { MessageKey } from '../message/message-key.js';
import { signMessage } from '../message/sign-message.js';
import type { TrustedKeys } from '../message/trusted-keys.js';
import { verifyMessage } from '../message/verify-message.js';
import { agreeOn, createEphemeralHalf } from './agreement.js';
import { createAnsweringSession, createAskingSession, type AnsweringSession, type AskingSession } from './session.js';

/** `typ` of the two messages by which a session is agreed on. */
const types = { offer: 'latchkey-session-offer', acceptance: 'latchkey-session-acceptance' } as const;

// A request and its answer, and clocks that are never equal.
const maxAgeMs = 10_000;
const sidBytes = 16;
const sidForm = /^[A-Za-z0-9_-]{22}$/;
const instanceForm = /^[a-z0-9-]{1,64}$/;

const digestOf = (jws: string): string => createHash('sha256').update(jws).digest('base64url');

/** The body of a handshake's message: texts under exactly these names. */
const textsOf = <Name extends string>(body: unknown, names: readonly Name[]): Readonly<Record<Name, string>> => {
  const facts = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
  const isExact = Object.keys(facts).length === names.length && names.every((name) => typeof facts[name] === 'string');
  if (!isExact) throw malformed(`a session's message must hold exactly ${names.join(', ')}`);
  return facts as Readonly<Record<Name, string>>;
};

export type SessionOffer = {
  /** The JWS that goes to the other side. */
  readonly offer: string;
  /**
   * What follows from the acceptance that came back for it.
   *
   * @throws {SealingError} those of `verifyMessage`; `sealing.malformed` (it accepts another offer), `sealing.key_invalid`
   */
  readonly complete: (acceptance: string) => Promise<AskingSession>;
};

/**
 * Begins a session: a fresh X25519 half, signed by the message key.
 *
 * @param options.responder the service that is asked, by whose message key the acceptance must be signed
 */
export const offerSession = async (options: {
  readonly key: MessageKey;
  readonly trusted: TrustedKeys;
  readonly responder: string;
  readonly clock?: Clock;
}): Promise<SessionOffer> => {
  const { key, trusted, responder, clock = systemClock } = options;
  const { epk, privateKey } = createEphemeralHalf();
  // Counted from here: this end must not take a session for open when the other has already ended it.
  const openedAt = clock.now();
  const offer = await signMessage({ key, audience: responder, type: types.offer, payload: { epk }, clock });
  return {
    offer,
    complete: async (acceptance) => {
      const initiator = key.issuer;
      const expected = { trusted, audience: initiator, type: types.acceptance, issuers: [responder], maxAgeMs, clock };
      const { body } = await verifyMessage(acceptance, expected);
      const facts = textsOf(body, ['epk', 'sid', 'instance', 'offer']);
      const { sid, instance } = facts;
      if (facts.offer !== digestOf(offer)) throw malformed('it accepts another offer');
      if (!sidForm.test(sid) || !instanceForm.test(instance)) throw malformed('its session or instance has no usable name');
      const keys = agreeOn(privateKey, facts.epk, { offer, acceptance, sid, initiator, responder, instance });
      return createAskingSession({ sid, keys, openedAt, clock }, instance);
    },
  };
};

/**
 * Answers an offer with a half of our own.
 *
 * @param options.issuers who may have a session
 * @param options.instance this very process: lower-case letters, digits and `-`, unique to its start
 * @throws {SealingError} those of `verifyMessage`; `sealing.malformed`, `sealing.key_invalid`
 */
export const acceptSession = async (options: {
  readonly offer: string;
  readonly key: MessageKey;
  readonly trusted: TrustedKeys;
  readonly issuers: readonly string[];
  readonly instance: string;
  readonly clock?: Clock;
}): Promise<{ readonly acceptance: string; readonly session: AnsweringSession }> => {
  const { offer, key, trusted, issuers, instance, clock = systemClock } = options;
  const responder = key.issuer;
  const expected = { trusted, audience: responder, type: types.offer, issuers, maxAgeMs, clock };
  const { issuer: initiator, body } = await verifyMessage(offer, expected);
  const { epk: peer } = textsOf(body, ['epk']);
  const { epk, privateKey } = createEphemeralHalf();
  const sid = randomBytes(sidBytes).toString('base64url');
  const payload = { epk, sid, instance, offer: digestOf(offer) };
  const acceptance = await signMessage({ key, audience: initiator, type: types.acceptance, payload, clock });
  const keys = agreeOn(privateKey, peer, { offer, acceptance, sid, initiator, responder, instance });
  return { acceptance, session: createAnsweringSession({ sid, keys, openedAt: clock.now(), clock }, initiator) };
};
