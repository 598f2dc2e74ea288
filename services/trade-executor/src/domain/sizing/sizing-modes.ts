/** The sizings that are carried out today; others are refused when a following is set, never stored and ignored. */
export const supportedSizingModes = ['alert', 'base_amount', 'quote_amount'] as const;
export type SizingModeName = (typeof supportedSizingModes)[number];

export const isSupportedSizing = (mode: string): mode is SizingModeName =>
  (supportedSizingModes as readonly string[]).includes(mode);
