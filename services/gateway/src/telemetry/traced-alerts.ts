import { inSpan } from '@latchkey/tracing';
import type { Alerts } from '../app/ports.js';

/** The storing of an alert as a step of its request; alerts that are stored together have a step each. */
export const tracedAlerts = (alerts: Alerts): Alerts => ({
  ...alerts,
  take: (alert) =>
    inSpan('signal append', {}, async (span) => {
      const taken = await alerts.take(alert);
      span?.setAttribute('latchkey.alert.outcome', taken.outcome);
      if ('signalId' in taken) span?.setAttribute('latchkey.signal.id', taken.signalId);
      return taken;
    }),
});
