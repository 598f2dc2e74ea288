import type { LeverageRefusal, SettingRefusal } from '../../core/linear-settings.js';
import { json, type SignedEndpoint } from '../endpoint.js';
import { oneOf } from '../params.js';
import { refuse, type BinanceRefusal } from '../refusal.js';
import { maxLeverage, maxNotional } from './leverage-brackets.js';
import { readFlag } from './order-params.js';
import type { UsdmParts } from './usdm-parts.js';
import { refuseUsdm } from './usdm-refusal.js';

type Words<Reason extends string> = Readonly<Record<Reason, () => BinanceRefusal>>;
const leverageRefusals: Words<LeverageRefusal> = {
  position_limit: refuseUsdm.positionLimit,
  insufficient_margin: refuseUsdm.leverageTooSmall,
  isolated_position: refuseUsdm.isolatedLeverage,
};
const marginTypeRefusals: Words<SettingRefusal> = {
  unchanged: refuseUsdm.sameMarginType,
  open_orders: refuseUsdm.marginTypeOrders,
  open_position: refuseUsdm.marginTypePosition,
};
const modeRefusals: Words<SettingRefusal> = {
  unchanged: refuseUsdm.sameMode,
  open_orders: refuseUsdm.modeOrders,
  open_position: refuseUsdm.modePosition,
};

const setting = (path: string, read: SignedEndpoint['read']): SignedEndpoint => ({
  method: 'POST',
  path,
  security: 'futures_trade',
  weight: 1,
  changesBook: true,
  setting: true,
  read,
});

const done = { code: 200, msg: 'success' };

const setLeverage = ({ markets, engine }: UsdmParts): SignedEndpoint =>
  setting('/fapi/v1/leverage', (params) => {
    const { symbol, rules } = markets.required(params);
    const sent = params.required('leverage');
    const leverage = Number(sent);
    if (!/^\d+$/.test(sent) || leverage < 1 || leverage > maxLeverage(rules.brackets)) throw refuseUsdm.leverage(sent);
    return ({ account, commit }) =>
      commit(() => {
        const refusal = engine.settings.setLeverage(account.apiKey, symbol, leverage);
        if (refusal !== undefined) throw leverageRefusals[refusal]();
        return json({ leverage, maxNotionalValue: maxNotional(rules.brackets, leverage), symbol });
      });
  });

const setMarginType = ({ markets, engine }: UsdmParts): SignedEndpoint =>
  setting('/fapi/v1/marginType', (params) => {
    const { symbol } = markets.required(params);
    const sent = oneOf(params.required('marginType').toUpperCase(), ['ISOLATED', 'CROSSED'], () =>
      refuse.invalidParameter('marginType'),
    );
    return ({ account, commit }) =>
      commit(() => {
        const refusal = engine.settings.setMarginType(account.apiKey, sent === 'ISOLATED' ? 'isolated' : 'cross', symbol);
        if (refusal !== undefined) throw marginTypeRefusals[refusal]();
        return json(done);
      });
  });

/** Of the whole account, whatever symbol a client may have in mind. */
const setPositionMode = ({ engine }: UsdmParts): SignedEndpoint =>
  setting('/fapi/v1/positionSide/dual', (params) => {
    const dual = readFlag(params, 'dualSidePosition');
    if (dual === undefined) throw refuse.missing('dualSidePosition');
    return ({ account, commit }) =>
      commit(() => {
        const refusal = engine.settings.setPositionMode(account.apiKey, dual ? 'hedge' : 'one-way');
        if (refusal !== undefined) throw modeRefusals[refusal]();
        return json(done);
      });
  });

const readPositionMode: SignedEndpoint = {
  method: 'GET',
  path: '/fapi/v1/positionSide/dual',
  security: 'futures_data',
  weight: 30,
  read:
    () =>
    ({ account }) =>
      json({ dualSidePosition: account.linear.positionMode() === 'hedge' }),
};

export const usdmSettings = (parts: UsdmParts): readonly SignedEndpoint[] => [
  setLeverage(parts),
  setMarginType(parts),
  setPositionMode(parts),
  readPositionMode,
];
