import type { ExactJson } from '../read-json.js';
import { read, refuse, type Read } from '../refusal.js';
import { isAlertField, warnAbout, type AlertField } from '../vocabulary.js';
import { membersOf, textOf, type InOwnFormat, type Members } from './own-format.js';

/** TradingView's placeholders of a strategy without `strategy.`, dots and underscores, and what each is in our own format. */
const placeholders: Readonly<Record<string, AlertField>> = {
  orderaction: 'action',
  ordercontracts: 'quantity',
  orderprice: 'price',
  orderid: 'orderId',
  marketposition: 'marketPosition',
  marketpositionsize: 'marketPositionSize',
  prevmarketposition: 'prevMarketPosition',
  prevmarketpositionsize: 'prevMarketPositionSize',
};
/** Names that people give to the same, where the placeholder's own is not there. */
const short: Readonly<Record<string, AlertField>> = { contracts: 'quantity', timenow: 'time' };
/** Read by nobody: what they say stands in the others, or is about the chart. */
const ofChart: ReadonlySet<string> = new Set([
  'positionsize',
  'ordercomment',
  'orderalertmessage',
  'interval',
  'open',
  'high',
  'low',
  'close',
  'volume',
  'bar',
]);

const bare = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^strategy[._]/, '')
    .replaceAll(/[._]/g, '');

const isPlaceholder = (name: string): boolean =>
  /^strategy[._]/i.test(name) || (/[._]/.test(name) && Object.hasOwn(placeholders, bare(name)));

/** True for an alert that calls things as TradingView's placeholders do: `strategy.order.action`, `market_position`, or an object `strategy`. */
export const hasStrategyPlaceholders = (alert: Members): boolean =>
  membersOf(alert['strategy']) !== undefined || Object.keys(alert).some(isPlaceholder);

/**
 * An alert whose fields are named after TradingView's placeholders, flat or under `strategy`; whatever else it has is read as our own format has it.
 * Its `time` is `{{time}}` more often than not, which is the bar's: only `timenow` tells when it fired.
 *
 * @see alert-facts.md 1, "Placeholders"
 */
export const fromStrategyPlaceholders = (alert: Members): Read<InOwnFormat> => {
  const fields: Partial<Record<AlertField, ExactJson>> = {};
  const names: Partial<Record<AlertField, string>> = {};
  const unknown: string[] = [];
  const { strategy, ...flat } = alert;
  const told = [
    ...Object.entries(flat).map(([name, value]) => ({ name, value, shown: name })),
    ...Object.entries(membersOf(strategy) ?? {}).map(([name, value]) => ({ name, value, shown: `strategy.${name}` })),
  ];
  for (const { name, value, shown } of told) {
    const field = placeholders[bare(name)] ?? short[bare(name)] ?? (isAlertField(name) ? name : undefined);
    if (field === undefined) {
      if (!ofChart.has(bare(name))) unknown.push(name);
      continue;
    }
    if (field === 'time' && bare(name) === 'time') continue;
    if (textOf(fields[field]) !== undefined && fields[field] !== value && textOf(value) !== undefined)
      return refuse(
        'alert.field_invalid',
        `"${shown}" and "${names[field]}" say the same thing differently; leave one out`,
        shown,
      );
    fields[field] = textOf(fields[field]) === undefined ? value : (fields[field] ?? null);
    names[field] ??= shown;
  }
  return read({
    fields,
    names,
    warnings: [
      ...(textOf(fields.time) === undefined
        ? ['nothing tells when the alert fired: add "timenow": "{{timenow}}", or equal orders within 30 s count as one']
        : []),
      ...warnAbout(unknown),
    ],
  });
};
