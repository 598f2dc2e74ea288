/** A sealing key is handed out for a week. */
export const lifetimeMs = 7 * 24 * 60 * 60_000;
/** What was sealed to a key before another one replaced it opens for another day; then its private half is destroyed. */
export const overlapMs = 24 * 60 * 60_000;
