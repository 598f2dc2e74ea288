import { signedBatch, type SignBatch, type SignedBatch, type SignItem } from '@latchkey/contracts';
import type { RpcClient } from '@latchkey/messaging';
import { offerSession, type AskingSession, type MessageKey, type TrustedKeys } from '@latchkey/sealing';
import { contextOf } from './vault-fixture.js';

type Keys = { readonly key: MessageKey; readonly trusted: TrustedKeys };

/** A session with whichever vault answers, as the executor opens it. */
export const openSession = async (rpc: Pick<RpcClient, 'call'>, { key, trusted }: Keys): Promise<AskingSession> => {
  const { offer, complete } = await offerSession({ key, trusted, responder: 'key-vault' });
  const { acceptance } = await rpc.call('cmd.key-vault.open-session', { offer });
  return complete(acceptance);
};

export const batchBytes = (items: readonly SignItem[]): Buffer =>
  Buffer.from(JSON.stringify({ items: [...items], context: contextOf('executor') } satisfies SignBatch), 'utf8');

/** What a frame's answer holds. */
export const readAnswer = (plaintext: Buffer): SignedBatch => signedBatch.parse(JSON.parse(plaintext.toString('utf8')));

/** Asks for signatures in that session; `undefined`: the vault did not take the frame. */
export const askIn = async (
  rpc: Pick<RpcClient, 'call'>,
  session: AskingSession,
  items: readonly SignItem[],
): Promise<SignedBatch['items'] | undefined> => {
  const asked = session.ask(batchBytes(items));
  const answer = await rpc.call('cmd.key-vault.session', { frame: asked.frame }, { instance: session.instance });
  return 'frame' in answer ? readAnswer(asked.open(answer.frame)).items : undefined;
};
