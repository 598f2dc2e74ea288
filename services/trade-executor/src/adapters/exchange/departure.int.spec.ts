import { eventually } from '@latchkey/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Permit } from '../../app/ports/permits.js';
import { newOrder, simulatedVenue, type SimulatedVenue, type VenueAccount } from './binance/testing/simulated-venue.js';
import { heldProxy, type HeldProxy } from './testing/held-proxy.js';

const address = '203.0.113.8';
let proxy: HeldProxy;
let venue: SimulatedVenue;
let account: VenueAccount;

beforeEach(async () => {
  proxy = await heldProxy();
  venue = await simulatedVenue({ timeoutMs: 400, routes: [{ address, proxy: proxy.url }] });
  account = await venue.openAccount();
});
afterEach(async () => {
  proxy.release();
  await venue.close();
  await proxy.close();
});

type Says = { readonly mayLeave?: () => boolean; readonly confirm?: () => Promise<boolean> };
/** A permit of that way out; it notes what it is asked. */
const permitOf = ({ mayLeave = () => true, confirm = async () => true }: Says = {}) => {
  const asked: string[] = [];
  const permit: Permit = {
    address,
    confirm: () => {
      asked.push('confirm');
      return confirm();
    },
    mayLeave: () => {
      const may = mayLeave();
      asked.push(may ? 'may leave' : 'may not leave');
      return may;
    },
    left: () => void asked.push('left'),
    answered: () => undefined,
    end: () => undefined,
  };
  return { asked, permit };
};

const submit = (order = newOrder(), permit = permitOf().permit) =>
  venue.exchange.submit(order, venue.callBy(account, { permit }));
/** Orders wait at the proxy, until their connection is there. */
const submitHeld = async (order = newOrder(), permit = permitOf().permit) => {
  proxy.hold();
  const answer = submit(order, permit);
  await eventually(() => proxy.waiting() > 0);
  return { answer };
};
const booked = async () => (await venue.book()).map(({ clientOrderId }) => clientOrderId);

describe('an order whose connection is not there in time', () => {
  it('was not sent, and is not when the connection comes', async () => {
    const late = newOrder();
    const { answer } = await submitHeld(late);
    expect(await answer).toMatchObject({ outcome: 'not_sent' });

    const before = proxy.tunnels.length;
    proxy.release();
    await eventually(() => proxy.tunnels.length > before);
    const next = newOrder();
    expect(await submit(next)).toMatchObject({ outcome: 'placed' });
    expect(await booked()).toEqual([next.clientOrderId]);
  });
});

describe('an order for which a connection has to be made', () => {
  it('goes when it is there', async () => {
    const { asked, permit } = permitOf();
    const { answer } = await submitHeld(newOrder(), permit);
    proxy.release();
    expect(await answer).toMatchObject({ outcome: 'placed' });
    expect(asked.slice(-2)).toEqual(['may leave', 'left']);
  });

  it('does not leave when the venue has asked for quiet meanwhile, and was not sent', async () => {
    let quiet = false;
    const { asked, permit } = permitOf({ mayLeave: () => !quiet, confirm: async () => !quiet });
    const { answer } = await submitHeld(newOrder(), permit);
    quiet = true;
    proxy.release();
    expect(await answer).toMatchObject({ outcome: 'not_sent', reason: 'order.withheld' });
    expect(asked).not.toContain('left');
    expect(await booked()).toEqual([]);
  });

  it('asks again when what other executors were told is not known freshly, and then goes by the same connection', async () => {
    let questions = 0;
    const { asked, permit } = permitOf({
      mayLeave: () => questions >= 3,
      confirm: async () => {
        questions += 1;
        return true;
      },
    });
    const { answer } = await submitHeld(newOrder(), permit);
    proxy.release();
    expect(await answer).toMatchObject({ outcome: 'placed' });
    expect(asked.filter((one) => one === 'left')).toHaveLength(1);
    expect(asked.slice(-3)).toEqual(['confirm', 'may leave', 'left']);
    expect(await booked()).toHaveLength(1);
  });

  it.each([
    ['it is known too late each time', async () => true],
    ['it cannot be asked', () => Promise.reject(new TypeError('the database is away'))],
  ])('does not leave when %s', async (_why, confirm) => {
    let connecting = false;
    const { permit } = permitOf({ mayLeave: () => false, confirm: () => (connecting ? confirm() : Promise.resolve(true)) });
    const { answer } = await submitHeld(newOrder(), permit);
    connecting = true;
    proxy.release();
    expect(await answer).toMatchObject({ outcome: 'not_sent', reason: 'order.withheld' });
    expect(await booked()).toEqual([]);
  });
});

describe('an order whose bytes have left', () => {
  it.each(['drop', 'accept-then-drop'])('may have been taken, whatever became of the connection (%s)', async (kind) => {
    await venue.fault(kind);
    const { asked, permit } = permitOf();
    expect(await submit(newOrder(), permit)).toMatchObject({ outcome: 'unknown' });
    expect(asked).toContain('left');
  });

  it('may have been taken when its way out goes away meanwhile', async () => {
    await venue.fault('delay', { ms: 2_000 });
    const { asked, permit } = permitOf();
    const answer = submit(newOrder(), permit);
    await eventually(() => asked.includes('left'));
    await proxy.close();
    expect(await answer).toMatchObject({ outcome: 'unknown' });
  });
});
