-- A drift is never deleted: its row says when it was over.
GRANT SELECT, INSERT, UPDATE ON position_drifts TO trade_executor;
