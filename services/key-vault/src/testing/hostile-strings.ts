import { readFileSync } from 'node:fs';
import { signPurpose, type ExchangeName, type MarketType, type SignItem } from '@latchkey/contracts';
import { clientOrderIdOf, tradeIdOf, type Leg, type SignalId, type StrategyId, type UserId } from '@latchkey/kernel';

/** A row of `docs/hostile-strings.md`: what is asked for, and the code that it is refused with. */
export type HostileString = { readonly what: string; readonly item: SignItem; readonly code: string };

const strategyId = '0199d3a0-7c00-7000-8000-000000000003' as StrategyId;
const signalIds = ['0199d3a0-7c00-7000-8000-000000000001', '0199d3a0-7c00-7000-8000-000000000002'] as SignalId[];
const account = { userId: 'user-1' as UserId, environment: 'live' } as const;

const orders: Readonly<Record<ExchangeName, Readonly<Record<MarketType, string>>>> = {
  binance: {
    spot: 'symbol=BTCUSDT&side=BUY&type=MARKET&newClientOrderId={id}&newOrderRespType=FULL&quoteOrderQty=100&{window}',
    linear:
      'symbol=BTCUSDT&side=BUY&type=MARKET&newClientOrderId={id}&newOrderRespType=RESULT&quantity=1&positionSide=BOTH&{window}',
  },
  bybit: {
    spot: '{at}{"symbol":"BTCUSDT","side":"Buy","orderType":"Market","category":"spot","qty":"1","orderLinkId":"{id}","marketUnit":"quoteCoin"}',
    linear: '{at}{"symbol":"BTCUSDT","side":"Buy","orderType":"Market","category":"linear","qty":"1","orderLinkId":"{id}"}',
  },
};

const altered = (order: string, from: string, to: string): string => {
  const [a, b] = [from, to].map((text) => text.replaceAll('\\/', '/')) as [string, string];
  const at = a === '}$' ? order.length - 1 : order.indexOf(a);
  if (at < 0) throw new RangeError(`no ${a} in ${order}`);
  return order.slice(0, at) + b + order.slice(at + (a === '}$' ? 1 : a.length));
};

const unescaped = (text: string): string =>
  text.replaceAll(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|([nrt\\]))/g, (_all, byte?: string, unit?: string, letter?: string) => {
    const code = byte ?? unit;
    if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
    return { n: '\n', r: '\r', t: '\t', '\\': '\\' }[letter ?? ''] ?? '';
  });

const clientOrderId = (exchange: ExchangeName, signalId: SignalId): string =>
  clientOrderIdOf(tradeIdOf({ signalId, actionIndex: 0, exchange, ...account }), 'e0' as Leg);

const written = (cell: string, exchange: ExchangeName, marketType: MarketType, nowMs: number): string => {
  const templates: Readonly<Record<string, string>> = {
    order: orders[exchange][marketType],
    spotOrder: orders[exchange].spot,
    linearOrder: orders[exchange].linear,
  };
  const [own, other] = signalIds.map((signalId) => clientOrderId(exchange, signalId)) as [string, string];
  return unescaped(
    cell
      .replaceAll(
        /\{(order|spotOrder|linearOrder) \/((?:[^/\\]|\\.)*)\/((?:[^/\\]|\\.)*)\/\}/g,
        (_all, name: string, from: string, to: string) => altered(templates[name] ?? '', from, to),
      )
      .replaceAll(/\{(order|spotOrder|linearOrder)\}/g, (_all, name: string) => templates[name] ?? '')
      .replaceAll('{body}', orders[exchange][marketType].replace('{at}', ''))
      .replaceAll('{at}', '{now}{apiKey}5000')
      .replaceAll('{window}', 'timestamp={now}&recvWindow=5000')
      .replaceAll(/\{now([+-]\d+)?\}/g, (_all, shift = '0') => String(nowMs + Number(shift)))
      .replaceAll('{id}', own)
      .replaceAll('{ID}', own.toUpperCase())
      .replaceAll('{legId}', own.replace('-e0', '-e1'))
      .replaceAll('{otherId}', other),
  );
};

/** What an item claims to be for, where it is not the trade that the string belongs to. */
const claims: Readonly<Record<string, (item: SignItem) => Partial<SignItem>>> = {
  '': () => ({}),
  'no trade': () => ({ trade: undefined }),
  'no verification': () => ({ verificationId: undefined }),
  'other signal': ({ trade }) => ({ trade: { ...trade!, signalId: signalIds[1]! } }),
  'other action': ({ trade }) => ({ trade: { ...trade!, actionIndex: 1 } }),
  'other leg': ({ trade }) => ({ trade: { ...trade!, leg: 'e1' } }),
  'other user': () => ({ userId: 'user-2' as UserId }),
  'other environment': () => ({ environment: 'testnet' }),
  'attempt 6': ({ trade }) => ({ trade: { ...trade!, attempt: 6 } }),
};

const itemOf = (exchange: ExchangeName, marketType: MarketType, purpose: SignItem['purpose'], payload: string): SignItem => ({
  ...account,
  exchange,
  marketType,
  purpose,
  payload,
  ...((purpose === 'open' || purpose === 'close' || purpose === 'configure') && {
    trade: {
      strategyId,
      tradeId: tradeIdOf({ signalId: signalIds[0]!, actionIndex: 0, exchange, ...account }),
      signalId: signalIds[0]!,
      actionIndex: 0,
      leg: 'e0',
      attempt: 1,
    },
  }),
  ...(purpose === 'verify' && { verificationId: '0199d3a0-7c00-7000-8000-000000000005' }),
});

const document = readFileSync(new URL('../../../../docs/hostile-strings.md', import.meta.url), 'utf8');
const sections = document.split('\n## ').slice(1);

const rowsOf = (section: string): readonly (readonly string[])[] =>
  section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .slice(2)
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim().replaceAll('\\|', '|')),
    );

/** The strings that the rows are made from, which are signed. */
export const orderOf = (exchange: ExchangeName, marketType: MarketType, nowMs: number): SignItem =>
  itemOf(exchange, marketType, 'open', written('{order}', exchange, marketType, nowMs));

/** How many rows the document has. */
export const hostileRows: number = sections.flatMap(rowsOf).length;

/** Every row, for each purpose that it is asked for. */
export const hostileStrings = (nowMs: number): readonly HostileString[] =>
  sections.flatMap((section) => {
    const [exchange = '', marketType = ''] = (section.split('\n')[0] ?? '').split(' ');
    const [venue, market] = [exchange.toLowerCase() as ExchangeName, marketType as MarketType];
    return rowsOf(section).flatMap(([purpose = '', what = '', cell = '', claim = '', code = '']) =>
      (purpose === 'every' ? signPurpose.options : [purpose as SignItem['purpose']]).map((asked) => {
        const item = itemOf(venue, market, asked, written(cell.replaceAll(/^`|`$/g, ''), venue, market, nowMs));
        return {
          what: `${exchange} ${marketType}, ${asked}: ${what}`,
          item: { ...item, ...claims[claim]!(item) },
          code: `vault.${code}`,
        };
      }),
    );
  });
