# The HSL agent. It runs as root, with the capabilities NET_ADMIN and NET_RAW: it opens packet sockets and makes TAP devices. A fast path
# between two interfaces takes BPF and PERFMON besides.
# Built from the root of the repository: docker build --file deploy/docker/hsl-agent.Dockerfile .
FROM swift:6.3.1-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libpcap-dev=1.10.3-1 \
        libzmq3-dev=4.3.4-6 \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
COPY Shared Shared
COPY Services Services
COPY Tests Tests
COPY deploy/adapters deploy/adapters
COPY deploy/lab deploy/lab
RUN --mount=type=cache,target=/source/.build \
    swift build --configuration release --static-swift-stdlib --product sharp-hsl-agent \
    && install -D .build/release/sharp-hsl-agent /built/sharp-hsl-agent

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libpcap0.8=1.10.3-1 \
        libzmq5=4.3.4-6 \
    && rm -rf /var/lib/apt/lists/*
COPY --from=build /built/sharp-hsl-agent /usr/local/bin/sharp-hsl-agent
ENTRYPOINT ["/usr/local/bin/sharp-hsl-agent"]
