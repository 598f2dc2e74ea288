import { isAppError } from '@latchkey/kernel';
import type { binance } from 'ccxt';
import { z } from 'zod';
import type { ListenKeys } from '../../../app/ports/exchange.js';
import type { SignedRequests } from '../signed-requests.js';
import { ExchangeError } from '../exchange-error.js';

const url = 'https://fapi.binance.com/fapi/v1/listenKey';
const obtained = z.object({ listenKey: z.string().min(1) });
/** There is none any more: it ran out, or was ended. */
const unknownKey = /"code":\s*-1125\b/;

/**
 * USDM's listenKeys: a header with the API key, and neither parameters nor a signature. A listenKey lets whoever has it read the account's
 * events, so it appears in no log and no error.
 */
export const usdmListenKeys = (open: binance, requests: Pick<SignedRequests, 'open'>): ListenKeys => {
  const ask = async (method: 'POST' | 'PUT', apiKey: string, address?: string): Promise<unknown> => {
    try {
      return await requests.open('stream.key', () => open.fetch(url, method, { 'X-MBX-APIKEY': apiKey }), address);
    } catch (error) {
      if (isAppError(error)) throw error;
      const isUnknown = error instanceof Error && unknownKey.test(error.message);
      throw new ExchangeError(
        isUnknown ? 'exchange.listen_key_unknown' : 'exchange.stream_unavailable',
        isUnknown ? 'the exchange knows no listenKey of this account any more' : `the exchange gave no listenKey (${method})`,
      );
    }
  };
  return {
    obtain: async (apiKey, address) => {
      const answer = obtained.safeParse(await ask('POST', apiKey, address));
      if (answer.success) return answer.data.listenKey;
      throw new ExchangeError('exchange.answer_unreadable', 'the exchange answered no listenKey');
    },
    renew: async (apiKey, address) => {
      try {
        await ask('PUT', apiKey, address);
        return true;
      } catch (error) {
        if (isAppError(error, 'exchange.listen_key_unknown')) return false;
        throw error;
      }
    },
  };
};
