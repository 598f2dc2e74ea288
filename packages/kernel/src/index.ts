export { AppError, assertNever, InvariantError, isAppError, messageOf, type ErrorDetails } from './app-error.js';
export type { Brand } from './brand.js';
export { canonicalJson, sha256Hex } from './canonical-json.js';
export { systemClock, type Clock } from './clock.js';
export { DeadlineError, withDeadline } from './deadline.js';
export {
  absolute,
  add,
  compare,
  decimal,
  DecimalError,
  decimalPlaces,
  divide,
  greater,
  isDecimal,
  isMultipleOf,
  isNegative,
  isPositive,
  isZero,
  lesser,
  multiply,
  negate,
  roundDownToStep,
  subtract,
  sum,
  toFixedPlaces,
  zero,
  type Decimal,
} from './decimal.js';
export { replay, type Decider, type DomainEvent } from './decider.js';
export { groupCommit, type GroupCommitOptions } from './group-commit.js';
export {
  clientOrderIdOf,
  entryLeg,
  newId,
  requestIdOf,
  tradeIdOf,
  type ClientOrderId,
  type CredentialId,
  type EventId,
  type Leg,
  type SignalId,
  type StrategyId,
  type TradeId,
  type UserId,
} from './ids.js';
export { isTraceparent, newTraceparent, traceIdOf, type Traceparent } from './traceparent.js';
