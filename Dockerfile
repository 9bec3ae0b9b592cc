# syntax=docker/dockerfile:1
# Three images from one build: api, worker, and bedesten (migrate, audit,
# doctor). Static binaries on a base without a package manager, run by a user
# who is nobody.
#
#   docker build --target api --tag bedesten/api:$(git rev-parse --short HEAD) .

FROM golang:1.26.8-bookworm AS build
WORKDIR /src
ENV CGO_ENABLED=0 GOFLAGS=-trimpath
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
# nodynamic: pictures are written by libwebp in WebAssembly and by nothing that the
# machine has; without it the binaries would not be static. Crash points exist only
# under -tags crashpoints.
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    go build -tags nodynamic -ldflags "-s -w" -o /out/ ./cmd/api ./cmd/worker ./cmd/bedesten && mkdir /out/media

# The one foreign tool in the images: healthchecks ask with it.
FROM busybox:1.37.0-musl AS probe

FROM gcr.io/distroless/static-debian12:nonroot AS base
COPY --from=probe /bin/wget /bin/wget
# Where a volume of pictures is mounted: it takes this folder's owner.
COPY --from=build --chown=nonroot:nonroot /out/media /media
USER nonroot:nonroot

FROM base AS api
COPY --from=build /out/api /api
EXPOSE 8080
ENTRYPOINT ["/api"]

FROM base AS worker
COPY --from=build /out/worker /worker
ENTRYPOINT ["/worker"]

FROM base AS bedesten
COPY --from=build /out/bedesten /bedesten
ENTRYPOINT ["/bedesten"]
CMD ["--help"]
