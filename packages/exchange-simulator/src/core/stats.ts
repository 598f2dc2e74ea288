/** A connection cut without an answer is counted under `cut`, one whose answer stops half-way under `stall`. */
export type Outcome = number | 'cut' | 'stall';

/** DESIGN 11's `GET /stats`. Paths that no endpoint has are counted under `(unknown path)`, so that a scan cannot fill the memory. */
export type StatsView = {
  readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly signatureFailures: number;
  readonly rateLimitViolations: number;
  readonly requestsBeforeRetryAfter: number;
};

export type Counter = 'signatureFailures' | 'rateLimitViolations' | 'requestsBeforeRetryAfter';
export type Stats = {
  readonly request: (path: string | undefined, outcome: Outcome) => void;
  readonly count: (counter: Counter) => void;
  readonly view: () => StatsView;
};

export const createStats = (): Stats => {
  const requests = new Map<string, Map<string, number>>();
  const counters: Record<Counter, number> = { signatureFailures: 0, rateLimitViolations: 0, requestsBeforeRetryAfter: 0 };
  return {
    request: (path = '(unknown path)', outcome) => {
      const outcomes = requests.get(path) ?? new Map<string, number>();
      requests.set(path, outcomes);
      outcomes.set(String(outcome), (outcomes.get(String(outcome)) ?? 0) + 1);
    },
    count: (counter) => {
      counters[counter] += 1;
    },
    view: () => ({
      requests: Object.fromEntries([...requests].map(([path, outcomes]) => [path, Object.fromEntries(outcomes)])),
      ...counters,
    }),
  };
};
