# Two commands do everything: `make demo` and `make test`. Both install what they need.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: help demo demo-cluster demo-cluster-down test soak lint format generate build bench conformance sbom audit clean

help: ## Say what can be made
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "%-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

node_modules: package.json package-lock.json
	@npm ci --no-audit --no-fund --loglevel=error
	@touch node_modules

demo: node_modules ## Run a real Study on real training, without a cluster
	@node cli/main.ts run examples/digits/study.yaml

demo-cluster: node_modules ## The same search on a real one-node cluster of this machine (Linux, root)
	@node test/node/demo/up.ts

demo-cluster-down: node_modules ## Take that cluster down
	@node test/node/demo/down.ts

test: node_modules ## Everything: lint, generated files, all rings of tests
	@node test/all.ts

lint: node_modules ## Format, lint, borders and types
	@npm run --silent lint

format: node_modules ## Put the code in shape
	@npm run --silent format

generate: node_modules ## CRDs from the schemas
	@npm run --silent generate

build: node_modules ## Compile into dist/
	@npm run --silent build

conformance: node_modules ## Numbers of the reference implementation (FIXTURES=dir for others)
	@npm run --silent conformance -- $(if $(FIXTURES),--fixtures $(FIXTURES))

soak: node_modules ## Random Studies under random faults, a million steps (STEPS=n for others)
	@node test/simulation/soak.ts

bench: node_modules ## Compare the search with random search at the same budget
	@node benchmarks/demo-vs-random.ts

sbom: ## A bill of materials of what the image contains, in CycloneDX
	@app=$$(mktemp -d)/app; mkdir $$app; trap "rm -rf $$(dirname $$app)" EXIT; cp package.json package-lock.json .npmrc $$app; \
	cd $$app; npm ci --omit=dev --ignore-scripts --loglevel=error >&2; npm pkg delete devDependencies; npm sbom --sbom-format cyclonedx

audit: node_modules ## Known vulnerabilities of what the image contains
	@npm audit --omit=dev

clean: ## Remove what was built and run
	rm -rf dist .abohb coverage
