/** Why an alert is not taken; stable codes, each with its HTTP status and remedy in contracts' error catalogue. */
export type RefusalCode =
  | 'alert.malformed'
  | 'alert.placeholders_left'
  | 'alert.field_missing'
  | 'alert.field_invalid'
  | 'not_supported'
  | 'signal.stale'
  | 'signal.key_reused';

/** An expected "no". The message quotes nothing of the alert but the names of fields that we know. */
export type Refusal = { readonly code: RefusalCode; readonly message: string; readonly field?: string };

export type Read<Value> = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly refusal: Refusal };

export const read = <Value>(value: Value): Read<Value> => ({ ok: true, value });

export const refuse = (code: RefusalCode, message: string, field?: string): Read<never> => ({
  ok: false,
  refusal: field === undefined ? { code, message } : { code, message, field },
});
