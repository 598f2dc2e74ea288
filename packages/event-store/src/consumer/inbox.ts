import { streamOf, type ConsumerDefinition } from '@latchkey/contracts';
import { messageOf } from '@latchkey/kernel';
import { jetstream, type ConsumerMessages, type JsMsg } from '@nats-io/jetstream';
import { setTimeout as delay } from 'node:timers/promises';
import type { BrokerPort } from '../broker/broker-port.js';
import type { Log } from '../log.js';
import type { Pause } from '../pause.js';

export type InboxOptions = {
  readonly broker: BrokerPort;
  readonly definition: ConsumerDefinition;
  readonly log: Pick<Log, 'debug'>;
  /** Messages of one pull: as many as its reader takes at once, or more. */
  readonly pullSize: number;
  /** Woken when something has arrived. */
  readonly pause: Pick<Pause, 'wake'>;
};

/** Messages of a durable that somebody else has made, pulled ahead of whoever handles them. */
export type Inbox = {
  readonly start: () => void;
  /** At most so many of those that wait, in their order of arrival. */
  readonly take: (max: number) => readonly JsMsg[];
  /** Puts messages back that could not be handled now. */
  readonly putBack: (messages: readonly JsMsg[]) => void;
  readonly isEmpty: () => boolean;
  /** How many wait. */
  readonly size: () => number;
  readonly stop: () => Promise<void>;
};

const pullMs = 5_000;
const retryMs = 250;

export const createInbox = ({ broker, definition, log, pullSize, pause }: InboxOptions): Inbox => {
  let queue: JsMsg[] = [];
  let ending: AbortController | undefined;
  let pumping: Promise<void> | undefined;
  let open: ConsumerMessages | undefined;

  /** One pull; ends when it is full or its time is over. A store that was wiped meanwhile ends it with an error. */
  const pull = async (): Promise<void> => {
    const connection = broker.connection();
    if (!connection) {
      await delay(retryMs);
      return;
    }
    const durable = await jetstream(connection).consumers.get(streamOf(definition.source), definition.durable);
    if (ending?.signal.aborted !== false) return;
    open = await durable.fetch({ max_messages: pullSize, expires: pullMs });
    for await (const message of open) {
      queue.push(message);
      pause.wake();
    }
  };

  const pump = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      try {
        if (queue.length >= pullSize) await delay(5, undefined, { signal });
        else await pull();
      } catch (error) {
        if (signal.aborted) return;
        // A durable that is not there yet, or not any more, is made by the provisioner; all there is to do is to wait.
        log.debug({ durable: definition.durable, reason: messageOf(error) }, 'nothing can be pulled at the moment');
        await delay(retryMs, undefined, { signal }).catch(() => undefined);
      }
    }
  };

  return {
    start: () => {
      if (pumping) return;
      ending = new AbortController();
      pumping = pump(ending.signal);
    },
    take: (max) => queue.splice(0, max),
    putBack: (messages) => queue.unshift(...messages),
    isEmpty: () => queue.length === 0,
    size: () => queue.length,
    stop: async () => {
      ending?.abort();
      await open?.close();
      await pumping;
      pumping = undefined;
      open = undefined;
      queue = []; // unanswered: they come again
    },
  };
};
