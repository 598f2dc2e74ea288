import { read, refuse, type Read } from '../refusal.js';
import { warnAbout } from '../vocabulary.js';
import { lagOf, membersOf, notNeeded, strategyAction, textOf, type InOwnFormat, type Members } from './own-format.js';

const known = [
  'secret',
  'max_lag',
  'timestamp',
  'trigger_price',
  'tv_exchange',
  'tv_instrument',
  'action',
  'bot_uuid',
  'strategy_info',
  'order',
];
const names = {
  ticker: 'tv_instrument',
  exchange: 'tv_exchange',
  action: 'action',
  quantity: 'order.amount',
  quantityType: 'order.currency_type',
  marketPosition: 'strategy_info.market_position',
  prevMarketPosition: 'strategy_info.prev_market_position',
  marketPositionSize: 'strategy_info.market_position_size',
  prevMarketPositionSize: 'strategy_info.prev_market_position_size',
  price: 'trigger_price',
  time: 'timestamp',
} as const;
const quantityTypes: Readonly<Record<string, string>> = { base: 'fixed_quantity', quote: 'dollar_amount' };
const mostLagSeconds = 86_400;

export const isThreeCommas = (alert: Members): boolean =>
  Object.hasOwn(alert, 'tv_instrument') || Object.hasOwn(alert, 'strategy_info');

/**
 * The message of a 3Commas signal bot of strategy type.
 *
 * @see alert-facts.md 2, "3Commas, strategy type"
 */
export const fromThreeCommas = (alert: Members): Read<InOwnFormat> => {
  for (const name of ['strategy_info', 'order'] as const) {
    if (alert[name] !== undefined && alert[name] !== null && membersOf(alert[name]) === undefined)
      return refuse('alert.field_invalid', `"${name}" must be an object, as 3Commas writes it`, name);
  }
  const [strategy, order] = [membersOf(alert['strategy_info']) ?? {}, membersOf(alert['order']) ?? {}];
  const action = strategyAction(alert['action']);
  if (!action.ok) return action;
  const currency = textOf(order['amount']) === undefined ? undefined : textOf(order['currency_type'])?.trim().toLowerCase();
  const quantityType = quantityTypes[currency ?? 'base'];
  if (quantityType === undefined)
    return refuse(
      'not_supported',
      'only "base" and "quote" are supported as "order.currency_type"; leave "order" out and let followers set their size',
      'order.currency_type',
    );
  const lag = textOf(alert['max_lag']);
  const maxLagSeconds = lag === undefined ? undefined : lagOf(lag, mostLagSeconds);
  if (lag !== undefined && maxLagSeconds === undefined)
    return refuse('alert.field_invalid', `"max_lag" must be whole seconds from 1 to ${mostLagSeconds}`, 'max_lag');
  return read({
    fields: {
      ticker: alert['tv_instrument'] ?? null,
      exchange: alert['tv_exchange'] ?? null,
      action: action.value,
      quantity: order['amount'] ?? null,
      quantityType: textOf(order['amount']) === undefined ? null : quantityType,
      marketPosition: strategy['market_position'] ?? null,
      prevMarketPosition: strategy['prev_market_position'] ?? null,
      marketPositionSize: strategy['market_position_size'] ?? null,
      prevMarketPositionSize: strategy['prev_market_position_size'] ?? null,
      price: alert['trigger_price'] ?? null,
      time: alert['timestamp'] ?? null,
    },
    names,
    ...(maxLagSeconds !== undefined && { maxLagSeconds }),
    warnings: [
      ...(textOf(alert['secret']) === undefined ? [] : [notNeeded('secret')]),
      ...warnAbout(
        Object.keys(alert).filter((name) => !known.includes(name)),
        "3Commas' format",
      ),
    ],
  });
};
