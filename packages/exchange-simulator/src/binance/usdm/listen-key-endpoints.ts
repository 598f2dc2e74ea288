import type { Account } from '../../core/accounts.js';
import { json, type KeyEndpoint } from '../endpoint.js';
import { refuse } from '../refusal.js';
import type { UsdmParts } from './usdm-parts.js';

const path = '/fapi/v1/listenKey';
const about = { path, security: 'key', weight: 1, changesBook: true, setting: true } as const;

/** `POST`, `PUT` and `DELETE /fapi/v1/listenKey`: by the key header alone, without parameters. */
export const listenKeyEndpoints = ({ listenKeys }: UsdmParts): readonly KeyEndpoint[] => {
  const assertLive = ({ apiKey }: Account): void => {
    if (listenKeys.keyOf(apiKey) === undefined) throw refuse.listenKey();
  };
  return [
    {
      ...about,
      method: 'POST',
      answer: ({ account, commit }) => commit(() => json({ listenKey: listenKeys.obtain(account.apiKey) })),
    },
    {
      ...about,
      method: 'PUT',
      answer: ({ account, commit }) => {
        assertLive(account);
        return commit(() => {
          if (!listenKeys.extend(account.apiKey)) throw refuse.listenKey();
          return json({ listenKey: listenKeys.keyOf(account.apiKey) });
        });
      },
    },
    {
      ...about,
      method: 'DELETE',
      answer: ({ account, commit }) => {
        assertLive(account);
        return commit(() => {
          if (!listenKeys.end(account.apiKey)) throw refuse.listenKey();
          return json({});
        });
      },
    },
  ];
};
