-- The paper venue: orders are never changed or taken back.
GRANT SELECT, INSERT, UPDATE ON paper_accounts TO trade_executor;
--> statement-breakpoint
GRANT SELECT, INSERT ON paper_orders TO trade_executor;
--> statement-breakpoint
GRANT USAGE ON SEQUENCE paper_orders_order_id_seq TO trade_executor;
