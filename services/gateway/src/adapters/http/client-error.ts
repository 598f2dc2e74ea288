import type { Socket } from 'node:net';
import { gatewayErrors, type GatewayErrorCode } from '@latchkey/contracts';

const codeOf = ({ code }: NodeJS.ErrnoException): GatewayErrorCode => {
  if (code === 'HPE_HEADER_OVERFLOW') return 'request.headers_too_large';
  return code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request.timeout' : 'request.malformed';
};

/** Bytes that are no HTTP request: answered in our form too, and by nothing but the kind of the mistake. */
export const onClientError = (error: NodeJS.ErrnoException, socket: Socket): void => {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy();
    return;
  }
  const code = codeOf(error);
  const { status, remedy } = gatewayErrors[code];
  const body = JSON.stringify({ success: false, error: { code, message: remedy } });
  const head = [
    `HTTP/1.1 ${status} Bad Request`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${head.join('\r\n')}\r\nconnection: close\r\n\r\n${body}`);
};
