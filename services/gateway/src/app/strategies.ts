import { newId, type StrategyId } from '@latchkey/kernel';
import { randomBytes } from 'node:crypto';
import { webhookTokenFrom } from '../domain/strategy/webhook-token.js';
import type { Caller } from './caller.js';
import { commandContextOf, type UserRequest } from './command-context.js';
import { refusal } from './errors.js';
import type { AlertRow, Alerts, Origins, Page, PageOf, Strategies, StrategyRow } from './ports.js';

type Deps = {
  readonly strategies: Strategies;
  readonly alerts: Pick<Alerts, 'list'>;
  readonly origins: Pick<Origins, 'record'>;
  /** Where TradingView reaches this gateway, without a slash at the end. */
  readonly publicUrl: string;
};

/** A strategy whose webhook address is told, once. */
export type StrategyWithUrl = { readonly id: StrategyId; readonly name: string; readonly webhookUrl: string };

export const createStrategies = ({ strategies, alerts, origins, publicUrl }: Deps) => {
  const contextOf = commandContextOf(origins);
  const mint = () => webhookTokenFrom(randomBytes(32));
  const urlOf = (token: string) => `${publicUrl}/api/webhooks/tradingview/${token}`;

  const own = async (caller: Caller, id: StrategyId): Promise<StrategyRow> => {
    const row = await strategies.find(id);
    if (!row || row.deleted || row.ownerId !== caller.userId) throw refusal('strategy.not_found');
    return row;
  };

  return {
    create: async (request: UserRequest, name: string): Promise<StrategyWithUrl> => {
      const id = newId<StrategyId>();
      const token = mint();
      await strategies.create({ id, ownerId: request.caller.userId, name }, token, await contextOf(request));
      return { id, name, webhookUrl: urlOf(token) };
    },

    /** The old address stops working in the same moment. */
    rotateToken: async (request: UserRequest, id: StrategyId): Promise<StrategyWithUrl> => {
      await own(request.caller, id);
      const token = mint();
      const row = await strategies.rotateToken(id, request.caller.userId, token, await contextOf(request));
      if (!row) throw refusal('strategy.not_found');
      return { id, name: row.name, webhookUrl: urlOf(token) };
    },

    remove: async (request: UserRequest, id: StrategyId): Promise<void> => {
      await own(request.caller, id);
      const row = await strategies.remove(id, request.caller.userId, await contextOf(request));
      if (!row) throw refusal('strategy.not_found');
    },

    own,
    list: (caller: Caller, page: Page): Promise<PageOf<StrategyRow>> => strategies.list(caller.userId, page),
    alerts: async (caller: Caller, id: StrategyId, page: Page): Promise<PageOf<AlertRow>> => {
      await own(caller, id);
      return alerts.list(id, page);
    },
  };
};
export type StrategyUseCases = ReturnType<typeof createStrategies>;
