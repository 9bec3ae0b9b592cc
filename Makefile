# Bedesten. `make` alone lists what there is.
.DEFAULT_GOAL := help
SHELL := /bin/bash

GO ?= go
# Pinned tools, run by the Go command, never installed by hand.
GOLANGCI := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
WORKFLOWCHECK := go.temporal.io/sdk/contrib/tools/workflowcheck@v0.6.0
# How much of every crash matrix and how long every fuzz runs.
FUZZTIME ?= 60s

DEVSTACK := bin/devstack
DEVSTACK_SOURCES := $(shell find devstack -name .ferretdb -prune -o -type f -print)

.PHONY: help dev demo check test test-all bench bench-quick generate verify lint record replay clean

help: ## Show this list
	@grep -hE '^[a-zA-Z/_-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-14s %s\n", $$1, $$2}'

$(DEVSTACK): $(DEVSTACK_SOURCES)
	@echo "building devstack: the first time takes some minutes on two cores"
	sh devstack/build.sh
	@touch $(DEVSTACK)

dev: $(DEVSTACK) ## Run the whole shop: stores, Temporal, Stripe simulator, API, worker
	@$(GO) build -o bin/bedesten ./cmd/bedesten
	@exec bin/bedesten dev

demo: $(DEVSTACK) ## Tell the stories of several orders and audit them; ends 0 when all is well
	@$(GO) build -o bin/bedesten ./cmd/bedesten
	@exec bin/bedesten demo

check: $(DEVSTACK) ## Fast tests, some 3 minutes on two cores (aim: 2): what to run before every commit
	$(GO) vet ./...
	$(GO) test -short -vet=off -ldflags=-w -parallel 4 -shuffle=on ./...

test: $(DEVSTACK) ## All tests with a sample of the crash matrix, under 15 minutes
	$(GO) test -p 1 -parallel 4 -shuffle=on -timeout 14m ./...
	cd devstack && $(GO) test -timeout 10m ./...

test-all: $(DEVSTACK) ## Whole crash matrix, race detector and every fuzz target, under 60 minutes
	BEDESTEN_CRASH=all $(GO) test -p 1 -parallel 4 -count=1 -timeout 40m ./...
	$(GO) test -race -short -count=1 -timeout 15m ./internal/... ./activities/... ./api/... ./simulators/...
	cd devstack && $(GO) test -count=1 -timeout 15m ./...
	$(GO) run ./internal/tools/fuzzall -fuzztime $(FUZZTIME)

bench: $(DEVSTACK) ## Every benchmark, and 500 orders to completed; records the figures in bench/results
	$(GO) run ./bench -full

bench-quick: $(DEVSTACK) ## Checkout beside the bare workflow, with and without fulfilment; 200 buyers for 50 units
	$(GO) run ./bench

generate: ## Write what is generated: docs/order-states.md, the policies in docs/operations.md
	$(GO) run ./docs/gen

verify: ## Fail on stale generated files, broken imports or non-deterministic workflows
	$(GO) run ./internal/tools/verify
	$(GO) run $(WORKFLOWCHECK) ./workflows/...

lint: ## Lint with the rules of .golangci.yml
	$(GO) run $(GOLANGCI) run ./...

record: $(DEVSTACK) ## Record workflow histories that are missing in workflows/testdata
	@$(GO) build -o bin/bedesten ./cmd/bedesten
	@bin/bedesten record
	@$(GO) test ./workflows -run 'TestOrder|TestLetter|TestErasure|TestImport|TestCatalogue|TestSweep' -record -count=1

replay: ## Check that today's workflows can finish yesterday's orders
	$(GO) test ./workflows -run TestReplay -count=1

clean: ## Remove what was built and the development data
	rm -rf bin .dev devstack/.ferretdb
