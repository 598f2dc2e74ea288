import { headSubjectOf, type PublishingService } from '@latchkey/contracts';
import type { NatsConnection, Subscription } from '@nats-io/transport-node';
import type { BrokerPort } from '../broker/broker-port.js';

export type Head = { readonly epoch: number; readonly logseq: number };

const parse = (text: string): Head | undefined => {
  try {
    const { epoch, logseq } = JSON.parse(text) as Partial<Head>;
    return Number.isSafeInteger(epoch) && Number.isSafeInteger(logseq) ? ({ epoch, logseq } as Head) : undefined;
  } catch {
    return undefined;
  }
};

/** Remembers the newest announcement of a source. It promises nothing: whoever acts on it asks the source. */
export const createHeadWatch = (broker: BrokerPort, source: PublishingService) => {
  let head: Head | undefined;
  let subscription: Subscription | undefined;
  let on: NatsConnection | undefined;
  return {
    head: (): Head | undefined => head,
    /** Subscribes, once there is a connection; nats.js keeps it over reconnects. */
    listen: (): void => {
      const connection = broker.connection();
      if (!connection || connection === on) return;
      on = connection;
      subscription = connection.subscribe(headSubjectOf(source), {
        callback: (error, message) => {
          if (!error) head = parse(message.string()) ?? head;
        },
      });
    },
    stop: (): void => {
      subscription?.unsubscribe();
      subscription = undefined;
      on = undefined;
    },
  };
};
