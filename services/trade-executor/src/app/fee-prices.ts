import { withDeadline, type Decimal } from '@latchkey/kernel';
import type { OrderSnapshot } from '../domain/trade/commands.js';
import type { Fill } from '../domain/trade/events.js';
import type { TradeRun } from './trade-run.js';

/** A price of now says nothing of a fee that was taken longer ago. */
const maxAgeMs = 60_000;
/** What became of an order waits for it. */
const priceWaitMs = 1_000;

type Asked = {
  readonly exchange: Pick<TradeRun['exchange'], 'rules' | 'price' | 'clock'>;
  readonly request: Pick<TradeRun['request'], 'symbol'>;
};

/**
 * The order with what fees in a third asset (Binance's BNB) were worth, by the public price of this moment: what is recorded with the fill is
 * the same whenever it is counted. One that no price can be had for stays without, and is told apart.
 */
export const withFeePrices = async ({ exchange, request }: Asked, order: OrderSnapshot): Promise<OrderSnapshot> => {
  const rules = exchange.rules(request.symbol);
  const venueNow = exchange.clock.now();
  if (rules === undefined || rules === 'loading' || venueNow === undefined) return order;
  const isThird = ({ feeAsset, feePrice, at }: Fill): boolean =>
    feeAsset !== undefined &&
    feePrice === undefined &&
    feeAsset !== rules.baseAsset &&
    feeAsset !== rules.quoteAsset &&
    venueNow - Date.parse(at) <= maxAgeMs;
  const assets = new Set(order.fills.filter(isThird).map(({ feeAsset }) => feeAsset as string));
  if (assets.size === 0) return order;
  const ask = async (asset: string): Promise<readonly [string, Decimal | undefined]> => [
    asset,
    await withDeadline('the price of a fee', priceWaitMs, () => exchange.price(`${asset}${rules.quoteAsset}`)).catch(
      () => undefined,
    ),
  ];
  const prices = new Map(await Promise.all([...assets].map(ask)));
  const priced = (fill: Fill): Fill => {
    const feePrice = isThird(fill) ? prices.get(fill.feeAsset as string) : undefined;
    return feePrice === undefined ? fill : { ...fill, feePrice };
  };
  return { ...order, fills: order.fills.map(priced) };
};
