import type { RpcReply } from '@latchkey/contracts';

export type DeadLetterCounts = RpcReply<'qry.audit.dead-letters'>['consumers'];
export type Work = RpcReply<'qry.trade-executor.work'>;

/** What was learnt of one service; `away`: nobody answered for it. */
export type Answered<T> = T | 'away';

export type Standing = {
  readonly deadLetters: Readonly<Record<string, Answered<DeadLetterCounts>>>;
  readonly work: Answered<Work>;
};

/** Something that does not pass by itself, and what to do about it. */
export type Attention = { readonly code: string; readonly message: string; readonly todo: string };

const plural = (count: number, one: string, more = `${one}s`): string => `${count} ${count === 1 ? one : more}`;

const ofDeadLetters = ([service, counts]: [string, Answered<DeadLetterCounts>]): readonly Attention[] =>
  counts === 'away'
    ? [
        {
          code: 'service.away',
          message: `${service} does not answer, so nothing is known of its dead letters`,
          todo: `see its log: latchkey logs ${service}`,
        },
      ]
    : counts.map(({ consumer, count, oldest }) => ({
        code: 'events.dead',
        message: `${service} could not handle ${plural(count, 'event')} (${consumer}), the oldest since ${oldest.parkedAt}: ${oldest.reason}`,
        todo: 'mend the cause, then: latchkey events replay --all; latchkey events dead lists them',
      }));

const waitsIn = {
  closing: 'closing',
  service: 'of the venue’s clock, markets and prices',
  lookup: 'look-ups',
  other: 'others',
} as const;

const ofLimits = (limits: Work['limits']): readonly Attention[] =>
  limits.map(({ host, environment, address, waiting, oldestSince, blockedUntil }) => {
    const kinds = Object.entries(waitsIn).flatMap(([kind, name]) => {
      const count = waiting[kind as keyof typeof waitsIn];
      return count > 0 ? [`${count} ${name}`] : [];
    });
    const total = Object.values(waiting).reduce((sum, count) => sum + count, 0);
    const waits = `${plural(total, 'request waits', 'requests wait')} for the limits of ${host} ${environment} at our address ${address}`;
    return {
      code: 'limiter.waiting',
      message: [
        kinds.length > 0 ? `${waits} (${kinds.join(', ')})` : waits,
        ...(oldestSince === null ? [] : [`the oldest since ${oldestSince}`]),
        ...(blockedUntil === null ? [] : [`the venue wants quiet until ${blockedUntil}`]),
      ].join('; '),
      todo: 'what cannot make its age ends by itself; if it comes often, give the executors more egress addresses',
    };
  });

const ofWork = (work: Answered<Work>): readonly Attention[] => {
  if (work === 'away') {
    return [
      {
        code: 'executor.away',
        message: 'no trade executor answers: no partition is worked on as far as anybody knows, and nothing is traded',
        todo: 'see its log: latchkey logs trade-executor; trades go on from where they stand when it is back',
      },
    ];
  }
  const { partitions, stuck, drifts, venues, limits } = work;
  const unowned = partitions.unowned.length;
  return [
    ...(unowned > 0
      ? [
          {
            code: 'partitions.unowned',
            message: `${unowned} of ${plural(partitions.count, 'partition')} have no owner: ${partitions.unowned.join(', ')}`,
            todo: 'an executor takes them within seconds; if they stay, start another one, and see: latchkey logs trade-executor',
          },
        ]
      : []),
    ...stuck.trades.map(({ tradeId, status, since, exchange, symbol, message }) => ({
      code: 'trade.stuck',
      message: `trade ${tradeId} (${exchange} ${symbol}) is ${status} since ${since}`,
      todo: message,
    })),
    ...(stuck.count > stuck.trades.length
      ? [
          {
            code: 'trade.stuck',
            message: `and ${plural(stuck.count - stuck.trades.length, 'more trade')} like these`,
            todo: 'the oldest are listed; each is on the record as TradeStuck',
          },
        ]
      : []),
    ...(drifts.count > 0
      ? [
          {
            code: 'position.drift',
            message: `${plural(drifts.count, 'account')} ${drifts.count === 1 ? 'holds' : 'hold'} something else than the record says, since ${drifts.oldest[0]?.detectedAt} (${drifts.oldest[0]?.exchange} ${drifts.oldest[0]?.instrument})`,
            todo: 'traded by hand, liquidated, or not ours: nothing is traded for it; its owner sees it in GET /api/positions and decides',
          },
        ]
      : []),
    ...venues.flatMap(({ exchange, environment, marketType, clockOffsetMs, markets, pausedUntil }): readonly Attention[] => {
      const venue = `${exchange} ${environment} ${marketType}`;
      return [
        ...(clockOffsetMs === null
          ? [
              {
                code: 'venue.clock_unknown',
                message: `${venue} does not tell its time, or disagrees with ours by more than 2 s; nothing is traded there`,
                todo: "check this machine's clock and whether the venue can be reached from it",
              },
            ]
          : []),
        ...(markets === 'loading'
          ? [
              {
                code: 'venue.markets_unknown',
                message: `${venue} has not told its markets yet; nothing is traded there`,
                todo: 'it is asked until it answers; check whether the venue can be reached',
              },
            ]
          : []),
        ...(pausedUntil !== null
          ? [
              {
                code: 'venue.paused',
                message: `${venue} wants no requests from us until ${pausedUntil}; trades wait`,
                todo: 'it passes by itself; if it comes often, give the executors more egress addresses',
              },
            ]
          : []),
      ];
    }),
    ...ofLimits(limits),
  ];
};

/** Everything that an operator should look at, in the order in which it stops trading. */
export const attentionOf = ({ work, deadLetters }: Standing): readonly Attention[] => [
  ...ofWork(work),
  ...Object.entries(deadLetters).flatMap(ofDeadLetters),
];

/** The same for people. */
export const attentionText = (attention: readonly Attention[]): string =>
  attention.length === 0
    ? 'nothing needs attention'
    : ['needs attention:', ...attention.map(({ message, todo }) => `  ${message}\n    ${todo}`)].join('\n');

/** What goes on, in a line. */
export const workText = (work: Answered<Work>): string =>
  work === 'away'
    ? 'executors: none answers'
    : `executors: ${work.executors.map(({ name, partitions }) => `${name.split('/')[0]} (${plural(partitions, 'partition')})`).join(', ') || 'none'}; open trades: ${work.openTrades}`;
