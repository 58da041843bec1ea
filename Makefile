# What one packet, one handover and one test run take. `make demo` and `make test` are the two to know.

RATE ?= 1000
SIZE ?= 58
FLOWS ?= 1
STATE_MS ?= 0
BIDIRECTIONAL ?= 1
HANDOVERS ?= 1

ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SWIFT_FLAGS := -c release
LAB := .build/release/sharp-lab
CORPUS := .cache/os-ken

.PHONY: install build demo test lint corpus clean

install:
	@deploy/install

build: install
	swift build $(SWIFT_FLAGS)

demo: build
	@$(ROOT) $(LAB) demo --rate $(RATE) --size $(SIZE) --flows $(FLOWS) --state-ms $(STATE_MS) \
		--bidirectional $(BIDIRECTIONAL) --handovers $(HANDOVERS) --report .lab/report.json

test: install corpus
	swift build $(SWIFT_FLAGS) --build-tests
	swift test $(SWIFT_FLAGS) --skip-build

lint:
	swift format lint --strict --recursive Package.swift Shared Services deploy Tests

# OpenFlow messages that other people made, from os-ken's wheel; read by the tests, never committed.
corpus: $(CORPUS)/os_ken/tests/packet_data/of13

$(CORPUS)/os_ken/tests/packet_data/of13:
	mkdir -p $(CORPUS)
	python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest $(CORPUS) os-ken==4.2.2
	unzip -qo $(CORPUS)/os_ken-*.whl 'os_ken/tests/packet_data/*' -d $(CORPUS)

clean:
	rm -rf .build .lab .cache
