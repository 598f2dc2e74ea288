import type { Brand } from '@latchkey/kernel';
import { createHash, timingSafeEqual } from 'node:crypto';

/** 256 random bits as 43 characters of base64url: whoever has it may send a strategy's alerts. Stored as its SHA-256 only. */
export type WebhookToken = Brand<string, 'WebhookToken'>;

const syntax = /^[A-Za-z0-9_-]{43}$/;

export const isWebhookToken = (text: string): text is WebhookToken => syntax.test(text);

export const webhookTokenFrom = (random: Uint8Array): WebhookToken => Buffer.from(random).toString('base64url') as WebhookToken;

export const hashOfToken = (token: WebhookToken): Buffer => createHash('sha256').update(token).digest();

/** Compares in constant time, so that nothing but the index look-up depends on the hash. */
export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && timingSafeEqual(a, b);
