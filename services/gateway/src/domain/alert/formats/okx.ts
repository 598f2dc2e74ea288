import { read, refuse, type Read } from '../refusal.js';
import { warnAbout } from '../vocabulary.js';
import { lagOf, notNeeded, textOf, type InOwnFormat, type Members } from './own-format.js';
import { actionOf } from './position-change.js';

const known = [
  'id',
  'action',
  'marketPosition',
  'prevMarketPosition',
  'marketPositionSize',
  'prevMarketPositionSize',
  'instrument',
  'signalToken',
  'timestamp',
  'maxLag',
  'investmentType',
  'amount',
  'orderType',
  'orderPriceOffset',
];
const names = {
  ticker: 'instrument',
  action: 'action',
  quantity: 'amount',
  orderType: 'orderType',
  orderId: 'id',
  time: 'timestamp',
} as const;
const positionNames = { action: 'action', position: 'marketPosition', previous: 'prevMarketPosition' } as const;
/** OKX's own: from 1 s to an hour, a minute if the alert does not say. */
const lags = { most: 3_600, default: 60 } as const;
/** The words of the universal form, which tells no position. */
const entries: Readonly<Record<string, 'buy' | 'sell'>> = { ENTER_LONG: 'buy', ENTER_SHORT: 'sell' };

export const isOkx = (alert: Members): boolean => Object.hasOwn(alert, 'instrument') || Object.hasOwn(alert, 'signalToken');

const actionIn = (alert: Members): Read<'buy' | 'sell' | 'exit'> => {
  const word = textOf(alert['action'])?.trim().toUpperCase();
  const entry = word === undefined ? undefined : entries[word];
  if (entry) return read(entry);
  if (word === 'EXIT_LONG' || word === 'EXIT_SHORT')
    return refuse(
      'not_supported',
      'this "action" ends one side only, which is not supported yet; use the strategy form, whose "marketPosition" says that it is flat',
      'action',
    );
  return actionOf(
    {
      action: textOf(alert['action']),
      position: textOf(alert['marketPosition']),
      previous: textOf(alert['prevMarketPosition']),
    },
    positionNames,
  );
};

/** An exit closes all that a following owns, so that it needs no amount; all of the position is the same. */
const isWhole = (kind: string, alert: Members): boolean =>
  kind === 'percentage_position' && /^100(?:\.0+)?$/.test(textOf(alert['amount'])?.trim() ?? '');

/**
 * The message of an OKX signal bot, in its strategy form or its universal one.
 *
 * @see alert-facts.md 2, "OKX"
 */
export const fromOkx = (alert: Members): Read<InOwnFormat> => {
  const action = actionIn(alert);
  if (!action.ok) return action;
  const kind = textOf(alert['investmentType'])?.trim().toLowerCase();
  const isAmount = kind === undefined || kind === 'base';
  if (!isAmount && !(action.value === 'exit' && isWhole(kind, alert)))
    return refuse(
      'not_supported',
      'only "base" is supported as "investmentType" (and "percentage_position" of 100 to exit); leave it and "amount" out and let followers set their size',
      'investmentType',
    );
  const lag = textOf(alert['maxLag']);
  const maxLagSeconds = lag === undefined ? lags.default : lagOf(lag, lags.most);
  if (maxLagSeconds === undefined)
    return refuse('alert.field_invalid', `"maxLag" must be whole seconds from 1 to ${lags.most}`, 'maxLag');
  return read({
    fields: {
      ticker: alert['instrument'] ?? null,
      action: action.value,
      quantity: action.value === 'exit' ? null : (alert['amount'] ?? null),
      orderType: alert['orderType'] ?? null,
      orderId: alert['id'] ?? null,
      time: alert['timestamp'] ?? null,
    },
    names,
    maxLagSeconds,
    warnings: [
      ...(textOf(alert['signalToken']) === undefined ? [] : [notNeeded('signalToken')]),
      ...warnAbout(
        Object.keys(alert).filter((name) => !known.includes(name)),
        "OKX's format",
      ),
    ],
  });
};
