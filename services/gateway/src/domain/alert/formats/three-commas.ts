import { read, refuse, type Read } from '../refusal.js';
import { warnAbout } from '../vocabulary.js';
import { lagOf, membersOf, notNeeded, textOf, type InOwnFormat, type Members } from './own-format.js';
import { actionOf } from './position-change.js';

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
  price: 'trigger_price',
  time: 'timestamp',
} as const;
const positionNames = {
  action: 'action',
  position: 'strategy_info.market_position',
  previous: 'strategy_info.prev_market_position',
} as const;
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
  const action = actionOf(
    {
      action: textOf(alert['action']),
      position: textOf(strategy['market_position']),
      previous: textOf(strategy['prev_market_position']),
    },
    positionNames,
  );
  if (!action.ok) return action;
  const currency = textOf(order['currency_type']);
  if (textOf(order['amount']) !== undefined && currency !== undefined && currency.trim().toLowerCase() !== 'base')
    return refuse(
      'not_supported',
      'only "base" is supported as "order.currency_type"; leave "order" out and let followers set their size',
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
      quantity: action.value === 'exit' ? null : (order['amount'] ?? null),
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
