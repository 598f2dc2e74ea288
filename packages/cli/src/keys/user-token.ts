import { readStackFile, stackHome } from '@latchkey/local-stack';
import { issueToken } from '../token.js';

/** A user's token: the one in `LATCHKEY_TOKEN`, or one of the embedded issuer where the CLI has its key. */
export const userToken = async (userId: string): Promise<string> =>
  process.env['LATCHKEY_TOKEN'] ?? issueToken(readStackFile(stackHome().stackFile), userId, 'user', '5m');

/** The gateway that was named, without the slash at its end, or that of the running stack. */
export const gatewayUrl = (named: string | undefined): string =>
  named === undefined ? readStackFile(stackHome().stackFile).gateway.url : named.replace(/\/+$/, '');
