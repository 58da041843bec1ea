# The HTTP interface for orchestrators.
# Built from the root of the repository: docker build --file deploy/docker/northbound.Dockerfile .
FROM swift:6.3.1-bookworm AS build
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
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
    swift build --configuration release --static-swift-stdlib --product sharp-northbound \
    && install -D .build/release/sharp-northbound /built/sharp-northbound

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libzmq5=4.3.4-6 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin sharp
COPY --from=build /built/sharp-northbound /usr/local/bin/sharp-northbound
USER 10001
EXPOSE 8080
# The image has no HTTP client; bash speaks enough of it.
HEALTHCHECK --interval=10s --timeout=3s --start-period=5s \
    CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /healthz HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && read -r line <&3 && [[ $line == *' 200 '* ]]"]
ENTRYPOINT ["/usr/local/bin/sharp-northbound"]
CMD ["--listen", "0.0.0.0:8080", "--requests", "tcp://controller:5570", "--events", "tcp://controller:5571"]
