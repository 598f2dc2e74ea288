import { createHmac } from 'node:crypto';
import { decimal, type UserId } from '@latchkey/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Exchange } from '../../../app/ports/exchange.js';
import { createPositionModes } from '../../../app/position-modes.js';
import { tapWire, type WireSeen } from '../testing/wire-tap.js';
import { drawFrom, interleave } from '../testing/interleave.js';
import { openBinanceUsdm } from './binance-usdm.js';
import { newOrder, signWith, simulatedVenue, type SimulatedVenue, type VenueAccount } from './testing/simulated-venue.js';

const count = 200;
const atOnce = 48;
const draw = drawFrom(20_261_122);

let tap: Awaited<ReturnType<typeof tapWire>>;
let venue: SimulatedVenue;
let usdm: Exchange;
beforeAll(async () => {
  venue = await simulatedVenue({
    timeoutMs: 20_000,
    through: async (url) => {
      tap = await tapWire(url);
      return tap.url;
    },
  });
  usdm = await venue.openMarket(openBinanceUsdm);
});
afterAll(async () => {
  await venue.close();
  await tap.close();
});

type Person = {
  readonly userId: UserId;
  readonly account: VenueAccount;
  readonly positionMode: 'one-way' | 'hedge';
  readonly withdraw: boolean;
};
type Authorized = { readonly apiKey: string; readonly payload: string };

const keyOf = ({ headers }: WireSeen): string => headers['x-mbx-apikey'] ?? '';
/** What was signed: the query of a read or the body of an order, without the signature at its end. */
const signedPartOf = ({ method, query, body }: WireSeen) => {
  const [payload = '', signature = ''] = (method === 'GET' ? query : body).split('&signature=');
  return { payload, signature };
};
const sorted = (texts: readonly string[]): readonly string[] => [...texts].sort();

describe('one client per market for everybody', () => {
  it(`mixes nothing of ${count} accounts, one-way and hedge, on spot and USDM, through every call`, async () => {
    const people = await Promise.all(
      Array.from({ length: count }, async (_, i): Promise<Person> => {
        const positionMode = i % 2 === 0 ? 'one-way' : 'hedge';
        const withdraw = i % 5 === 0;
        const account = await venue.openAccount({ positionMode, permissions: { withdraw } });
        return { userId: `person-${i}` as UserId, account, positionMode, withdraw };
      }),
    );
    const modes = createPositionModes();
    const authorized: Authorized[] = [];
    const ownerOf = new Map<string, Person>();
    const turnedAway: Person[] = [];

    /** A call of this account's: who signs sees only strings of this account's own order. */
    const callOf = (person: Person, mustContain: string) =>
      venue.callBy(person.account, {
        authorize: async (payload) => {
          expect(payload).toContain(mustContain);
          authorized.push({ apiKey: person.account.apiKey, payload });
          for (let turns = draw(4); turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
          return signWith(person.account)(payload);
        },
      });

    const trading = (person: Person, exchange: Exchange, own: string, side: 'buy' | 'sell'): readonly (() => Promise<void>)[] => {
      const amount = decimal(own);
      const { marketType } = exchange;
      const owner = { userId: person.userId, exchange: 'binance', environment: 'live', marketType } as const;
      const { quoteAmount: _, ...draft } = newOrder({ amount, side });
      const { symbol, clientOrderId } = draft;
      ownerOf.set(clientOrderId, person);
      let orderId = '';
      const submit = async (): Promise<void> => {
        const positionSide = marketType === 'linear' ? modes.sideOf(owner, { side, closes: false }) : undefined;
        const answer = await exchange.submit({ ...draft, ...(positionSide && { positionSide }) }, callOf(person, clientOrderId));
        if (answer.outcome === 'turned_away') {
          expect(answer).toMatchObject({ positionMode: 'hedge' });
          turnedAway.push(person);
          modes.learn(owner, 'hedge');
          return submit();
        }
        expect(answer).toMatchObject({ outcome: 'placed', order: { amount } });
        if (answer.outcome === 'placed') orderId = answer.order.orderId;
      };
      const lookup = async (): Promise<void> => {
        expect(await exchange.lookup({ symbol, clientOrderId }, callOf(person, clientOrderId))).toMatchObject({
          outcome: 'found',
          order: { orderId, amount, filled: amount },
        });
      };
      const fills = async (): Promise<void> => {
        expect(await exchange.fills({ symbol, orderId }, callOf(person, orderId))).toMatchObject([{ orderId, amount }]);
      };
      const lookForNothing = async (): Promise<void> => {
        const never = newOrder();
        ownerOf.set(never.clientOrderId, person);
        expect((await exchange.lookup(never, callOf(person, never.clientOrderId))).outcome).toBe('absent');
      };
      return [lookForNothing, submit, lookup, fills];
    };

    const verifying = (person: Person): readonly (() => Promise<void>)[] => {
      const verify = async (): Promise<void> => {
        expect(await venue.exchange.verifyKey(callOf(person, 'timestamp='))).toMatchObject({
          outcome: 'reported',
          permissions: { canWithdraw: person.withdraw },
        });
      };
      return [verify, verify];
    };

    const before = tap.seen.length;
    // Each account orders its own quantity, so that an answer of somebody else's shows.
    await interleave(
      people.flatMap((person, i) => [
        trading(person, venue.exchange, `0.0${1_000 + i}`, 'buy'),
        trading(person, usdm, `0.${100 + i}`, i % 4 < 2 ? 'buy' : 'sell'),
        verifying(person),
      ]),
      draw,
      atOnce,
    );

    const sent = tap.seen.slice(before).filter((one) => keyOf(one) !== '');
    const secrets = new Map(people.map(({ account }) => [account.apiKey, account.apiSecret]));
    for (const one of sent) {
      const { payload, signature } = signedPartOf(one);
      const secret = secrets.get(keyOf(one)) ?? '';
      expect(signature).toBe(createHmac('sha256', secret).update(payload).digest('hex'));
      const [, clientOrderId] = /(?:newC|origC)lientOrderId=([0-9a-z-]+)/.exec(payload) ?? [];
      if (clientOrderId) expect(ownerOf.get(clientOrderId)?.account.apiKey).toBe(keyOf(one));
    }
    // What left is what was authorized, each string once and under the key of the account whose call it was; nothing else was asked.
    expect(sorted(sent.map((one) => `${keyOf(one)} ${signedPartOf(one).payload}`))).toEqual(
      sorted(authorized.map(({ apiKey, payload }) => `${apiKey} ${payload}`)),
    );
    // Calls of one account on spot, on USDM (twice where its mode had to be learnt) and to the permission check.
    const hedged = people.filter(({ positionMode }) => positionMode === 'hedge');
    expect(sent).toHaveLength(count * (4 + 4 + 2) + hedged.length);
    expect(sorted(turnedAway.map(({ userId }) => userId))).toEqual(sorted(hedged.map(({ userId }) => userId)));
    const named = sent.filter((one) => /positionSide=(?:LONG|SHORT)/.test(signedPartOf(one).payload));
    expect(sorted(named.map(keyOf))).toEqual(sorted(hedged.map(({ account }) => account.apiKey)));
    const book = await venue.book();
    expect(book).toHaveLength(2 * count);
    for (const order of book) expect(ownerOf.get(order.clientOrderId)?.account.apiKey).toBe(order.apiKey);
  }, 120_000);
});
