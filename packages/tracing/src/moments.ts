import { channel } from 'node:diagnostics_channel';

/** Steps between which a process may die, freeze or be cut off, and what it leaves behind must still be right. */
export const moments = [
  'signal-received',
  'fan-out-recorded',
  'fan-out-committed',
  'trade-taken',
  'way-made',
  'permit-granted',
  'attempt-decided',
  'attempt-committed',
  'signature-received',
  'request-leaving',
  'answer-received',
  'outcome-recorded',
  'look-up-leaving',
  'absence-counted',
  'events-published',
  'lease-renewed',
  'stopping',
] as const;
export type Moment = (typeof moments)[number];

const passed = channel('latchkey:moment');

/**
 * Says on the diagnostics channel `latchkey:moment` that such a step was passed. Whoever debugs, or has to see what a process leaves behind when
 * it ends right here, subscribes from outside (`node --import`); without a subscriber it costs nothing.
 */
export const passing = (moment: Moment): void => {
  if (passed.hasSubscribers) passed.publish({ moment });
};
