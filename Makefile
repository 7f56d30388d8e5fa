# The commands of this project. Each one calls a script of scripts/, which can also be run by hand.
.DEFAULT_GOAL := help
.PHONY: help setup demo build test test-long interop bench fuzz lint format

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

setup: ## Install missing Debian packages (sudo where needed)
	@scripts/setup

demo: ## Build a PKI in demo-out/, verify a station chain, see a forgery and a revocation refused
	@scripts/setup
	swift build --product v2g
	@scripts/demo

build: ## Build everything, tests included
	@scripts/setup
	swift build --build-tests

test: ## Build, run all tests, then other people's tools over everything we issue
	@scripts/setup --peers
	@scripts/test

test-long: ## The same with the long tests switched on (V2G_LONG_TESTS=1)
	@scripts/setup --peers
	@V2G_LONG_TESTS=1 scripts/test

interop: ## Only other people's tools over everything we issue
	@scripts/setup --peers
	swift build --product v2g
	@Tests/Interop/run-foreign

bench: ## Print the benchmark tables (release build)
	@scripts/setup --bench
	@scripts/bench

fuzz: ## Fuzz every target for a minute (FUZZ_SECONDS) with sanitizers; goes on from earlier runs
	@scripts/setup
	@Fuzz/run --seconds $(or $(FUZZ_SECONDS),60)

lint: ## Check format, import arrows and whole-tree rules
	@scripts/lint

format: ## Rewrite Swift files in the committed format
	git ls-files -co --exclude-standard '*.swift' | grep -v /Generated/ | xargs swift format --in-place --parallel
