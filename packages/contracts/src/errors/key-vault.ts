/**
 * Every code that the key vault refuses with: the HTTP status that the gateway answers with, and what the user can do about it. A refusal
 * of one string in a signing batch carries the same codes; those that only the executor ever sees are 4xx or 5xx all the same.
 */
export const vaultErrors = {
  'vault.credential_not_found': {
    status: 404,
    remedy: 'There is no API key for this exchange and environment; save one first.',
  },
  'vault.sealed_secret_invalid': {
    status: 422,
    remedy: 'The sealed secret could not be opened; fetch the sealing key again and seal the secret anew.',
  },
  'vault.sealed_secret_stale': {
    status: 422,
    remedy: 'The secret was sealed more than 10 minutes ago or by a clock that is wrong; seal it anew and send it at once.',
  },
  'vault.sealed_secret_mismatch': {
    status: 422,
    remedy: 'The secret was sealed for another user, exchange or environment; seal it for the one that you save it for.',
  },
  'vault.sealed_secret_replayed': {
    status: 409,
    remedy: 'This sealed secret was used before; seal the secret anew.',
  },
  'vault.api_key_format': {
    status: 422,
    remedy: "The API key does not have the exchange's format; copy it again (Binance: exactly 64 letters and digits).",
  },
  'vault.api_secret_format': {
    status: 422,
    remedy:
      "The API secret does not have the exchange's format; copy it again (Binance: exactly 64 letters and digits, or a private key in PEM).",
  },
  'vault.private_key_malformed': {
    status: 422,
    remedy:
      'The private key could not be read; paste the whole PEM, from "-----BEGIN PRIVATE KEY-----" to "-----END PRIVATE KEY-----" with its lines between, and nothing else. (The public key goes to the exchange.)',
  },
  'vault.private_key_encrypted': {
    status: 422,
    remedy:
      'The private key is protected by a passphrase, which nobody here could type in; remove it ("openssl pkey -in key.pem -out plain.pem") and save that.',
  },
  'vault.private_key_unsupported': {
    status: 422,
    remedy:
      'The private key is neither Ed25519 nor RSA; make a pair of one of these kinds, register its public half and save it.',
  },
  'vault.private_key_size': {
    status: 422,
    remedy: 'The RSA key does not have 2048 to 4096 bits; make another pair and register its public half.',
  },
  'vault.key_type_not_at_exchange': {
    status: 422,
    remedy: 'This exchange does not know Ed25519 keys; use one with a secret (HMAC), or an RSA key of 2048 to 4096 bits.',
  },
  'vault.key_pair_not_found': {
    status: 404,
    remedy:
      'There is no key pair to activate: none was made, or it was used, deleted or too old; generate one and register its public key.',
  },
  'vault.key_pair_replaced': {
    status: 409,
    remedy:
      'Another key pair was generated meanwhile, and the one before is gone; register the newest public key at the exchange and activate that.',
  },
  'vault.key_equals_secret': {
    status: 422,
    remedy: 'API key and API secret are the same text; copy each into its own field.',
  },
  'vault.verification_not_open': {
    status: 409,
    remedy: 'This verification is over (it is open for 30 seconds) or was never begun; begin a new one.',
  },
  'vault.verification_used_up': {
    status: 409,
    remedy: 'A verification has at most four signatures; begin a new one.',
  },
  'vault.verification_unsigned': {
    status: 409,
    remedy: 'Nothing was signed for this verification, so it can prove nothing; begin a new one.',
  },
  'vault.key_refused': {
    status: 422,
    remedy:
      'The exchange refused the key; check that it exists, that its secret is right, and that our addresses are on its IP list.',
  },
  'vault.key_unknown': {
    status: 422,
    remedy:
      'The exchange does not know the key; check that it was copied in full, that it still exists, and that it was made on this site of the exchange.',
  },
  'vault.key_revoked': {
    status: 422,
    remedy: 'The exchange knew this key and does not any more: it was deleted there. Make a new one and save it.',
  },
  'vault.key_expired': {
    status: 422,
    remedy: 'The key has expired; renew it at the exchange (binding it to our addresses ends that) and verify again.',
  },
  'vault.key_other_environment': {
    status: 422,
    remedy:
      "The key belongs to the exchange's other environment (live or testnet); save it for that one, or make a key of this one.",
  },
  'vault.key_address_refused': {
    status: 422,
    remedy:
      'The key does not allow our address; put all addresses of `GET /api/egress-addresses` on its IP list at the exchange and verify again.',
  },
  'vault.key_secret_wrong': {
    status: 422,
    remedy: 'The exchange did not take the signature: the secret does not belong to this key. Save the key with its own secret.',
  },
  'vault.key_read_only': {
    status: 422,
    remedy: 'The key is read-only, whatever rights are ticked; set it to read and write at the exchange and verify again.',
  },
  'vault.venue_unavailable': {
    status: 503,
    remedy: 'The exchange could not be asked; nothing changed. Try again in a minute.',
  },
  'vault.key_can_withdraw': {
    status: 422,
    remedy: 'The key may withdraw; switch withdrawals off at the exchange and verify again.',
  },
  'vault.key_can_transfer': {
    status: 422,
    remedy: 'The key may move funds between accounts; switch transfers off at the exchange and verify again.',
  },
  'vault.key_has_unknown_right': {
    status: 422,
    remedy: 'The key has a right that we do not know; switch off all but reading and trading and verify again.',
  },
  'vault.key_cannot_read': {
    status: 422,
    remedy: 'The key may not read the account; switch reading on at the exchange and verify again.',
  },
  'vault.key_cannot_trade': {
    status: 422,
    remedy: 'The key may not trade; switch spot or contract trading on at the exchange and verify again.',
  },
  'vault.permissions_not_reported': {
    status: 422,
    remedy: 'The exchange did not say what the key may do, so it is not used; verify again.',
  },
  'vault.credential_unverified': {
    status: 409,
    remedy: 'The API key was not verified yet; verify it.',
  },
  'vault.credential_disabled': {
    status: 409,
    remedy: 'The API key is disabled since a verification failed; correct it at the exchange and verify again, or save another.',
  },
  'vault.credential_deleted': {
    status: 409,
    remedy: 'The API key was deleted; save one to trade again.',
  },
  'vault.integrity_failed': {
    status: 500,
    remedy: 'The stored API key failed its integrity check and was not used; enter it again.',
  },
  'vault.conflict': {
    status: 409,
    remedy: 'The same API key was being changed by another request; try again.',
  },
  'vault.string_not_allowed': {
    status: 422,
    remedy: 'The string is not one that the vault signs for this purpose; the executor has to be corrected.',
  },
  'vault.timestamp_out_of_window': {
    status: 422,
    remedy: "The string's timestamp is more than 3 seconds from the vault's clock; check both clocks and record a new attempt.",
  },
  'vault.trade_mismatch': {
    status: 422,
    remedy: 'The string does not carry the client order id of the trade that it is for; the executor has to be corrected.',
  },
  'vault.attempt_already_signed': {
    status: 409,
    remedy: 'Another string was signed for this attempt: look the order up at the exchange before a new attempt is recorded.',
  },
  'vault.key_replaced': {
    status: 409,
    remedy:
      'The order was signed with an API key that another one has replaced since; whether it stands can only be seen at the exchange, in the account of that key.',
  },
  'vault.trading_halted': {
    status: 409,
    remedy:
      'Trading is halted for this user, this strategy or everybody, so nothing is opened: see `GET /api/risk-limits`, and resume with `POST /api/trading/resume` (the platform: an operator).',
  },
  'vault.symbol_not_allowed': {
    status: 409,
    remedy: "The symbol is not on the user's list, so nothing is opened on it; add it with `PUT /api/risk-limits`.",
  },
  'vault.rate_limited': {
    status: 429,
    remedy: 'More strings were to be signed than the limits of this API key or of the vault allow; ask again in a moment.',
  },
  'vault.frozen': {
    status: 503,
    remedy:
      'Operators have frozen the key vault: it signs nothing but cancels until they thaw it (`latchkey vault thaw`). Keys can be saved and deleted.',
  },
  'vault.log_not_compared': {
    status: 503,
    remedy:
      'The vault does not know yet whether its database is the newest there is, so it signs nothing and changes no key (it deletes them); ask again in a moment. Operators: is its event stream there?',
  },
  'vault.cursor_invalid': {
    status: 400,
    remedy: 'The cursor is none of ours; leave it out to begin with the newest entry.',
  },
  'vault.stream_not_signed': {
    status: 422,
    remedy:
      'With an Ed25519 key this string would open a session that trades without further signatures, so it is never signed; ask for the fills instead.',
  },
  'vault.session_unknown': {
    status: 409,
    remedy: 'This vault process knows no such session: it was restarted, or the session is over; open another one and ask again.',
  },
  'vault.session_frame_refused': {
    status: 409,
    remedy: 'The frame was altered, repeated, out of order, or not made in this session; open another session and ask again.',
  },
  'vault.session_offer_refused': {
    status: 422,
    remedy: 'The offer of a session cannot be used: it is old, altered, or has no usable key; make a new one.',
  },
  'vault.too_many_attempts': {
    status: 422,
    remedy: 'An order gets at most five attempts, and this one got them; look at the exchange whether one of them stands.',
  },
  'vault.legacy_key_missing': {
    status: 409,
    remedy:
      "The vault does not hold the older service's key; set LEGACY_ENCRYPTION_KEY_FILE (or LEGACY_ENCRYPTION_KEY) for it and start it again (docs/migration.md).",
  },
  'vault.import_format_unknown': {
    status: 422,
    remedy:
      'The encrypted secret has none of the known formats (docs/migration.md lists them; an authentication tag has 16 bytes); its user has to enter the key again.',
  },
  'vault.import_not_opened': {
    status: 422,
    remedy:
      "The older service's key does not open this secret; if it opens no row at all, it is the wrong key, otherwise the row is damaged and its user has to enter the key again.",
  },
  'vault.import_user_invalid': {
    status: 422,
    remedy: 'The user id must be 1–128 characters of A–Z a–z 0–9 . _ : | @ -; map it to another one and import again.',
  },
  'vault.import_exchange_unknown': {
    status: 422,
    remedy: 'The exchange is neither binance nor bybit; there is nothing to import it into.',
  },
  'vault.import_key_exists': {
    status: 409,
    remedy: 'The account has another API key here, which its user saved since; it stays unless the import runs with `--replace`.',
  },
  'vault.import_key_deleted': {
    status: 409,
    remedy: 'The user deleted the API key of this account here; it stays deleted unless the import runs with `--replace`.',
  },
  'vault.key_exhausted': {
    status: 503,
    remedy:
      'The encryption key has wrapped as many data keys as one key may; what is stored still signs, but nothing new is stored. The operator has to bring in a new key (docs/keys.md) and run "latchkey keys rotate".',
  },
  'vault.encryption_key_unavailable': {
    status: 503,
    remedy:
      'This key vault does not hold the encryption key of the stored API key, which is intact: do not enter it again. The operator has to give every key vault all keys that "latchkey keys status" names.',
  },
  'vault.encryption_key_retired': {
    status: 409,
    remedy:
      'This encryption key was retired and must not write any more. The operator has to restart the key vault with the one that replaced it.',
  },
  'vault.encryption_key_in_use': {
    status: 409,
    remedy:
      'The encryption key cannot be retired: stored secrets are still under it, or it is the one that writes. Run "latchkey keys rotate", look at "latchkey keys status", and retire it then.',
  },
  'vault.encryption_key_not_writing': {
    status: 409,
    remedy:
      'The key vault that answered writes with another encryption key than this rotation is for; give all key vaults the same current key (docs/keys.md), then run "latchkey keys rotate" again.',
  },
  'vault.encryption_key_unknown': {
    status: 404,
    remedy: 'No encryption key of this id was ever in use here; "latchkey keys status" lists those that were.',
  },
} as const satisfies Readonly<Record<string, { readonly status: number; readonly remedy: string }>>;

/** A stable code of the key vault. */
export type VaultErrorCode = keyof typeof vaultErrors;
