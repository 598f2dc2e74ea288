import { BinanceRefusal } from '../refusal.js';

const bad = (venueCode: number, message: string): BinanceRefusal => new BinanceRefusal(400, venueCode, message);

/**
 * What only futures refuse, in the documented words. The rest is {@link refuse}, common with spot.
 *
 * @see Binance USDⓈ-M Futures API, "Error codes"
 */
export const refuseUsdm = {
  precision: () => bad(-1111, 'Precision is over the maximum defined for this asset.'),
  balance: () => bad(-2018, 'Balance is insufficient.'),
  margin: () => bad(-2019, 'Margin is insufficient.'),
  wouldTrigger: () => bad(-2021, 'Order would immediately trigger.'),
  reduceOnly: () => bad(-2022, 'ReduceOnly Order is rejected.'),
  openOrders: () => bad(-2025, 'Reach max open order limit.'),
  positionLimit: () => bad(-2027, 'Exceeded the maximum allowable position at current leverage.'),
  leverageTooSmall: () => bad(-2028, 'Leverage is smaller than permitted: insufficient margin balance.'),
  priceBelowZero: () => bad(-4001, 'Price less than 0.'),
  priceAboveMax: () => bad(-4002, 'Price greater than max price.'),
  quantityBelowZero: () => bad(-4003, 'Quantity less than zero.'),
  quantityBelowMin: () => bad(-4004, 'Quantity less than min quantity.'),
  quantityAboveMax: () => bad(-4005, 'Quantity greater than max quantity.'),
  priceBelowMin: () => bad(-4013, 'Price less than min price.'),
  tickSize: () => bad(-4014, 'Price not increased by tick size.'),
  stopPriceBelowZero: () => bad(-4006, 'Stop price less than zero.'),
  stopOrders: () => bad(-4045, 'Reach max stop order limit.'),
  closePositionTwice: () =>
    bad(-4130, 'An open stop or take profit order with GTE and closePosition in the direction is existing.'),
  closePositionQuantity: () => bad(-4137, 'Quantity must be zero with closePosition equals true.'),
  clientOrderIdLength: () => bad(-4015, 'Client order id length should not be more than 36 chars'),
  priceAboveCap: () => bad(-4016, 'Price is higher than mark price multiplier cap.'),
  depthLimit: (limit: string) => bad(-4021, `'${limit}' is not valid depth limit.`),
  stepSize: () => bad(-4023, 'Qty not increased by step size.'),
  priceBelowFloor: () => bad(-4024, 'Price is lower than mark price multiplier floor.'),
  leverage: (leverage: string) => bad(-4028, `Leverage ${leverage} is not valid`),
  sameMarginType: () => bad(-4046, 'No need to change margin type.'),
  marginTypeOrders: () => bad(-4047, 'Margin type cannot be changed if there exists open orders.'),
  marginTypePosition: () => bad(-4048, 'Margin type cannot be changed if there exists position.'),
  sameMode: () => bad(-4059, 'No need to change position side.'),
  positionSide: () => bad(-4060, 'Invalid position side.'),
  positionSideMode: () => bad(-4061, "Order's position side does not match user's setting."),
  modeOrders: () => bad(-4067, 'Position side cannot be changed if there exists open orders.'),
  modePosition: () => bad(-4068, 'Position side cannot be changed if there exists position.'),
  duplicateClientOrderId: () => bad(-4116, 'ClientOrderId is duplicated.'),
  algoOnly: () => bad(-4120, 'Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.'),
  marketPrice: () => bad(-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit"),
  closePosition: (type: string) => bad(-4136, `Target strategy invalid for orderType ${type},closePosition true`),
  isolatedLeverage: () => bad(-4161, 'Leverage reduction is not supported in Isolated Margin Mode with open positions'),
  notional: (least: string) => bad(-4164, `Order's notional must be no smaller than ${least} (unless you choose reduce only)`),
  wouldMatch: () => bad(-5022, 'Due to the order could not be executed as maker, the Post Only order will be rejected.'),
} as const;
