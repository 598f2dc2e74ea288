/** Field of an alert → what we do with it. TradersPost's names and ours (DESIGN 11); everything else is unknown and only warned about. */
export type FieldUse = 'read' | 'list' | 'shown' | 'not-yet';

export const alertFields = {
  ticker: 'read',
  action: 'read',
  quantity: 'read',
  quantityType: 'read',
  orderType: 'read',
  idempotencyKey: 'read',
  time: 'read',
  price: 'read',
  signalPrice: 'read',
  orderId: 'read',
  leverage: 'read',
  sentiment: 'read',
  positionSide: 'read',
  marketPosition: 'read',
  prevMarketPosition: 'read',
  marketPositionSize: 'read',
  prevMarketPositionSize: 'read',
  delay: 'read',
  actions: 'list',
  // Checked and then left out: it tells about the chart, not what to do.
  exchange: 'shown',
  // Each of these would change what is traded, so an alert that carries one is refused until it is honoured.
  limitPrice: 'not-yet',
  stopPrice: 'not-yet',
  trailAmount: 'not-yet',
  trailPercent: 'not-yet',
  takeProfit: 'not-yet',
  stopLoss: 'not-yet',
  timeInForce: 'not-yet',
  cancel: 'not-yet',
  cancelOrderType: 'not-yet',
  ignoreTradingWindows: 'not-yet',
  secret: 'not-yet',
} as const satisfies Readonly<Record<string, FieldUse>>;

export type AlertField = keyof typeof alertFields;

/** Fields that each of an alert's `actions` may have of its own. */
export const actionFields = [
  'action',
  'quantity',
  'quantityType',
  'orderType',
  'sentiment',
  'positionSide',
  'delay',
] as const satisfies readonly AlertField[];

export const isAlertField = (name: string): name is AlertField => Object.hasOwn(alertFields, name);

/** Values that are known words of the format but not honoured yet, by field. */
export const valuesNotYet = {
  action: ['cancel'],
  orderType: ['limit', 'stop', 'stop_limit', 'trailing_stop'],
  quantityType: ['risk_dollar_amount', 'risk_percent'],
} as const;

const shortWord = /^[A-Za-z][A-Za-z_.-]*\d{0,2}[A-Za-z_.-]*$/;

/**
 * The warning for fields that were ignored. A name is repeated only when it looks like one: people paste secrets into wrong places,
 * and what they pasted must not come back in an answer.
 */
export const warnAbout = (unknown: readonly string[], format = "Latchkey's alert format"): readonly string[] => {
  const names = unknown.filter((name) => name.length <= 32 && shortWord.test(name)).slice(0, 20);
  const others = unknown.length - names.length;
  return [
    ...names.map((name) => `"${name}" is not a field of ${format}; it was ignored`),
    ...(others > 0 ? [`${others} more fields were ignored; their names are not repeated here`] : []),
  ];
};
