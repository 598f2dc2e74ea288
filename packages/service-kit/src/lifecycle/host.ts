/** What of `process` a service's life depends on; specs give their own. */
export type ServiceHost = {
  /** `process.env` unless given. */
  readonly env?: NodeJS.ProcessEnv;
  readonly on: (event: string, listener: (...values: never[]) => void) => unknown;
  readonly exit: (code: number) => void;
  /** One message on standard error. */
  readonly complain: (message: string) => void;
  /** Over the ipc channel, if there is one. */
  readonly send: ((message: unknown) => void) | undefined;
};

/** The real one. */
export const processHost = (): ServiceHost => ({
  on: (event, listener) => process.on(event, listener as (...values: unknown[]) => void),
  exit: (code) => process.exit(code),
  complain: (message) => process.stderr.write(`${message}\n`),
  send: process.send === undefined ? undefined : (message) => void process.send?.(message),
});

/** Tells the launcher, if there is one, that the service answers. */
export const announceListening = (
  ports: { readonly healthPort: number; readonly port?: number },
  host: Pick<ServiceHost, 'send'> = processHost(),
): void => {
  host.send?.({ type: 'listening', ...ports });
};
