/** One way out to the venues. */
export type EgressRoute = {
  /** The public address that venues see and users allow-list; limits are kept by it. */
  readonly address: string;
  /** The address of this machine that connections begin at; the system chooses without it. */
  readonly local?: string;
  /** An HTTP proxy that connections are tunnelled through. */
  readonly proxy?: string;
};

/** Nothing is configured: the system chooses, and all executors are taken to leave from the same address. */
export const systemRoute: EgressRoute = { address: 'system' };
