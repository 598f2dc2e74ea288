import { read, refuse, type Read } from '../refusal.js';
import { warnAbout } from '../vocabulary.js';
import { lagOf, notNeeded, strategyAction, textOf, type InOwnFormat, type Members } from './own-format.js';

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
  quantityType: 'investmentType',
  orderType: 'orderType',
  orderId: 'id',
  time: 'timestamp',
} as const;
/** OKX's own: from 1 s to an hour, a minute if the alert does not say. */
const lags = { most: 3_600, default: 60 } as const;
/** The words of the universal form: each is about one side. */
const universal: Readonly<Record<string, InOwnFormat['fields']>> = {
  ENTER_LONG: { action: 'buy', sentiment: 'long' },
  ENTER_SHORT: { action: 'sell', sentiment: 'short' },
  EXIT_LONG: { action: 'exit', positionSide: 'long' },
  EXIT_SHORT: { action: 'exit', positionSide: 'short' },
};
const quantityTypes: Readonly<Record<string, string>> = {
  base: 'fixed_quantity',
  percentage_balance: 'percent_of_free',
  percentage_position: 'percent_of_position',
};

export const isOkx = (alert: Members): boolean => Object.hasOwn(alert, 'instrument') || Object.hasOwn(alert, 'signalToken');

const orderIn = (alert: Members): Read<InOwnFormat['fields']> => {
  const word = universal[textOf(alert['action'])?.trim().toUpperCase() ?? ''];
  if (word) return read(word);
  const action = strategyAction(alert['action']);
  if (!action.ok) return action;
  const { marketPosition = null, prevMarketPosition = null, marketPositionSize = null, prevMarketPositionSize = null } = alert;
  return read({ action: action.value, marketPosition, prevMarketPosition, marketPositionSize, prevMarketPositionSize });
};

/**
 * The message of an OKX signal bot, in its strategy form or its universal one.
 *
 * @see alert-facts.md 2, "OKX"
 */
export const fromOkx = (alert: Members): Read<InOwnFormat> => {
  const order = orderIn(alert);
  if (!order.ok) return order;
  const kind = textOf(alert['investmentType'])?.trim().toLowerCase();
  const quantityType = quantityTypes[kind ?? 'base'];
  if (quantityType === undefined)
    return refuse(
      'not_supported',
      'only "base", "percentage_balance" and "percentage_position" are supported as "investmentType"; leave it and "amount" out and let followers set their size',
      'investmentType',
    );
  const lag = textOf(alert['maxLag']);
  const maxLagSeconds = lag === undefined ? lags.default : lagOf(lag, lags.most);
  if (maxLagSeconds === undefined)
    return refuse('alert.field_invalid', `"maxLag" must be whole seconds from 1 to ${lags.most}`, 'maxLag');
  return read({
    fields: {
      ticker: alert['instrument'] ?? null,
      ...order.value,
      quantity: alert['amount'] ?? null,
      quantityType: textOf(alert['amount']) === undefined ? null : quantityType,
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
