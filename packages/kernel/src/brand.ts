/**
 * A value that only a checked constructor can make, so that a `UserId` is never taken for a `TradeId`. The mark exists for the compiler
 * alone; it is a named property (no unique symbol), because declarations that mention one from another package cannot be written out.
 */
export type Brand<Value, Name extends string> = Value & { readonly __brand: Name };
