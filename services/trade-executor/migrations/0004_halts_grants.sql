-- Halts and limits are switched, never deleted.
GRANT SELECT, INSERT, UPDATE ON trading_halts, symbol_lists TO trade_executor;
