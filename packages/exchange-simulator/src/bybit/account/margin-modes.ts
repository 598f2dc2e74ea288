import type { ApiKey } from '../../core/names.js';

export const marginModes = ['ISOLATED_MARGIN', 'REGULAR_MARGIN', 'PORTFOLIO_MARGIN'] as const;
export type MarginMode = (typeof marginModes)[number];

/** The margin mode is one of the whole account. */
export type MarginModes = {
  readonly of: (apiKey: ApiKey) => MarginMode;
  readonly set: (apiKey: ApiKey, mode: MarginMode) => void;
};

export const createMarginModes = (): MarginModes => {
  const modes = new Map<ApiKey, MarginMode>();
  return {
    of: (apiKey) => modes.get(apiKey) ?? 'REGULAR_MARGIN',
    set: (apiKey, mode) => {
      modes.set(apiKey, mode);
    },
  };
};
