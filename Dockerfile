# Builds HookQL and runs it as an unprivileged user. The root file system can be read-only.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci
COPY . .
RUN npm run build && npm prune --omit=dev

FROM node:24.21.0-bookworm-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000 HOOKQL_ADMIN_PORT=9090
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY --from=build /app/package.json package.json
# For the store: mount a volume here, and set HOOKQL_STORE=/var/lib/hookql/hookql.db.
RUN install --directory --owner=node --group=node --mode=0700 /var/lib/hookql
USER node
EXPOSE 4000 9090
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["node", "--eval", "fetch('http://127.0.0.1:9090/livez').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "dist/main.js"]
