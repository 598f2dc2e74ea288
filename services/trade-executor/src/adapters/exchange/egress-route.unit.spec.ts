import { describe, expect, it } from 'vitest';
import { publicAddresses, readRoutes, routesOf, systemRoute } from './egress-route.js';

describe('the ways out, as they are configured', () => {
  it('are public addresses, each with an address of this machine or an HTTP proxy', () => {
    expect(readRoutes('203.0.113.7=10.0.0.5, 203.0.113.8=http://10.0.0.9:3128,2001:db8::7=fd00::5')).toEqual([
      { address: '203.0.113.7', local: '10.0.0.5' },
      { address: '203.0.113.8', proxy: 'http://10.0.0.9:3128' },
      { address: '2001:db8::7', local: 'fd00::5' },
    ]);
  });

  it('are none where nothing is written', () => {
    expect([readRoutes(''), readRoutes(' , ')]).toEqual([[], []]);
  });

  it.each([
    ['without a way', '203.0.113.7'],
    ['with an empty way', '203.0.113.7='],
    ['with a name for the public address', 'out.example=10.0.0.5'],
    ['with a way that is neither address nor proxy', '203.0.113.7=eth1'],
    ['with a proxy of another kind', '203.0.113.7=socks5://10.0.0.9:1080'],
    ['with a public address twice, whose limits would be counted twice', '203.0.113.7=10.0.0.5,203.0.113.7=10.0.0.6'],
    ['of which one cannot be read', '203.0.113.7=10.0.0.5,203.0.113.8'],
  ])('cannot be read %s', (_what, text) => {
    expect(readRoutes(text)).toBeUndefined();
  });

  it('are the system’s own where there are none, named by the addresses that it leaves from', () => {
    expect(routesOf([], [])).toEqual([systemRoute]);
    expect(routesOf([], ['203.0.113.7', '203.0.113.8'])).toEqual([{ address: '203.0.113.7+203.0.113.8' }]);
    const routes = [{ address: '203.0.113.9', local: '10.0.0.5' }];
    expect(routesOf(routes, ['203.0.113.7'])).toEqual(routes);
  });
});

describe('what users allow-list', () => {
  it('is each public address once, in order, and no name that is none', () => {
    expect(publicAddresses(['203.0.113.8', 'system', '203.0.113.7+203.0.113.8'])).toEqual(['203.0.113.7', '203.0.113.8']);
  });
});
