/** Stands where the account's API key belongs: whoever asks for a signature does not know the key before it has one. */
export const apiKeyMark = '{apiKey}';

const timestampDigits = 13;

/** A string to sign in Bybit's form, taken apart. */
export type BybitString = {
  readonly timestamp: string;
  readonly recvWindow: string;
  /** The query as it is sent, the raw body, or nothing. */
  readonly content: string;
};

// The window is every digit there is, so that no other reading makes it longer: what follows never begins with one.
const form = /^(\d{13})\{apiKey\}([1-9]\d*)(.*)$/s;

/** `<ms>{apiKey}<window><query or body>`, with the mark in the key's place; `undefined` for everything else. */
export const readBybitString = (payload: string): BybitString | undefined => {
  const [, timestamp, recvWindow, content] = form.exec(payload) ?? [];
  return timestamp === undefined || recvWindow === undefined || content === undefined
    ? undefined
    : { timestamp, recvWindow, content };
};

/** The string that the venue will compute, with the account's own key where the mark stood. */
export const completeBybitString = (payload: string, apiKey: string): string =>
  `${payload.slice(0, timestampDigits)}${apiKey}${payload.slice(timestampDigits + apiKeyMark.length)}`;
