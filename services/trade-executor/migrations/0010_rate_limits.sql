CREATE TABLE "egress_addresses" (
	"holder" text NOT NULL,
	"address" text NOT NULL,
	"expires_at" timestamp(3) with time zone NOT NULL,
	CONSTRAINT "egress_addresses_holder_address_pk" PRIMARY KEY("holder","address")
);
--> statement-breakpoint
CREATE TABLE "rate_limits" (
	"key" text PRIMARY KEY NOT NULL,
	"tokens" double precision NOT NULL,
	"granted" double precision NOT NULL,
	"burst" double precision NOT NULL,
	"per_ms" double precision NOT NULL,
	"told" double precision,
	"at" double precision NOT NULL,
	"blocked_until" double precision NOT NULL
);
