import { tradeIdOf } from '@latchkey/kernel';
import { isSettled } from '../../domain/trade/state.js';
import { judgeBook } from './judge-book.js';
import { judgeCalm, judgePositions } from './judge-positions.js';
import type { Played } from './played.js';
import { startMs } from './scene.js';
import type { SceneAccount, SceneSignal } from './scene-parts.js';

/** How far a process may be wrong about the venue's clock: it believes the middle of a question that took up to a second. */
const clockErrorMs = 1_000;

const idOf = ({ signalId }: SceneSignal, actionIndex: number, { userId, exchange }: SceneAccount) =>
  tradeIdOf({ signalId, actionIndex, userId, exchange, environment: 'live' });

/** For each action of each accepted signal and each follower whose setting was in force: one trade, that ended and says why. */
const judgeOutcomes = ({ scene, store }: Played): readonly string[] => {
  const rows = new Map<string, ReturnType<typeof store.rows>[number]>(store.rows().map((row) => [row.request.tradeId, row]));
  const expected = scene.signals.flatMap((signal) =>
    scene.accounts
      .filter(({ strategyId, followsFromMs }) => strategyId === signal.strategyId && followsFromMs <= signal.atMs)
      .flatMap((account) =>
        signal.actions.map(({ implied = false }, index) => ({ signal, account, implied, tradeId: idOf(signal, index, account) })),
      ),
  );
  const findings = expected.flatMap(({ signal, account, implied, tradeId }): readonly string[] => {
    const row = rows.get(tradeId);
    // Who had nothing on that side then has no trade for it; whether that was so, the positions show.
    if (!row && implied) return [];
    if (!row) return [`lost: signal ${signal.id} has no trade for ${account.userId}`];
    const { trade, request } = row;
    if (!isSettled(trade)) return [`stuck: ${request.clientOrderId} is still ${trade.status}`];
    const explained = trade.status === 'closed' || ('reason' in trade && trade.reason !== '');
    return explained ? [] : [`unexplained: ${request.clientOrderId} ended ${trade.status}`];
  });
  const known = new Set<string>(expected.map(({ tradeId }) => tradeId));
  const extra = [...rows.keys()].filter((id) => !known.has(id));
  return [...findings, ...extra.map((id) => `uncalled: trade ${id} belongs to no signal and follower`)];
};

/** Bytes leave only under a committed attempt, with its own time, once, and within its window. */
const judgeSent = ({ store, sent }: Played): readonly string[] => {
  const attempts = new Map<string, readonly number[]>();
  for (const { request } of store.rows()) {
    for (const { type, data } of store.eventsOf(request.tradeId)) {
      if (type !== 'OrderSubmitted') continue;
      const { clientOrderId, timestamp } = data;
      attempts.set(clientOrderId, [...(attempts.get(clientOrderId) ?? []), timestamp]);
    }
  }
  const used = new Set<string>();
  return sent.flatMap(({ clientOrderId, timestamp, recvWindow, venueAtMs, executor }): readonly string[] => {
    const what = `${clientOrderId} (timestamp ${timestamp - startMs}, ${executor})`;
    const known = attempts.get(clientOrderId);
    if (!known) return [`stranger: ${what} was sent, and no attempt is recorded for it`];
    if (!known.includes(timestamp)) return [`re-stamped: ${what} was sent with a time that no recorded attempt has`];
    const lateMs = venueAtMs - timestamp - recvWindow;
    if (lateMs > clockErrorMs) return [`late: ${what} was sent ${lateMs} ms after its window`];
    const key = `${clientOrderId}/${timestamp}`;
    if (used.has(key)) return [`resent: ${what} was sent twice`];
    used.add(key);
    return [];
  });
};

/** An independent opinion of a run: everything about it that must not be, in words. */
export const judge = (played: Played): readonly string[] => [
  ...(played.quiet ? [] : ['stuck: trades were still open when everything had been well for a quarter of an hour']),
  ...judgeOutcomes(played),
  ...judgeBook(played),
  ...judgeSent(played),
  ...judgePositions(played),
  ...judgeCalm(played),
];
