# Node 20.19+ and npm are all that Lintel needs. Every target installs what it needs by itself.
.PHONY: demo test check lint types

LINTEL = node scripts/bin/lintel.mjs

demo: node_modules/.installed
	@$(LINTEL) demo

test: node_modules/.installed
	@node test/run.mjs $(ONLY)

check: lint types test

lint: node_modules/.installed
	@node_modules/.bin/biome check .

types: node_modules/.installed
	@node_modules/.bin/tsc -p .

# The lock file decides: a changed one installs anew. What npm has to say goes to stderr.
node_modules/.installed: package-lock.json
	@echo "installing (once, about 20 s) …" >&2
	@npm ci --no-audit --no-fund --loglevel=error >&2
	@touch $@
