import type { User } from '../people.js';
import type { Stack } from '../stack.js';
import { openAccount, savePath, type Environment, type Posted } from './sealed-posts.js';
import { lengths, type Secrets } from './secrets.js';

/** Nine secrets of one person, posted in clear as the guide has it: two that are good, and what must be refused. */
export const postPlain = async (
  { stack, secrets }: { readonly stack: Stack; readonly secrets: Secrets },
  user: User,
  environment: Environment,
): Promise<readonly Posted[]> => {
  const { exchange } = user.market;
  const path = `/api/user-api-keys/${exchange}`;
  const posted: Posted[] = [];
  const save = async (what: string, body: Readonly<Record<string, unknown>>, ...statuses: readonly number[]) => {
    posted.push({ what, statuses, answer: await user.api('POST', path, { ...body, environment }) });
  };
  const key = () => secrets.key(exchange);
  const length = lengths[exchange].apiSecret;

  await save('too short', { apiKey: key(), apiSecret: secrets.secret('plain, too short', 15) }, 422);
  await save('too long', { apiKey: key(), apiSecret: secrets.secret('plain, too long', 65) }, 422);
  await save('a pass phrase', { apiKey: key(), apiSecret: secrets.phrase('plain, a pass phrase') }, 422);
  const twice = secrets.secret('plain, also as the key', length);
  await save('twice the same', { apiKey: twice, apiSecret: twice }, 422);
  const pem = secrets.longPem('plain, PEM as the key');
  await save(
    'a PEM key as the API key',
    { apiKey: pem.slice(0, 256), apiSecret: secrets.secret('plain, beside PEM', length) },
    422,
  );
  await save('a PEM key', { apiKey: key(), apiSecret: secrets.pem('plain, Ed25519') }, 200, 422);
  if (exchange === 'bybit')
    await save(
      'swapped',
      { apiKey: secrets.secret('plain, swapped', 36), apiSecret: secrets.secret('plain, swapped key', 18) },
      422,
    );

  for (const kind of ['good', 'replacing']) {
    const good = secrets.pair(`plain, ${kind}`, exchange);
    await openAccount(stack, good, environment);
    posted.push({
      what: kind,
      statuses: [200],
      answer: await user.api('POST', savePath(good), { apiKey: good.apiKey, apiSecret: good.apiSecret, environment }),
    });
    const verified = await user.api('POST', `${path}/verify?environment=${environment}`);
    posted.push({ what: 'verify', statuses: [200], answer: verified });
  }
  if (environment === 'testnet')
    posted.push({ what: 'delete', statuses: [200], answer: await user.api('DELETE', `${path}?environment=testnet`) });
  return posted;
};
