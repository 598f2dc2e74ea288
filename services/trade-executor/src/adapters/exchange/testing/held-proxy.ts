import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

/** An HTTP proxy that tunnels, as the way out to a venue. It can hold new tunnels back, as a slow way does. */
export const heldProxy = async () => {
  const tunnels: { readonly target: string; readonly from: string | undefined }[] = [];
  const waiting: (() => void)[] = [];
  const sockets = new Set<Socket>();
  let held = false;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connection', keep);
  server.on('connect', ({ url = '' }, socket: Socket) => {
    const open = (): void => {
      const { hostname, port } = new URL(`http://${url}`);
      const onward = connect(Number(port), hostname, () => {
        tunnels.push({ target: url, from: socket.remoteAddress });
        socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
        socket.pipe(onward).pipe(socket);
      });
      keep(onward);
      onward.on('close', () => socket.destroy());
      socket.on('close', () => onward.destroy());
    };
    if (held) waiting.push(open);
    else open();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    /** How many tunnels are asked for and held back. */
    waiting: () => waiting.length,
    hold: (): void => {
      held = true;
    },
    release: (): void => {
      held = false;
      for (const open of waiting.splice(0)) open();
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};

export type HeldProxy = Awaited<ReturnType<typeof heldProxy>>;
