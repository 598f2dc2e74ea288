import { createHmac } from 'node:crypto';
import { decimal, type Decimal, type UserId } from '@latchkey/kernel';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Exchange } from '../../../app/ports/exchange.js';
import { createPositionModes } from '../../../app/position-modes.js';
import { drawFrom, interleave } from '../testing/interleave.js';
import { newDraft, signWith, simulatedBybit, type BybitAccount, type SimulatedBybit } from './testing/simulated-bybit.js';
import type { WireSeen } from '../testing/wire-tap.js';

let venue: SimulatedBybit;
beforeAll(async () => {
  venue = await simulatedBybit({ timeoutMs: 20_000 });
});
afterAll(() => venue.close());

const count = 200;
const atOnce = 48;

const random = drawFrom(20_261_122);

type Kind = {
  readonly accountType: 'unified' | 'classic';
  readonly positionMode: 'one-way' | 'hedge';
  readonly withdraw: boolean;
};
type Person = Kind & { readonly userId: UserId; readonly account: BybitAccount };

const kindOf = (i: number): Kind => ({
  accountType: i % 2 === 0 ? 'unified' : 'classic',
  positionMode: Math.floor(i / 2) % 2 === 0 ? 'one-way' : 'hedge',
  withdraw: i % 5 === 0,
});

type Authorized = { readonly apiKey: string; readonly payload: string };

const payloadOf = ({ method, query, body, headers }: WireSeen): string =>
  `${headers['x-bapi-timestamp']}{apiKey}${headers['x-bapi-recv-window']}${method === 'GET' ? query : body}`;

const sorted = (texts: readonly string[]): readonly string[] => [...texts].sort();

describe('one client for everybody', () => {
  it(`mixes nothing of ${count} accounts, unified and classic, one-way and hedge, through every call`, async () => {
    const people = await Promise.all(
      Array.from({ length: count }, async (_, i): Promise<Person> => {
        const { withdraw, ...kind } = kindOf(i);
        const account = await venue.openAccount({ ...kind, permissions: { withdraw } });
        return { ...kind, withdraw, userId: `person-${i}` as UserId, account };
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
          for (let turns = random(4); turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
          return signWith(person.account)(payload);
        },
      });

    const trading = (person: Person, exchange: Exchange, amount: Decimal): readonly (() => Promise<void>)[] => {
      const { userId } = person;
      const marketType = exchange.marketType;
      const owner = { userId, exchange: 'bybit', environment: 'live', marketType } as const;
      const draft = newDraft({ amount });
      const { symbol, clientOrderId } = draft;
      ownerOf.set(clientOrderId, person);
      let orderId = '';
      const submit = async (): Promise<void> => {
        const positionSide = marketType === 'linear' ? modes.sideOf(owner, { side: 'buy', closes: false }) : undefined;
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
        const never = newDraft();
        ownerOf.set(never.clientOrderId, person);
        const call = callOf(person, never.clientOrderId);
        expect((await exchange.lookup(never, call)).outcome).toBe('absent');
      };
      return [lookForNothing, submit, lookup, fills];
    };

    const verifying = (person: Person): readonly (() => Promise<void>)[] => {
      const verify = async (): Promise<void> => {
        const told = await venue.spot.verifyKey(callOf(person, '{apiKey}'));
        const { withdraw, accountType } = person;
        expect(told).toMatchObject({ outcome: 'reported', permissions: { canWithdraw: withdraw } });
        const granted = told.outcome === 'reported' ? told.granted : [];
        expect(granted.includes('Derivatives:DerivativesTrade')).toBe(accountType === 'unified');
      };
      return [verify, verify];
    };

    const before = venue.seen.length;
    // Each account orders its own quantity, so that an answer of somebody else's shows.
    await interleave(
      people.flatMap((person, i) => [
        trading(person, venue.spot, decimal(`0.00${1_000 + i}`)),
        trading(person, venue.linear, decimal(`0.${100 + i}`)),
        verifying(person),
      ]),
      random,
      atOnce,
    );

    const sent = venue.seen.slice(before).filter(({ headers }) => headers['x-bapi-api-key'] !== undefined);
    const secrets = new Map(people.map(({ account }) => [account.apiKey, account.apiSecret]));
    for (const one of sent) {
      const apiKey = one.headers['x-bapi-api-key'] ?? '';
      const string = payloadOf(one).replace('{apiKey}', apiKey);
      const expected = createHmac('sha256', secrets.get(apiKey) ?? '')
        .update(string)
        .digest('hex');
      expect(one.headers['x-bapi-sign']).toBe(expected);
      const [, clientOrderId] = /orderLinkId(?:=|":")([0-9a-z-]+)/.exec(string) ?? [];
      if (clientOrderId) expect(ownerOf.get(clientOrderId)?.account.apiKey).toBe(apiKey);
    }
    // What left is what was authorized, each string once and under the key of the account whose call it was; nothing else was asked.
    const withKey = ({ apiKey, payload }: Authorized): string => `${apiKey} ${payload}`;
    expect(sorted(sent.map((one) => withKey({ apiKey: one.headers['x-bapi-api-key'] ?? '', payload: payloadOf(one) })))).toEqual(
      sorted(authorized.map(withKey)),
    );
    const hedged = people.filter(({ positionMode }) => positionMode === 'hedge');
    expect(sorted(turnedAway.map(({ userId }) => userId))).toEqual(sorted(hedged.map(({ userId }) => userId)));
    const sides = sent.flatMap(({ headers, body }) =>
      body.includes('"positionIdx":1') ? [headers['x-bapi-api-key'] ?? ''] : [],
    );
    expect(sorted(sides)).toEqual(sorted(hedged.map(({ account }) => account.apiKey)));
    const book = await venue.book();
    expect(book).toHaveLength(2 * count);
    for (const order of book) expect(ownerOf.get(order.clientOrderId)?.account.apiKey).toBe(order.apiKey);
  }, 120_000);
});
