import { orderPathOf, type Market } from './markets.js';

/** What a venue does to one user's next order, and what must come of it. */
export type FaultCase = {
  readonly name: string;
  readonly market: Market;
  /** What the account has of its own. */
  readonly account?: Readonly<Record<string, unknown>>;
  readonly faults: readonly Readonly<Record<string, unknown>>[];
  readonly expected: {
    /** Where nothing proves for good that an order is absent, it is not sent again. */
    readonly status: 'filled' | 'expired';
    readonly reason?: string;
    /** The executor cannot know at first; left out where it depends on how long it waits. */
    readonly unknown?: true;
  };
};

/** The venue says that it does not know: by documented codes that may follow an order that was taken as well as one that was not. */
const codesOfUnknown = { binance: [-1000, -1006, -1007], bybit: [10000, 10016, 170007] } as const;

const filled = { status: 'filled', unknown: true } as const;

/** USDM checks the window no second time and lets a used id be used again: what was not found there may still come. */
const resends = ({ exchange, marketType }: Market): boolean => exchange === 'bybit' || marketType === 'spot';

/** The signal was too old before the venue's word was proven wrong; or, on USDM, it is never proven at all. */
const expiredAt = (market: Market): FaultCase['expected'] =>
  resends(market) ? { status: 'expired', unknown: true } : { status: 'expired', reason: 'unproven', unknown: true };

/** Every way in which the order of this market can go wrong without a word, or with a misleading one. */
export const faultCasesOf = (market: Market): readonly FaultCase[] => {
  const { exchange } = market;
  const order = { exchange, path: orderPathOf(market), method: 'POST' };
  const one = (name: string, fault: object, expected: FaultCase['expected'] = filled): FaultCase => ({
    name,
    market,
    faults: [{ ...order, ...fault }],
    expected,
  });
  // It is not asked how an account holds its positions: the venue's refusal tells, and the order is sent again in the other form.
  const hedged: FaultCase = {
    name: 'an account that holds long and short side by side',
    market,
    account: { positionMode: 'hedge' },
    faults: [],
    expected: { status: 'filled' },
  };
  return [
    ...(market.marketType === 'linear' ? [hedged] : []),
    one('accept-then-drop', { kind: 'accept-then-drop' }),
    one('accept-late by 6 s', { kind: 'accept-late', params: { ms: 6_000 } }),
    {
      ...one('hide-order for 6 s after a cut connection', { kind: 'accept-then-drop' }),
      faults: [
        { ...order, kind: 'accept-then-drop' },
        { exchange, kind: 'hide-order', params: { ms: 6_000 } },
      ],
    },
    one('stall-body', { kind: 'stall-body' }),
    one('garbage', { kind: 'garbage' }),
    one('a 502 after the order was taken', { kind: 'accept-then-status', params: { status: 502 } }),
    one('an answer that takes 3 s', { kind: 'delay', params: { ms: 3_000 } }, { status: 'filled' }),
    // The connection was cut: proven absent within the signal's age, where absence can be proven.
    one('drop before the order was taken', { kind: 'drop' }, resends(market) ? filled : expiredAt(market)),
    one('a 502 before the order was taken', { kind: 'status', params: { status: 502 } }, expiredAt(market)),
    ...codesOfUnknown[exchange].flatMap((code) => [
      one(`${code} after the order was taken`, { kind: 'accept-then-error', params: { code } }),
      one(`${code} before the order was taken`, { kind: 'venue-error', params: { code } }, expiredAt(market)),
    ]),
  ];
};
