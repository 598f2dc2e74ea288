import { connect } from 'node:net';
import { wrongPlaces, type Sender } from './wrong-places.js';

/** Bytes that are no request, or stop being one. */
const notHttp: readonly ((secret: string, token: string) => string)[] = [
  (secret) => `${secret}\r\n\r\n`,
  (secret) => `POST /${secret} HTTP/9.9\r\nhost: x\r\n\r\n`,
  (secret) => `${secret} /api/user-api-keys/binance HTTP/1.1\r\nhost: x\r\n\r\n`,
  (secret) => `GET /api/${secret} HTTP/1.1\r\n${secret}\r\n\r\n`,
  (secret) => `GET / HTTP/1.1\r\nhost: x\r\nx-secret: ${secret.repeat(400)}\r\n\r\n`,
  (secret) => `GET / HTTP/1.1\r\nhost: x\r\nx secret: ${secret}\r\n\r\n`,
  (secret) => `GET /?${secret}\u0000 HTTP/1.1\r\nhost: x\r\n\r\n`,
  (secret) => `POST /api/user-api-keys/binance HTTP/1.1\r\nhost: x\r\ncontent-length: ${secret}\r\n\r\n`,
  (secret) =>
    `POST /api/user-api-keys/binance HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n${secret}`,
  (secret, token) =>
    `POST /api/user-api-keys/binance HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n${secret}\r\n0\r\n\r\n`,
  (secret, token) =>
    `POST /api/user-api-keys/binance HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 60\r\n\r\n{"apiSecret": "${secret.slice(0, 40)}`,
];

/** Sends bytes, and no more, and hears what comes until the other side ends it. */
const say = (url: string, bytes: string): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url);
    const heard: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) }, () => socket.end(bytes));
    socket.on('data', (chunk: Buffer) => heard.push(chunk));
    socket.on('close', () => resolve(Buffer.concat(heard)));
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
    });
    socket.setTimeout(20_000, () => socket.destroy());
  });

export type Malformed = { readonly place: string; readonly status: number };

/**
 * Sends so many requests that are wrong, each with a secret in it, a few at a time.
 *
 * @param heard gets what came back to those that are not even HTTP; the others go through `fetch`
 */
export const sendMalformed = async (options: {
  readonly count: number;
  readonly senders: readonly Sender[];
  readonly secrets: readonly string[];
  readonly heard: (answer: Buffer) => void;
  readonly atOnce?: number;
}): Promise<readonly Malformed[]> => {
  const { count, senders, secrets, heard, atOnce = 8 } = options;
  const sent: Malformed[] = [];
  let next = 0;
  const one = async (i: number): Promise<Malformed> => {
    const sender = senders[i % senders.length] as Sender;
    const secret = secrets[i % secrets.length] as string;
    if (i % 8 === 0) {
      const write = notHttp[(i / 8) % notHttp.length] as (typeof notHttp)[number];
      const answer = await say(sender.url, write(secret, sender.user.token));
      heard(answer);
      return {
        place: `not HTTP ${(i / 8) % notHttp.length}`,
        status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer.toString())?.[1] ?? 0),
      };
    }
    const [place, send] = wrongPlaces[i % wrongPlaces.length] as (typeof wrongPlaces)[number];
    return { place, status: (await send(sender, secret)).status };
  };
  const worker = async (): Promise<void> => {
    while (next < count) {
      const i = next;
      next += 1;
      sent.push(await one(i));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  return sent;
};
