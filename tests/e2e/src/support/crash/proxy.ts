import { connect, createServer, type AddressInfo, type Socket } from 'node:net';

/** `reset`: connections break and new ones are refused. `silence`: nothing breaks and nothing arrives, until it is healed. */
export type Cut = 'reset' | 'silence';

/** A line between a process and a server, which can be cut and healed. */
export type Proxy = {
  readonly port: number;
  readonly cut: (how: Cut) => void;
  readonly heal: () => void;
  readonly close: () => Promise<void>;
};

type Line = { readonly near: Socket; readonly far: Socket };

export const startProxy = async (host: string, port: number): Promise<Proxy> => {
  const lines = new Set<Line>();
  let cut: Cut | undefined;

  const pump = (from: Socket, to: Socket): void => {
    from.on('data', (chunk: Buffer) => {
      if (!to.write(chunk)) from.pause();
    });
    to.on('drain', () => {
      if (cut !== 'silence') from.resume();
    });
    from.on('end', () => to.end());
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroy());
  };
  const open = (near: Socket): void => {
    const far = connect({ host, port, allowHalfOpen: true });
    const line = { near, far };
    lines.add(line);
    near.setNoDelay();
    far.setNoDelay();
    pump(near, far);
    pump(far, near);
    near.on('close', () => lines.delete(line));
    if (cut === 'silence') for (const one of [near, far]) one.pause();
  };
  const server = createServer({ allowHalfOpen: true }, (near) => {
    if (cut === 'reset') near.resetAndDestroy();
    else open(near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    port: (server.address() as AddressInfo).port,
    cut: (how) => {
      cut = how;
      for (const { near, far } of lines) {
        for (const one of [near, far]) {
          if (how === 'reset') one.resetAndDestroy();
          else one.pause();
        }
      }
    },
    heal: () => {
      cut = undefined;
      for (const { near, far } of lines) for (const one of [near, far]) one.resume();
    },
    close: async () => {
      for (const { near, far } of lines) for (const one of [near, far]) one.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
};
