CREATE TABLE "paper_accounts" (
	"user_id" text NOT NULL,
	"exchange" text NOT NULL,
	"market_type" text NOT NULL,
	"opened_at" timestamp(3) with time zone DEFAULT now() NOT NULL,
	"balances" jsonb NOT NULL,
	"positions" jsonb NOT NULL,
	CONSTRAINT "paper_accounts_pk" PRIMARY KEY("user_id","exchange","market_type")
);
--> statement-breakpoint
CREATE TABLE "paper_orders" (
	"client_order_id" text PRIMARY KEY NOT NULL,
	"order_id" bigserial,
	"user_id" text NOT NULL,
	"exchange" text NOT NULL,
	"market_type" text NOT NULL,
	"symbol" text NOT NULL,
	"side" text NOT NULL,
	"amount" text NOT NULL,
	"price" text NOT NULL,
	"fee" text NOT NULL,
	"fee_asset" text NOT NULL,
	"at" timestamp(3) with time zone NOT NULL
);
