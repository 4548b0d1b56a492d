# The server as an image: what `npm run build` makes, with exactly the dependencies of package-lock.json.
# Node is the version that the tests run on. Slim is enough: nothing here needs libatomic (docs/decisions/0002).

FROM node:24.21.0-slim AS build
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
COPY packages packages
RUN npm ci
COPY tsconfig.json LICENSE ./
COPY scripts scripts
RUN node scripts/build.ts

FROM node:24.21.0-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/protocol/package.json packages/protocol/package.json
COPY packages/verifier/package.json packages/verifier/package.json
COPY packages/server/package.json packages/server/package.json
RUN npm ci --omit=dev --workspace=latchkey

FROM node:24.21.0-slim
ENV NODE_ENV=production
ENV LATCHKEY_MODE=production
ENV HOST=0.0.0.0
ENV PORT=4400
WORKDIR /app
COPY --from=dependencies /app ./
# In place of the sources' manifests: these point to what was built.
COPY --from=build /src/packages/protocol/dist packages/protocol
COPY --from=build /src/packages/verifier/dist packages/verifier
COPY --from=build /src/packages/server/dist packages/server
# SQLite's place, the only one that the server writes to. Not used with PostgreSQL.
RUN mkdir data && chown 1000:1000 data
VOLUME /app/data
# The user `node` of the image, by number: orchestrators can see that it is not root.
USER 1000:1000
EXPOSE 4400
# Requests in flight get ten seconds: stop with at least 15 seconds of patience.
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/ready').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "packages/server/node/cli.js"]
CMD ["serve"]
