import type { StrategyId, UserId } from '@latchkey/kernel';
import { specFor } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { strategyDecider, type StrategyEvent } from './strategy.js';
import { hashOfToken, isWebhookToken, sameHash, webhookTokenFrom } from './webhook-token.js';

const strategy = specFor(strategyDecider);
const ids = { strategyId: 'a3f1a1d2-0000-7000-8000-000000000001' as StrategyId, ownerId: 'alice' as UserId };
const created: StrategyEvent = { type: 'StrategyCreated', v: 1, data: { ...ids, name: 'Breakout' } };
const deleted: StrategyEvent = { type: 'StrategyDeleted', v: 1, data: ids };

describe('a strategy', () => {
  it('is created once', () => {
    const command = { type: 'CreateStrategy', data: { ...ids, name: 'Breakout' } } as const;
    strategy.given().when(command).then(created);
    strategy.given(created).when(command).thenNothing();
  });

  it('gets a new token as often as its owner asks', () => {
    strategy.given(created).when({ type: 'RotateToken' }).then({ type: 'StrategyTokenRotated', v: 1, data: ids });
  });

  it('is deleted once, and has no token after that', () => {
    strategy.given(created).when({ type: 'DeleteStrategy' }).then(deleted);
    strategy.given(created, deleted).when({ type: 'DeleteStrategy' }).thenNothing();
    strategy.given(created, deleted).when({ type: 'RotateToken' }).thenNothing();
    strategy.given().when({ type: 'RotateToken' }).thenNothing();
  });
});

describe('a webhook token', () => {
  const token = webhookTokenFrom(new Uint8Array(32).fill(7));
  it('is 43 characters that need no escaping', () => {
    expect(isWebhookToken(token)).toBe(true);
    expect(isWebhookToken(`${token}=`)).toBe(false);
  });

  it('is known by its hash', () => {
    expect(sameHash(hashOfToken(token), hashOfToken(token))).toBe(true);
    expect(sameHash(hashOfToken(webhookTokenFrom(new Uint8Array(32).fill(8))), hashOfToken(token))).toBe(false);
    expect(sameHash(new Uint8Array(3), hashOfToken(token))).toBe(false);
  });
});
