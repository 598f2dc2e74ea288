import { isIP } from 'node:net';

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

/** What {@link readRoutes} says of text that names no ways out. */
export const routesForm =
  'must be pairs like 203.0.113.7=10.0.0.5 (public address, address of this machine) or 203.0.113.8=http://proxy:3128 (and an HTTP proxy), separated by commas, each public address once';

const routeOf = (pair: string): EgressRoute | undefined => {
  const [, address = '', way = ''] = /^([^=]+)=(.+)$/.exec(pair) ?? [];
  if (isIP(address) === 0) return undefined;
  if (isIP(way) !== 0) return { address, local: way };
  return URL.canParse(way) && new URL(way).protocol === 'http:' ? { address, proxy: way } : undefined;
};

/** @returns undefined when the text has another form; none for empty text */
export const readRoutes = (text: string): readonly EgressRoute[] | undefined => {
  const pairs = text.split(',').flatMap((pair) => pair.trim() || []);
  const routes = pairs.flatMap((pair) => routeOf(pair) ?? []);
  const isOnce = new Set(routes.map(({ address }) => address)).size === routes.length;
  return routes.length === pairs.length && isOnce ? routes : undefined;
};

const sharedBy = '+';

/** The ways out as configured; without any the system's, which is named by the addresses that it is known to leave from. */
export const routesOf = (routes: readonly EgressRoute[], addresses: readonly string[]): readonly EgressRoute[] => {
  if (routes.length > 0) return routes;
  return addresses.length > 0 ? [{ address: addresses.join(sharedBy) }] : [systemRoute];
};

/** What users allow-list: the public addresses behind the names of ways out. */
export const publicAddresses = (names: readonly string[]): readonly string[] =>
  [...new Set(names.flatMap((name) => name.split(sharedBy)))].filter((one) => isIP(one) !== 0).toSorted();
