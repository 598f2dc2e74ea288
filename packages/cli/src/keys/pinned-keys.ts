import { createTrustedKeys, type TrustedKeys } from '@latchkey/sealing';
import { baseConfig, loadConfig } from '@latchkey/service-kit';
import { z } from 'zod';

const pinned = z.object({ LATCHKEY_TRUSTED_KEYS: baseConfig.LATCHKEY_TRUSTED_KEYS });

/**
 * The message keys that are pinned on this machine: whose word for a sealing key is believed.
 *
 * @param file as `LATCHKEY_TRUSTED_KEYS`: issuer → public JWKs; it must have come here by another way than through the gateway
 * @throws {ConfigError} `config.invalid`
 */
export const pinnedKeys = (file: string): TrustedKeys =>
  createTrustedKeys(loadConfig(pinned, { LATCHKEY_TRUSTED_KEYS_FILE: file }).LATCHKEY_TRUSTED_KEYS);
