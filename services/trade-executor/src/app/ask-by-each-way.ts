import type { KeyRefusal, VerificationResult } from '@latchkey/contracts';
import { refusedKey } from '../domain/verification/refused-key.js';
import type { Exchange, SignedCall } from './ports/exchange.js';

/** Refusals that a key gets for the address that it comes from, as far as the venue tells. */
const mayBeTheAddress: ReadonlySet<string> = new Set<KeyRefusal>(['venue.key_refused', 'venue.address_not_allowed']);

/**
 * Asks what a key may do by each of our ways out, with one and the same string: a key that is bound to some of our addresses would work for a
 * user until their orders leave by another. Once one way is refused where the other was not, it is the address that is at fault, whatever the
 * venue calls it. What one way could not ask proves nothing about the key.
 *
 * @param addresses the ways out of this process; those of other executors are asked when they verify
 */
export const askByEachWay = async (
  exchange: Pick<Exchange, 'verifyKey'>,
  call: SignedCall,
  addresses: readonly string[],
): Promise<VerificationResult> => {
  const [first, ...others] = addresses;
  if (first === undefined || others.length === 0) return exchange.verifyKey(call);
  const by = (address: string): Promise<VerificationResult> => exchange.verifyKey({ ...call, address, keepsTimestamp: true });
  const result = await by(first);
  const isAboutKey = result.outcome === 'refused' && !mayBeTheAddress.has(result.code);
  if (result.outcome === 'unavailable' || isAboutKey) return result;
  const rest = await Promise.all(others.map(async (address) => ({ address, answer: await by(address) })));
  const answers = [{ address: first, answer: result }, ...rest];
  const taken = answers.find(({ answer }) => answer.outcome === 'reported');
  const refused = answers.find(({ answer }) => answer.outcome === 'refused');
  if (taken && refused)
    return refusedKey(
      'venue.some_addresses_not_allowed',
      `The exchange takes requests with this key from ${taken.address}, but not from ${refused.address}.`,
    );
  return answers.find(({ answer }) => answer.outcome === 'unavailable')?.answer ?? result;
};
