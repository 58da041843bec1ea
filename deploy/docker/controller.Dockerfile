# The controller: OpenFlow towards switches, requests and events on the bus.
# Built from the root of the repository: docker build --file deploy/docker/controller.Dockerfile .
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
    swift build --configuration release --static-swift-stdlib --product sharp-controller \
    && install -D .build/release/sharp-controller /built/sharp-controller

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
        libzmq5=4.3.4-6 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin sharp
COPY --from=build /built/sharp-controller /usr/local/bin/sharp-controller
USER 10001
EXPOSE 6653 5570 5571
ENTRYPOINT ["/usr/local/bin/sharp-controller"]
CMD ["--listen", "0.0.0.0:6653", "--requests", "tcp://*:5570", "--events", "tcp://*:5571"]
