import { decodeEnvelope, toLatest, type AnyEvent, type Envelope } from '@latchkey/contracts';
import type { Place } from '../domain/position.js';

/** An event as a consumer's handler gets it. */
export type ReceivedEvent = {
  readonly envelope: Envelope;
  /**
   * The event in the latest version of its schema, read when it is asked for: whoever only keeps envelopes also keeps those that it does not know.
   *
   * @throws {ContractError} `contracts.event_unknown`, `contracts.version_unknown`, `contracts.event_invalid`
   */
  readonly event: AnyEvent;
};

export const received = (envelope: Envelope): ReceivedEvent => {
  let latest: AnyEvent | undefined;
  return {
    envelope,
    get event() {
      latest ??= toLatest({ type: envelope.type, v: envelope.eventversion, data: envelope.data }) as unknown as AnyEvent;
      return latest;
    },
  };
};

export const decode = (bytes: Uint8Array): ReceivedEvent => received(decodeEnvelope(bytes));

export const placeOf = ({ envelope: { epoch, logseq, prev, subject } }: ReceivedEvent): Place => ({
  epoch,
  logseq,
  prev,
  subject,
});
