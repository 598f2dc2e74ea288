import type { NatsIdentity } from '@latchkey/contracts';

/**
 * Who may publish to what and listen to what, written by hand from DESIGN 1–6, so that a mistake in the generator or in contracts shows up
 * as a difference here. Change it with the design, never to make a spec pass.
 */
type Allowed = { readonly publish: readonly string[]; readonly subscribe: readonly string[] };

/** A service that answers others. */
const answers = '_R_.forged.x';

export const allowedPairs: Readonly<Record<NatsIdentity, Allowed>> = {
  gateway: {
    publish: [
      'cmd.key-vault.save-credential',
      'cmd.key-vault.delete-credential',
      'cmd.key-vault.begin-verification',
      'qry.key-vault.sealing-key',
      'qry.key-vault.credentials',
      'qry.key-vault.health',
      'cmd.trade-executor.set-following',
      'cmd.trade-executor.remove-following',
      'cmd.trade-executor.verify-credential',
      'qry.trade-executor.following',
      'qry.trade-executor.trades',
      'qry.trade-executor.trade',
      'qry.trade-executor.signal-trades',
      'qry.trade-executor.health',
      'qry.audit.entries',
      'qry.audit.health',
      'evt.gateway.signal.received.p01',
      'head.gateway',
      '$JS.API.STREAM.INFO.EVENTS_GATEWAY',
      '$JS.API.STREAM.MSG.GET.EVENTS_GATEWAY',
      answers,
    ],
    subscribe: ['_INBOX_gateway.>', 'cmd.gateway.replay', 'qry.gateway.origin'],
  },
  'key-vault': {
    publish: [
      'evt.key-vault.signal.received.p01',
      'head.key-vault',
      '$JS.API.STREAM.INFO.EVENTS_KEY_VAULT',
      '$JS.API.STREAM.MSG.GET.EVENTS_KEY_VAULT',
      answers,
    ],
    subscribe: [
      '_INBOX_key-vault.>',
      'cmd.key-vault.replay',
      'cmd.key-vault.save-credential',
      'cmd.key-vault.delete-credential',
      'cmd.key-vault.begin-verification',
      'cmd.key-vault.complete-verification',
      'cmd.key-vault.sign',
      'qry.key-vault.sealing-key',
      'qry.key-vault.credentials',
      'qry.key-vault.health',
    ],
  },
  'trade-executor': {
    publish: [
      'cmd.key-vault.sign',
      'cmd.key-vault.complete-verification',
      'qry.key-vault.credentials',
      'cmd.gateway.replay',
      'evt.trade-executor.signal.received.p01',
      'head.trade-executor',
      '$JS.API.STREAM.INFO.EVENTS_TRADE_EXECUTOR',
      '$JS.API.STREAM.MSG.GET.EVENTS_TRADE_EXECUTOR',
      '$JS.API.CONSUMER.INFO.EVENTS_GATEWAY.trade-executor-signals',
      '$JS.API.CONSUMER.MSG.NEXT.EVENTS_GATEWAY.trade-executor-signals',
      '$JS.ACK.EVENTS_GATEWAY.trade-executor-signals.1.1.1.1.0',
      answers,
    ],
    subscribe: [
      '_INBOX_trade-executor.>',
      'cmd.trade-executor.replay',
      'cmd.trade-executor.set-following',
      'cmd.trade-executor.remove-following',
      'cmd.trade-executor.verify-credential',
      'qry.trade-executor.following',
      'qry.trade-executor.trades',
      'qry.trade-executor.trade',
      'qry.trade-executor.signal-trades',
      'qry.trade-executor.health',
      'head.gateway',
    ],
  },
  audit: {
    publish: [
      'qry.gateway.origin',
      'cmd.gateway.replay',
      'cmd.key-vault.replay',
      'cmd.trade-executor.replay',
      '$JS.API.CONSUMER.INFO.EVENTS_GATEWAY.audit-gateway',
      '$JS.API.CONSUMER.MSG.NEXT.EVENTS_GATEWAY.audit-gateway',
      '$JS.ACK.EVENTS_GATEWAY.audit-gateway.1.1.1.1.0',
      '$JS.API.CONSUMER.INFO.EVENTS_KEY_VAULT.audit-key-vault',
      '$JS.API.CONSUMER.MSG.NEXT.EVENTS_KEY_VAULT.audit-key-vault',
      '$JS.ACK.EVENTS_KEY_VAULT.audit-key-vault.1.1.1.1.0',
      '$JS.API.CONSUMER.INFO.EVENTS_TRADE_EXECUTOR.audit-trade-executor',
      '$JS.API.CONSUMER.MSG.NEXT.EVENTS_TRADE_EXECUTOR.audit-trade-executor',
      '$JS.ACK.EVENTS_TRADE_EXECUTOR.audit-trade-executor.1.1.1.1.0',
      answers,
    ],
    subscribe: [
      '_INBOX_audit.>',
      'qry.audit.entries',
      'qry.audit.health',
      'head.gateway',
      'head.key-vault',
      'head.trade-executor',
    ],
  },
  operator: {
    publish: ['qry.key-vault.health'],
    subscribe: ['_INBOX_operator.>'],
  },
  provisioner: {
    publish: [
      '$JS.API.STREAM.INFO.EVENTS_GATEWAY',
      '$JS.API.STREAM.INFO.EVENTS_KEY_VAULT',
      '$JS.API.STREAM.INFO.EVENTS_TRADE_EXECUTOR',
      '$JS.API.STREAM.CREATE.EVENTS_GATEWAY',
      '$JS.API.STREAM.CREATE.EVENTS_KEY_VAULT',
      '$JS.API.STREAM.CREATE.EVENTS_TRADE_EXECUTOR',
      '$JS.API.STREAM.UPDATE.EVENTS_GATEWAY',
      '$JS.API.STREAM.UPDATE.EVENTS_KEY_VAULT',
      '$JS.API.STREAM.UPDATE.EVENTS_TRADE_EXECUTOR',
      '$JS.API.CONSUMER.INFO.EVENTS_GATEWAY.trade-executor-signals',
      '$JS.API.CONSUMER.INFO.EVENTS_GATEWAY.audit-gateway',
      '$JS.API.CONSUMER.INFO.EVENTS_KEY_VAULT.audit-key-vault',
      '$JS.API.CONSUMER.INFO.EVENTS_TRADE_EXECUTOR.audit-trade-executor',
      '$JS.API.CONSUMER.CREATE.EVENTS_GATEWAY.trade-executor-signals.evt.gateway.signal.received.>',
      '$JS.API.CONSUMER.CREATE.EVENTS_GATEWAY.audit-gateway.evt.gateway.>',
      // A filter's wildcard lets the narrower filters through, too: that durable would see less, never more.
      '$JS.API.CONSUMER.CREATE.EVENTS_GATEWAY.audit-gateway.evt.gateway.signal.received.>',
      '$JS.API.CONSUMER.CREATE.EVENTS_KEY_VAULT.audit-key-vault.evt.key-vault.>',
      '$JS.API.CONSUMER.CREATE.EVENTS_TRADE_EXECUTOR.audit-trade-executor.evt.trade-executor.>',
    ],
    subscribe: ['_INBOX_provisioner.>'],
  },
  observer: {
    publish: [
      '$JS.API.STREAM.INFO.EVENTS_GATEWAY',
      '$JS.API.STREAM.INFO.EVENTS_KEY_VAULT',
      '$JS.API.STREAM.INFO.EVENTS_TRADE_EXECUTOR',
      '$JS.API.STREAM.MSG.GET.EVENTS_GATEWAY',
      '$JS.API.STREAM.MSG.GET.EVENTS_KEY_VAULT',
      '$JS.API.STREAM.MSG.GET.EVENTS_TRADE_EXECUTOR',
      '$JS.API.CONSUMER.INFO.EVENTS_GATEWAY.trade-executor-signals',
      '$JS.API.CONSUMER.INFO.EVENTS_GATEWAY.audit-gateway',
      '$JS.API.CONSUMER.INFO.EVENTS_KEY_VAULT.audit-key-vault',
      '$JS.API.CONSUMER.INFO.EVENTS_TRADE_EXECUTOR.audit-trade-executor',
    ],
    // Everything: see the spec.
    subscribe: [],
  },
};
