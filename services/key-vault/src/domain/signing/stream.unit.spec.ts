import type { SignPurpose } from '@latchkey/contracts';
import { fc } from '@latchkey/testkit';
import { describe, expect, it } from 'vitest';
import { nowMs, purposes, strings } from '../../testing/strings-to-judge.js';
import { stringToSign } from './string-to-sign.js';

const spot = strings('binance', 'spot');
const others = [strings('binance', 'linear'), strings('bybit', 'spot'), strings('bybit', 'linear')];
const at = (timestamp: number, recvWindow = 5_000): string => `apiKey={apiKey}&recvWindow=${recvWindow}&timestamp=${timestamp}`;
const apiKey = 'k'.repeat(64);

describe('the string that opens a stream of Binance spot', () => {
  it('is signed to stream, with the key where the mark stood', () => {
    expect(spot.judge('stream', at(nowMs))).toBeUndefined();
    expect(stringToSign({ exchange: 'binance', purpose: 'stream', payload: at(nowMs) }, apiKey)).toBe(
      `apiKey=${apiKey}&recvWindow=5000&timestamp=${nowMs}`,
    );
  });

  it('is signed for no other purpose, and nowhere else', () => {
    for (const purpose of purposes.filter((one) => one !== 'stream')) {
      expect(spot.judge(purpose, at(nowMs))).toBe('vault.string_not_allowed');
      for (const { judge } of others) expect(judge(purpose, at(nowMs))).toBe('vault.string_not_allowed');
    }
    for (const { judge } of others) expect(judge('stream', at(nowMs))).toBe('vault.string_not_allowed');
  });

  it('keeps to the window of every other string', () => {
    expect(spot.judge('stream', at(nowMs + 3_001))).toBe('vault.timestamp_out_of_window');
    expect(spot.judge('stream', at(nowMs - 3_001))).toBe('vault.timestamp_out_of_window');
    expect(spot.judge('stream', at(nowMs, 5_001))).toBe('vault.string_not_allowed');
    expect(spot.judge('stream', at(nowMs, 60_000))).toBe('vault.string_not_allowed');
  });

  it.each([
    `apiKey=${apiKey}&recvWindow=5000&timestamp=${nowMs}`,
    `apiKey={apiKey}&timestamp=${nowMs}`,
    `apiKey={apiKey}&timestamp=${nowMs}&recvWindow=5000`,
    `${at(nowMs)}&symbol=BTCUSDT`,
    `symbol=BTCUSDT&${at(nowMs)}`,
    `apiKey={apiKey}{apiKey}&recvWindow=5000&timestamp=${nowMs}`,
    `apikey={apiKey}&recvWindow=5000&timestamp=${nowMs}`,
    `${at(nowMs)}\n`,
    `timestamp=${nowMs}&recvWindow=5000`,
    `GET/realtime${nowMs}`,
    `${nowMs}{apiKey}5000`,
    '',
  ])('has no other spelling (%j)', (payload) => {
    expect(spot.judge('stream', payload)).toBe('vault.string_not_allowed');
  });

  it('is the only string with an API key as parameter, for every purpose and market', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(spot, ...others),
        fc.constantFrom(...purposes),
        fc.constantFrom('apiKey={apiKey}', `apiKey=${apiKey}`, 'apiKey=x', `GET/realtime${nowMs}`),
        fc.constantFrom('', '&symbol=BTCUSDT', `&timestamp=${nowMs}&recvWindow=5000`, `&recvWindow=5000&timestamp=${nowMs}`),
        fc.boolean(),
        ({ judge }, purpose: SignPurpose, key, rest, first) => {
          const payload = first ? `${key}${rest}` : `${rest.slice(1)}&${key}`;
          const isIt = judge === spot.judge && purpose === 'stream' && payload === at(nowMs);
          expect(judge(purpose, payload) === undefined).toBe(isIt);
        },
      ),
    );
  });
});
