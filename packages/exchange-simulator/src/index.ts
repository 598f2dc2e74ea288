export { judgeOfFilters, type FilterJudge, type JudgedOrder, type JudgedRules } from './filter-judges.js';
export { documentedLimits, type BinanceLimits, type IpLimits, type OrderLimits } from './binance/ip-limits.js';
export { documentedBybitLimits, type BybitLimits, type EndpointLimit } from './bybit/limits.js';
export { manualClock, systemClock, type CancelTimer, type ManualClock, type SimClock } from './core/clock.js';
export { startSimulator, type Simulator, type SimulatorOptions, type SimulatorUrls } from './start-simulator.js';
export type { RawReply, RawRequest } from './core/raw-http.js';
export { venuesInProcess, type BookedOrder, type VenuesInProcess } from './in-process.js';
export { replayRecording, type Replay } from './recording/replay.js';
