import { streamOf, type ConsumerDefinition, type PublishingService } from '@latchkey/contracts';

/** The subjects of the JetStream API that somebody here uses, each for one stream or one durable; no wildcard stands for a name. */
export const streamInfo = (service: PublishingService): string => `$JS.API.STREAM.INFO.${streamOf(service)}`;
export const streamCreate = (service: PublishingService): string => `$JS.API.STREAM.CREATE.${streamOf(service)}`;
export const streamUpdate = (service: PublishingService): string => `$JS.API.STREAM.UPDATE.${streamOf(service)}`;
/** Answered by the stream's leader, so it never shows an old state as the direct API of a replica may. */
export const messageGet = (service: PublishingService): string => `$JS.API.STREAM.MSG.GET.${streamOf(service)}`;

export const consumerInfo = ({ source, durable }: ConsumerDefinition): string =>
  `$JS.API.CONSUMER.INFO.${streamOf(source)}.${durable}`;
export const consumerNext = ({ source, durable }: ConsumerDefinition): string =>
  `$JS.API.CONSUMER.MSG.NEXT.${streamOf(source)}.${durable}`;
export const consumerAcks = ({ source, durable }: ConsumerDefinition): string => `$JS.ACK.${streamOf(source)}.${durable}.>`;
/** Names the filter too, so that a durable cannot be made to read something else. */
export const consumerCreate = ({ source, durable, filter }: ConsumerDefinition): string =>
  `$JS.API.CONSUMER.CREATE.${streamOf(source)}.${durable}.${filter}`;
