// What controllers and guards are given. Interfaces do not exist at run time, so each has a name of its own.
export const VERIFY_TOKEN = Symbol('verify token');
export const RATE_LIMITER = Symbol('rate limiter');
export const USER_API_KEYS = Symbol('user api keys');
export const VAULT_BORN_KEYS = Symbol('vault-born keys');
export const STRATEGIES = Symbol('strategies');
export const FOLLOWINGS = Symbol('followings');
export const PAPER_ACCOUNTS = Symbol('paper accounts');
export const RISK = Symbol('risk');
export const TAKE_ALERT = Symbol('take alert');
export const TRADING_HISTORY = Symbol('trading history');
export const HEALTH = Symbol('health');
export const SETTINGS = Symbol('settings');
export const ORIGINS = Symbol('origins');
export const RELAY = Symbol('relay');
export const CLOCK = Symbol('clock');
export const EGRESS_ADDRESSES = Symbol('EgressAddresses');
