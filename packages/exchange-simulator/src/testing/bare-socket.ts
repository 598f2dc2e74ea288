import { WebSocket } from 'ws';
import type { Fields } from './control-client.js';

/**
 * A bare WebSocket: connect, send a frame, read. No spec of a stream needs more, and nothing here knows a venue.
 *
 * @param url of the HTTP server, with the path of the stream
 */
export const bareSocket = async (url: string) => {
  const socket = new WebSocket(url.replace(/^http/, 'ws'));
  const frames: Fields[] = [];
  let ended: 'open' | 'reset' | number = 'open';
  let pings = 0;
  const waiting = new Set<() => void>();
  const changed = (): void => {
    for (const check of waiting) check();
  };
  socket.on('message', (data: Buffer) => {
    frames.push(JSON.parse(data.toString()) as Fields);
    changed();
  });
  socket.on('ping', () => {
    pings += 1;
    changed();
  });
  socket.on('close', (code: number) => {
    // 1006 is what a client calls a connection that ended without a closing frame.
    ended = code === 1_006 ? 'reset' : code;
    changed();
  });
  socket.on('error', () => undefined);
  /** Resolves with what `find` gives as soon as it gives something. */
  const until = <Found>(find: () => Found | undefined): Promise<Found> => {
    const { promise, resolve } = Promise.withResolvers<Found>();
    const check = (): void => {
      const found = find();
      if (found === undefined) return;
      waiting.delete(check);
      resolve(found);
    };
    waiting.add(check);
    check();
    return promise;
  };
  const opened = Promise.withResolvers<void>();
  socket.once('open', () => opened.resolve());
  socket.once('unexpected-response', (_request, response) => opened.reject(new TypeError(`refused with ${response.statusCode}`)));
  socket.once('error', (error) => opened.reject(error));
  await opened.promise;
  return {
    frames,
    pings: () => pings,
    send: (frame: object) => socket.send(JSON.stringify(frame)),
    /** The first frame that fits, come or to come. */
    frame: (fits: (frame: Fields) => boolean) => until(() => frames.find(fits)),
    pinged: (times: number) => until(() => (pings >= times ? pings : undefined)),
    end: () => until(() => (ended === 'open' ? undefined : ended)),
    close: () => socket.close(),
  };
};
