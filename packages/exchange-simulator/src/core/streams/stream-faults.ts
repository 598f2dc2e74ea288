/** Where venues offer WebSockets. A listenKey in the path is not part of it. */
export const streamPaths = ['/ws-api/v3', '/private/ws', '/private/stream', '/v5/private', '/v5/trade'] as const;
export type StreamPath = (typeof streamPaths)[number];

/** What a frame tells. The first three are about an order, and are what a stream fault meets unless it names another. */
export const streamEvents = ['accepted', 'filled', 'ended', 'balance', 'position', 'algo'] as const;
export type StreamEvent = (typeof streamEvents)[number];
export const orderStreamEvents: readonly StreamEvent[] = ['accepted', 'filled', 'ended'];

/** What can happen to one frame on its way. */
export const frameFaults = [
  'stream-drop',
  'stream-lose',
  'stream-silence',
  'stream-duplicate',
  'stream-late',
  'stream-reorder',
  'stream-close',
  'stream-shutdown',
] as const;

/**
 * What can happen to a private stream: to a frame; to a filled order, which Bybit may tell twice; to an upgrade, which is refused as one
 * too many.
 */
export const streamFaults = [...frameFaults, 'stream-filled-twice', 'stream-refuse'] as const;
export type StreamFaultKind = (typeof streamFaults)[number];
