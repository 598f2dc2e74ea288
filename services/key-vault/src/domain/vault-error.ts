import { vaultErrors, type VaultErrorCode } from '@latchkey/contracts';
import { AppError, type ErrorDetails } from '@latchkey/kernel';

/** What the vault refuses, with the remedy of its catalogue as message. Details hold ids and counts; never input, a key or a secret. */
export class VaultError extends AppError<VaultErrorCode> {
  constructor(code: VaultErrorCode, details: ErrorDetails = {}) {
    super(code, vaultErrors[code].remedy, details);
  }
}
