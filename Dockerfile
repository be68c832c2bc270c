# The operator's image, which is also the image of the `abohb` command. Base image: any with Node 22.19 or later and npm.
ARG NODE_IMAGE=node:24-bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
COPY operator operator
COPY cli cli
RUN npm run build

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
# What the image contains, for those who have to know: a bill of materials in CycloneDX, of what is installed. Told to omit
# what is for development, npm omits what is needed without it as well.
RUN npm pkg delete devDependencies && npm sbom --sbom-format cyclonedx > sbom.cdx.json

FROM ${NODE_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="abohb" \
      org.opencontainers.image.description="Kubernetes operator for model-based asynchronous hyperparameter search" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
WORKDIR /app
# Two arenas: with one per thread, what a thousand connections have freed is not given back.
ENV NODE_ENV=production MALLOC_ARENA_MAX=2
COPY --from=dependencies /app/node_modules node_modules
COPY --from=dependencies /app/sbom.cdx.json sbom.cdx.json
COPY --from=build /build/dist dist
COPY package.json LICENSE* ./
COPY crds crds
# Nobody in particular; a number, so that Kubernetes can see that it is not root.
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["node", "--max-semi-space-size=8", "dist/operator/main.js"]
