# The worker. Debian, not Alpine: the Temporal SDK's native part is built for glibc only.
# Not built by us so far: there is no Docker engine where Belay is developed. Its two npm steps were run outside of one.
FROM node:20-bookworm-slim AS build
WORKDIR /belay
COPY . .
# `prepare` builds dist/ and the workflow bundle, so that a worker starts in about a second.
RUN npm ci

FROM node:20-bookworm-slim
# The native part verifies TLS servers with the system's certificates, which this base image lacks.
RUN apt-get update \
  && apt-get install --yes --no-install-recommends ca-certificates \
  && rm -rf /var/lib/apt/lists/*
WORKDIR /belay
COPY package.json package-lock.json LICENSE ./
RUN npm ci --omit=dev --ignore-scripts && npm cache clean --force
COPY --from=build /belay/dist ./dist
# Store and key file live here: mount a volume, and keep a copy of the key.
RUN install -d -o node -g node -m 0700 /var/lib/belay
ENV NODE_ENV=production \
  NODE_OPTIONS=--enable-source-maps \
  BELAY_STORE=file:/var/lib/belay/store \
  BELAY_KEY_FILE=/var/lib/belay/key
USER node
VOLUME /var/lib/belay
ENTRYPOINT ["node", "dist/src/cli/main.js"]
CMD ["worker"]
