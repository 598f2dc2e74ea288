#!/bin/sh
# Takes one built workspace with what it needs at run time: deploy.sh <workspace> <folder>
set -eu
# Without optional dependencies: those are the embedded Postgres.
pnpm --offline --filter "$1" deploy --prod --no-optional "$2"
cd "$2"

# What no program reads goes: sources, types, source maps, specs, build records, and ccxt's builds for browsers and CommonJS.
rm -rf src vectors docs pnpm-lock.yaml pnpm-workspace.yaml drizzle.config.ts tsconfig.json
find . -type f \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' -o -name '*.tsbuildinfo' \) -delete
find . -type f -name '*.spec.js' -path '*/dist/*' -not -path '*/node_modules/.pnpm/[!@]*' -delete
find . -type f \( -iname 'readme.md' -o -iname 'changelog.md' -o -iname 'history.md' \) -delete
find . -type d -path '*/node_modules/ccxt/dist' -prune -exec rm -rf {} +
find . -type d -empty -delete
