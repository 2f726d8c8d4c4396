# Node 20.19+ and npm are all that Lintel needs. Every target installs what it needs by itself.
.PHONY: demo test check lint types bench mutants fuzz interop sim soak docs

LINTEL = node scripts/bin/lintel.mjs

# make test NODE=24: the same with another Node. npm carries Node's binaries as packages, by platform and version.
# From the command line only: npm sets a variable of this name for the scripts it runs.
ifeq ($(origin NODE),command line)
NODE_PACKAGE := node-$(shell node -p 'process.platform + "-" + process.arch')
NODE_HOME := .cache/node-$(NODE)/node_modules/$(NODE_PACKAGE)/bin
export PATH := $(CURDIR)/$(NODE_HOME):$(PATH)
OTHER_NODE := $(NODE_HOME)/node
endif

demo: node_modules/.installed $(OTHER_NODE)
	@$(LINTEL) demo

test: node_modules/.installed $(OTHER_NODE)
	@node test/run.mjs $(ONLY)

check: lint types test

# Figures beside their peers; QUICK=1 takes under two minutes, WRITE=1 keeps the run in docs/figures.md.
bench: node_modules/.installed
	@node --import tsx test/bench/bench.ts

# Other makers' OSDP against ours, in both roles; what that is and shows: docs/interop.md. Installs them, where there is a
# network and python3, and says so where not. POLLS=10000 polls longer; ONLY="libosdp as panel" takes a part.
interop: node_modules/.installed $(OTHER_NODE)
	@node --import tsx test/interop/interop.ts $(if $(ONLY),"$(ONLY)")

# Hostile bytes into both ends of an OSDP line and all that reads them. SECONDS=60; SEED=N begins elsewhere; ONLY=panel takes one.
fuzz: node_modules/.installed $(OTHER_NODE)
	@SECONDS=$(or $(SECONDS),60) node --import tsx test/fuzz/fuzz.ts

# Random worlds under every invariant (docs/simulation.md): a minute, or SECONDS=300, RUNS=50, SEED=7 for that very one.
sim: node_modules/.installed $(OTHER_NODE)
	@node --import tsx test/simulation/simulate.ts --seed "$(SEED)" --runs "$(RUNS)" --seconds "$(SECONDS)" --minutes "$(MINUTES)"

# The same for HOURS=8 (one, if not said).
soak: node_modules/.installed $(OTHER_NODE)
	@node --import tsx test/simulation/simulate.ts --seed "$(SEED)" --seconds $$(( $(or $(HOURS),1) * 3600 )) --minutes "$(MINUTES)"

# Deliberate mistakes of test/mutations.ts, each of which a test must notice; some minutes. ONLY=edge/door takes a part.
mutants: node_modules/.installed $(OTHER_NODE)
	@node --import tsx test/mutants.mjs $(ONLY)

# The pages of docs/ that are made of the code.
docs: node_modules/.installed
	@node --import tsx scripts/docs/write-docs.ts

lint: node_modules/.installed
	@node_modules/.bin/biome check .

types: node_modules/.installed
	@node_modules/.bin/tsc -p .

# The lock file decides: a changed one installs anew. What npm has to say goes to stderr.
node_modules/.installed: package-lock.json
	@echo "installing (once, about 20 s) …" >&2
	@npm ci --no-audit --no-fund --loglevel=error >&2
	@touch $@

ifdef OTHER_NODE
$(OTHER_NODE):
	@echo "fetching Node $(NODE) …" >&2
	@npm install --prefix .cache/node-$(NODE) --no-save --no-package-lock --no-audit --no-fund --loglevel=error $(NODE_PACKAGE)@$(NODE) >&2
	@$@ --version >&2
endif
