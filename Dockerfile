# Every image of Latchkey, one target each:
#   docker build --target gateway --tag latchkey/gateway .
# The services: gateway, key-vault, trade-executor, audit. Operations: provisioner, migrate, secrets, cli. For trying out: simulator.

ARG NODE_IMAGE=node:26-slim

# ── What only the build needs ──

FROM ${NODE_IMAGE} AS toolchain
ENV CI=true NO_UPDATE_NOTIFIER=1
WORKDIR /latchkey
COPY package.json ./
# pnpm as pinned. Its binary lies in a package of its own; what npm links is a placeholder when install scripts are off.
RUN npm install --prefix /opt/pnpm --ignore-scripts --no-audit --no-fund --loglevel=error \
      "pnpm@$(node -p "require('./package.json').toolchain.pnpm")" \
  && ln -s /opt/pnpm/node_modules/@pnpm/exe.linux-*/pnpm /usr/local/bin/pnpm

# Downloads depend on the lock file alone: a change of a source file downloads nothing.
FROM toolchain AS packages
COPY pnpm-lock.yaml pnpm-workspace.yaml ./
RUN pnpm fetch

FROM packages AS build
COPY . .
RUN pnpm install --offline --frozen-lockfile \
  && node_modules/.bin/tsc -b services/gateway services/key-vault services/trade-executor services/audit \
       packages/cli packages/exchange-simulator

FROM build AS built-gateway
RUN infra/docker/deploy.sh @latchkey/gateway /out
FROM build AS built-key-vault
RUN infra/docker/deploy.sh @latchkey/key-vault /out
FROM build AS built-trade-executor
RUN infra/docker/deploy.sh @latchkey/trade-executor /out
FROM build AS built-audit
RUN infra/docker/deploy.sh @latchkey/audit /out
FROM build AS built-cli
RUN infra/docker/deploy.sh @latchkey/cli /out
FROM build AS built-simulator
RUN infra/docker/deploy.sh @latchkey/exchange-simulator /out

# ── What runs ──

FROM ${NODE_IMAGE} AS runtime
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.vendor="Latchkey" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
ENV NODE_ENV=production
WORKDIR /app
# The code belongs to root: what runs cannot change it. Nothing is written but to /tmp.
USER 1000:1000
STOPSIGNAL SIGTERM
# In place of the base image's shell script: our process gets the signals, or the init that the engine puts before it.
ENTRYPOINT []

# Health is answered on loopback inside the container; who probes from outside sets HEALTH_HOST.
FROM runtime AS service
ENV HEALTH_PORT=9090
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --start-interval=1s --retries=3 \
  CMD ["node", "-e", "require('node:http').get(`http://127.0.0.1:${process.env.HEALTH_PORT}/health/ready`, (answer) => process.exit(answer.statusCode === 200 ? 0 : 1)).on('error', () => process.exit(1))"]
# As packages/local-stack starts them. Without the signal that opens the inspector: in the vault it would open the memory that holds keys.
CMD ["node", "--disable-sigusr1", "dist/main.js"]

FROM service AS gateway
LABEL org.opencontainers.image.title="latchkey gateway" org.opencontainers.image.description="REST API, webhooks, identity"
ENV PORT=8080 HOST=0.0.0.0 HEALTH_PORT=8080
EXPOSE 8080
COPY --from=built-gateway /out ./

FROM service AS key-vault
LABEL org.opencontainers.image.title="latchkey key-vault" org.opencontainers.image.description="Stores API secrets and signs with them"
COPY --from=built-key-vault /out ./

FROM service AS trade-executor
LABEL org.opencontainers.image.title="latchkey trade-executor" org.opencontainers.image.description="Turns signals into orders, exactly once"
COPY --from=built-trade-executor /out ./

FROM service AS audit
LABEL org.opencontainers.image.title="latchkey audit" org.opencontainers.image.description="The hash-chained record of every event"
COPY --from=built-audit /out ./

FROM runtime AS simulator
LABEL org.opencontainers.image.title="latchkey simulator" org.opencontainers.image.description="Simulated exchanges, on loopback"
ENV SIMULATOR_BINANCE_PORT=8181 SIMULATOR_BYBIT_PORT=8182 SIMULATOR_CONTROL_PORT=8183
COPY --from=built-simulator /out ./
CMD ["node", "dist/main.js"]

FROM runtime AS cli
LABEL org.opencontainers.image.title="latchkey cli" org.opencontainers.image.description="The operator's command line"
# Where it finds stack.json, as `secrets create` wrote it.
ENV LATCHKEY_HOME=/run/secrets
COPY --from=built-cli /out ./
ENTRYPOINT ["node", "/app/dist/main.js"]
CMD ["--help"]

FROM cli AS provisioner
LABEL org.opencontainers.image.title="latchkey provisioner" org.opencontainers.image.description="Makes streams and durable consumers"
CMD ["broker", "provision", "--watch"]

FROM cli AS migrate
LABEL org.opencontainers.image.title="latchkey migrate" org.opencontainers.image.description="Makes databases and brings them up to date"
COPY infra/postgres infra/postgres
COPY services/gateway/migrations services/gateway/migrations
COPY services/key-vault/migrations services/key-vault/migrations
COPY services/trade-executor/migrations services/trade-executor/migrations
COPY services/audit/migrations services/audit/migrations
CMD ["databases", "prepare", "--secrets", "/run/secrets", "--root", "/app"]

FROM cli AS secrets
LABEL org.opencontainers.image.title="latchkey secrets" org.opencontainers.image.description="Makes the secrets of an installation"
USER root
# A new volume takes its owner from the folder that it is mounted over.
RUN for name in gateway key-vault trade-executor audit provisioner migrate postgres nats cli; do \
      install -d -o 1000 -g 1000 "/secrets/$name"; done \
  && install -d -o 1000 -g 1000 /nats /telemetry
USER 1000:1000
CMD ["secrets", "create", "--into", "/secrets"]
