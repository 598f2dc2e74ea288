import { randomUUID } from 'node:crypto';
import { CompactEncrypt, importJWK, type JWK } from 'jose';
import { control, http, type Answer, type User } from '../people.js';
import type { Stack } from '../stack.js';
import type { Pair, Secrets } from './secrets.js';

export type Environment = 'live' | 'testnet';
/** A post with what may come of it. */
export type Posted = { readonly what: string; readonly statuses: readonly number[]; readonly answer: Answer };

export const savePath = ({ exchange }: Pair): string => `/api/user-api-keys/${exchange}`;

/** The account that a key pair opens. */
export const openAccount = async (
  stack: Stack,
  { exchange, apiKey, apiSecret }: Pair,
  environment: Environment,
): Promise<void> => {
  const { status, text } = await control(stack, 'POST', '/accounts', { exchange, apiKey, apiSecret, environment });
  if (status >= 300) throw new TypeError(`account: ${status} ${text}`);
};

/** As the dashboard seals: in the browser, to the key that the vault has published. */
export const sealerFor = async (stack: Stack) => {
  const { body } = await http(`${stack.description().gateway.url}/api/user-api-keys/sealing-key`);
  const jwk = body['jwk'] as JWK & { readonly kid: string };
  const recipient = await importJWK(jwk, 'ECDH-ES');
  return (user: User, pair: Pair, environment: Environment, over: Readonly<Record<string, unknown>> = {}): Promise<string> =>
    new CompactEncrypt(Buffer.from(pair.apiSecret))
      .setProtectedHeader({
        alg: 'ECDH-ES',
        enc: 'A256GCM',
        kid: jwk.kid,
        typ: 'latchkey-secret',
        sub: user.id,
        exchange: pair.exchange,
        environment,
        apiKey: pair.apiKey,
        iat: Math.floor(Date.now() / 1_000),
        jti: randomUUID(),
        ...over,
      })
      .encrypt(recipient);
};
export type Seal = Awaited<ReturnType<typeof sealerFor>>;

const flipped = (jwe: string): string => {
  const parts = jwe.split('.');
  const [cipher = ''] = parts.splice(3, 1);
  parts.splice(3, 0, `${cipher.startsWith('A') ? 'B' : 'A'}${cipher.slice(1)}`);
  return parts.join('.');
};

type Sealing = { readonly stack: Stack; readonly secrets: Secrets; readonly seal: Seal };

/** Nine secrets of one person, sealed before they leave the client: two that are good, and what must be refused. */
export const postSealed = async (
  { stack, secrets, seal }: Sealing,
  user: User,
  environment: Environment,
): Promise<readonly Posted[]> => {
  const { exchange } = user.market;
  const pair = (kind: string) => secrets.pair(`sealed, ${kind}`, exchange);
  const posted: Posted[] = [];
  const save = async (what: string, of: Pair, sealedSecret: string, ...statuses: readonly number[]) => {
    const answer = await user.api('POST', savePath(of), { apiKey: of.apiKey, sealedSecret, environment });
    posted.push({ what, statuses, answer });
  };
  const verify = async () => {
    const answer = await user.api('POST', `/api/user-api-keys/${exchange}/verify?environment=${environment}`);
    posted.push({ what: 'verify', statuses: [200], answer });
  };

  const refused = async (what: string, over: Readonly<Record<string, unknown>>, status: number) => {
    const of = pair(what);
    await save(what, of, await seal(user, of, environment, over), status);
  };
  await refused('for another user', { sub: 'somebody-else' }, 422);
  await refused('for another exchange', { exchange: exchange === 'bybit' ? 'binance' : 'bybit' }, 422);
  await refused('too old', { iat: Math.floor(Date.now() / 1_000) - 11 * 60 }, 422);
  await refused('to a key that never was', { kid: 'another' }, 422);
  const altered = pair('altered');
  await save('altered', altered, flipped(await seal(user, altered, environment)), 422);
  const short = { exchange, apiKey: secrets.key(exchange), apiSecret: secrets.secret('sealed, too short', 15) };
  await save('too short', short, await seal(user, short, environment), 422);
  // Whether the vault takes such keys is its own matter; here it counts where they may be read.
  const pem = { exchange, apiKey: secrets.key(exchange), apiSecret: secrets.pem('sealed, Ed25519') };
  await save('a PEM key', pem, await seal(user, pem, environment), 200, 422);

  for (const kind of ['good', 'replacing']) {
    const good = pair(kind);
    await openAccount(stack, good, environment);
    const envelope = await seal(user, good, environment);
    await save(kind, good, envelope, 200);
    await save('once more', good, envelope, 409);
    await verify();
  }
  return posted;
};
