import { Agent, request, type RequestOptions } from 'node:http';
import { Agent as SecureAgent } from 'node:https';
import type { Duplex } from 'node:stream';
import { connect as secure } from 'node:tls';

type Target = { readonly host?: string; readonly port?: number | string; readonly servername?: string };
type Made = (error: Error | null, socket?: Duplex) => void;

/** A failure by its code alone: what a proxy says may quote the address. */
class TunnelError extends TypeError {
  readonly code: string;
  constructor(code: string) {
    super('the proxy made no tunnel');
    this.code = code;
  }
}

/** Asks an HTTP proxy for a tunnel; whatever goes through it is nothing that the proxy reads. */
const tunnel = (proxy: URL, { host = '', port = '' }: Target, made: Made): void => {
  const options: RequestOptions = {
    host: proxy.hostname,
    port: proxy.port || 80,
    method: 'CONNECT',
    path: `${host}:${port}`,
    headers: { host: `${host}:${port}` },
    agent: false,
  };
  request(options)
    .once('connect', ({ statusCode }, socket) => {
      if (statusCode === 200) return made(null, socket);
      socket.destroy();
      return made(new TunnelError(`PROXY_${statusCode}`));
    })
    .once('response', (answer) => {
      answer.destroy();
      made(new TunnelError(`PROXY_${answer.statusCode}`));
    })
    .once('error', (error) => made(error))
    .end();
};

/** Connections of a WebSocket through an HTTP proxy. */
export const tunnelAgent = (proxyUrl: string, isSecure: boolean): Agent => {
  const proxy = new URL(proxyUrl);
  const agent: Agent = isSecure ? new SecureAgent({ keepAlive: false }) : new Agent({ keepAlive: false });
  const createConnection = (target: Target, made: Made): undefined => {
    tunnel(proxy, target, (error, socket) => {
      if (error || !socket) return made(error ?? new TunnelError('PROXY'));
      return made(null, isSecure ? secure({ socket, servername: target.servername ?? target.host ?? '' }) : socket);
    });
    return undefined;
  };
  return Object.assign(agent, { createConnection });
};
