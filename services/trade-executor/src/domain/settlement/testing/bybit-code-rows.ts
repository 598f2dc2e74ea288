type BybitCodeRow = readonly [
  codes: readonly number[],
  outcome: 'rejected' | 'turned_away' | 'unknown',
  sendAgain: 'no' | 'yes' | 'after proven absence' | 'no: the earlier order is ours',
];

/** Every code of exchange-facts.md 4.5, as an answer to a new order: its columns "accepted?" and "retry", written down apart from the code. */
const rows: readonly BybitCodeRow[] = [
  [[10000, 429, 10016], 'unknown', 'after proven absence'],
  [[170007, 170146, 170032, 170234, 170001, 170149, 110079], 'unknown', 'after proven absence'],
  [[10014, 110072, 170141], 'unknown', 'no: the earlier order is ours'],
  [[10001, 10003, 10004, 10005, 10007, 10008, 10009, 10010, 10017, 10024, 10027, 10028, 10029], 'rejected', 'no'],
  [[33004, -2015], 'rejected', 'no'],
  [[110003, 110094, 110004, 110007, 110012, 110044, 110045, 110052, 110017, 110020], 'rejected', 'no'],
  [[170131, 170033, 170124, 170136, 170140, 170134, 170137, 170210], 'rejected', 'no'],
  [[10002, 10006, 10018, 170222], 'turned_away', 'yes'],
  // Documented for other calls: as answers to a new order they say nothing that we know.
  [[110001, 110008, 110010, 110013, 110024, 110028, 110025, 110026, 110043, 170213, 34040], 'unknown', 'after proven absence'],
];

export const bybitCodeCases = rows.flatMap(([codes, outcome, sendAgain]) =>
  codes.map((code) => [code, outcome, sendAgain] as const),
);
