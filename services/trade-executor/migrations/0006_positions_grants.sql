-- What followings own changes with their trades' fills, and is never deleted.
GRANT SELECT, INSERT, UPDATE ON positions TO trade_executor;
--> statement-breakpoint
-- Trades of before count too: by their fills, or by the venue's own total where fills got lost, less the fees that were taken in the base asset.
WITH fills AS (
  SELECT DISTINCT ON (stream_id, data->>'orderId', data->>'fillId') data->>'tradeId' AS trade_id, (data->>'amount')::numeric AS amount,
    (data->>'fee')::numeric AS fee, data->>'feeAsset' AS fee_asset
  FROM events WHERE type = 'OrderFilled'
), executed AS (
  SELECT trade_id, sum(amount) AS amount FROM fills GROUP BY 1
), closed AS (
  SELECT data->>'tradeId' AS trade_id, max((data->>'filled')::numeric) AS amount FROM events WHERE type = 'OrderClosed' GROUP BY 1
)
UPDATE trades t SET owned_change = CASE t.side WHEN 'buy' THEN 1 ELSE -1 END * coalesce(greatest(e.amount, c.amount), 0)
  - CASE t.market_type WHEN 'spot' THEN coalesce((
      SELECT sum(f.fee) FROM fills f WHERE f.trade_id = t.trade_id::text AND starts_with(t.symbol, f.fee_asset)), 0) ELSE 0 END
FROM trades o LEFT JOIN executed e ON e.trade_id = o.trade_id::text LEFT JOIN closed c ON c.trade_id = o.trade_id::text
WHERE o.trade_id = t.trade_id AND (e.trade_id IS NOT NULL OR c.trade_id IS NOT NULL);
--> statement-breakpoint
INSERT INTO positions (user_id, strategy_id, exchange, environment, market_type, symbol, quantity, changed_at)
SELECT user_id, strategy_id, exchange, environment, market_type, symbol, sum(owned_change), coalesce(max(settled_at), max(requested_at))
FROM trades WHERE owned_change <> 0 GROUP BY 1, 2, 3, 4, 5, 6;
