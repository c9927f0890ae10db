# Run `make help` for the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c

# rust-toolchain.toml names a version. Where rustup has it under the name `stable` only and cannot fetch it, that one serves: Cargo
# refuses one that is too old.
ifeq ($(shell rustc --version 2>/dev/null),)
export RUSTUP_TOOLCHAIN := stable
endif

PYTHON ?= python3
UV_VERSION := $(shell sed -n 's/^uv==\([0-9.]*\).*/\1/p' local/requirements/uv.txt)
NEXTEST_VERSION := 0.9.143
FUZZ_VERSION := 0.13.1

TOOLS := .tools
UV := $(TOOLS)/uv/bin/uv
STAMPS := $(TOOLS)/stamps

## help: show the targets
.PHONY: help
help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST) | awk '{name = $$1; sub(/^[^ ]+ /, ""); sub(/:$$/, "", name); printf "  %-18s %s\n", name, $$0}'

# --- Tools: pinned under local/ with the hashes of their files, installed into .tools/, each environment on its own ----

$(STAMPS)/uv-$(UV_VERSION):
	@echo "Installing uv $(UV_VERSION)"
	@$(PYTHON) -m venv $(TOOLS)/uv
	@$(TOOLS)/uv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r local/requirements/uv.txt
	@mkdir -p $(@D) && touch $@

# aws (the local AWS), sam, checks (linters), ddk (what a pipeline's repository uses), schemathesis: one virtual environment each.
$(STAMPS)/aws $(STAMPS)/sam $(STAMPS)/checks $(STAMPS)/ddk $(STAMPS)/schemathesis: $(STAMPS)/%: local/requirements/%.txt | $(STAMPS)/uv-$(UV_VERSION)
	@echo "Installing $(TOOLS)/$*"
	@$(UV) venv --quiet --clear --python $(PYTHON) $(TOOLS)/$*
	@$(UV) pip sync --quiet --require-hashes --python $(TOOLS)/$*/bin/python $<
	@touch $@

$(STAMPS)/node: local/package.json local/package-lock.json
	@echo "Installing $(TOOLS)/node"
	@mkdir -p $(TOOLS)/node $(@D)
	@cp local/package.json local/package-lock.json $(TOOLS)/node/
	@npm ci --prefix $(TOOLS)/node --no-audit --no-fund --loglevel=error
	@touch $@

$(STAMPS)/nextest:
	@cargo nextest --version >/dev/null 2>&1 || cargo install --locked --version $(NEXTEST_VERSION) cargo-nextest
	@mkdir -p $(@D) && touch $@

## tools: install every pinned tool under .tools/
.PHONY: tools
tools: $(addprefix $(STAMPS)/,aws sam checks ddk schemathesis node nextest)

## tools-lock: resolve local/requirements/*.in and every package.json anew
.PHONY: tools-lock
tools-lock: | $(STAMPS)/uv-$(UV_VERSION)
	@for name in uv aws sam checks ddk schemathesis; do \
	  $(UV) pip compile --quiet --no-header --universal --python-version 3.11 --generate-hashes --upgrade \
	    local/requirements/$$name.in -o local/requirements/$$name.txt; \
	done
	@for folder in local console tests/e2e/console; do \
	  npm install --prefix $$folder --package-lock-only --omit-lockfile-registry-resolved --no-audit --no-fund --loglevel=error; \
	done

# --- AWS on this machine -----------------------------------------------------------------------------------------------

LOCAL_AWS := PYTHONPATH=local $(TOOLS)/aws/bin/python -m localaws

## aws: start the local AWS in the background and wait until it is ready
.PHONY: aws
aws: $(STAMPS)/aws
	@$(LOCAL_AWS) start

## aws-stop: stop the local AWS
.PHONY: aws-stop
aws-stop:
	@if [ -x $(TOOLS)/aws/bin/python ]; then $(LOCAL_AWS) stop; fi

## test-local: test the local AWS, and judge it
.PHONY: test-local
test-local: $(STAMPS)/aws
	@PYTHONPATH=local $(TOOLS)/aws/bin/python -m pytest -q local/tests
	@$(MAKE) --no-print-directory judges

## judges: compare the local AWS with what AWS is documented or recorded to answer (Step Functions, IAM, CloudFormation)
.PHONY: judges
judges: $(STAMPS)/aws
	@PYTHONPATH=local $(TOOLS)/aws/bin/python -m pytest -q tests/judges

## test-proxy: test the proxy through which `make sweep` lets calls go wrong
.PHONY: test-proxy
test-proxy: $(STAMPS)/aws
	@$(TOOLS)/aws/bin/python -m pytest -q tests/sweep

## lint-python: check the Python of the local AWS and of the tests
.PHONY: lint-python
lint-python: $(STAMPS)/checks
	@$(TOOLS)/checks/bin/ruff format --check --quiet local
	@$(TOOLS)/checks/bin/ruff check --quiet local
	@$(TOOLS)/checks/bin/ruff format --check --quiet --config local/pyproject.toml infra tests
	@$(TOOLS)/checks/bin/ruff check --quiet --config local/pyproject.toml infra tests

# --- The platform on this machine ------------------------------------------------------------------------------------

LOCAL_PLATFORM := PYTHONPATH=local $(TOOLS)/aws/bin/python -m localplatform

## build-functions: build the Lambda functions into target/lambda (FUNCTIONS_PROFILE=release for small ones)
.PHONY: build-functions
build-functions: $(STAMPS)/aws
	@$(LOCAL_PLATFORM) build

## reproducible: build the functions for release in two places, and compare the packages (NAMES="create-pipeline", all by default)
.PHONY: reproducible
reproducible: $(STAMPS)/aws
	@$(TOOLS)/aws/bin/python tests/builds $(NAMES)

## console: build the web console into console/dist, if its sources have changed
.PHONY: console
console: $(STAMPS)/aws
	@$(LOCAL_PLATFORM) build-console

## console-publish: build the console and publish it to AWS (PLATFORM_STACK=dataall-platform CONSOLE_STACK=dataall-console)
.PHONY: console-publish
console-publish: console
	@$(TOOLS)/aws/bin/python infra/publish_console.py --platform-stack $(or $(PLATFORM_STACK),dataall-platform) \
	  --console-stack $(or $(CONSOLE_STACK),dataall-console)

## up: start the local AWS, deploy the platform to it and link three accounts; or bring what runs up to date
.PHONY: up
up: $(addprefix $(STAMPS)/,aws sam node)
	@$(LOCAL_PLATFORM) up

## deploy-function: build one function and replace its code in the platform that `make up` runs (NAME=create-pipeline)
.PHONY: deploy-function
deploy-function: $(STAMPS)/aws
	@$(LOCAL_PLATFORM) deploy-function "$(NAME)"

## demo: up, then a pipeline: created over REST, followed through approval into dev and prod, left running (STRATEGY=cdk-trunk)
.PHONY: demo
demo: $(addprefix $(STAMPS)/,aws sam node)
	@$(LOCAL_PLATFORM) demo --strategy $(or $(STRATEGY),cdk-trunk)

## bench: measure the workflow's own work on a local AWS of its own (RUNS=5, FUNCTIONS_PROFILE=release for what AWS runs)
.PHONY: bench
bench: $(addprefix $(STAMPS)/,aws sam node)
	@$(LOCAL_PLATFORM) bench --runs $(or $(RUNS),5)

## bench-fanout: measure redeployments of many pipelines on a local AWS of its own (N="100 1000 10000", DEPLOYMENTS=200)
.PHONY: bench-fanout
bench-fanout: $(addprefix $(STAMPS)/,aws sam node)
	@$(LOCAL_PLATFORM) bench-fanout --pipelines $(or $(N),100 1000 10000) --deployments $(or $(DEPLOYMENTS),200)

## down: stop all that runs and remove its state
.PHONY: down
down: $(STAMPS)/aws
	@$(LOCAL_PLATFORM) down

# --- Checks ----------------------------------------------------------------------------------------------------------

CHECKS := $(TOOLS)/checks/bin

## check: run before each commit (minutes): linters, and the tests of the crates and of the infrastructure
.PHONY: check
check: lint-python lint-rust lint-dependencies check-console test-rust test-infra

## test: run the linters and every test: Rust, records, local AWS, infrastructure, parity with the CDK, end to end, delivery, console
.PHONY: test
test: lint test-rust test-records test-infra test-local test-proxy parity test-e2e test-delivery test-console

## test-rust: unit and property tests of the crates
.PHONY: test-rust
test-rust: $(STAMPS)/nextest
	@cargo nextest run --workspace --locked --no-fail-fast --status-level fail --final-status-level slow

## test-records: hold the table on a local AWS to the contract that every store of records keeps
.PHONY: test-records
test-records: $(STAMPS)/aws $(STAMPS)/nextest
	@PYTHONPATH=local $(TOOLS)/aws/bin/python -m pytest -q tests/records

## test-infra: hold templates, state machine and OpenAPI document against the design and their linters
.PHONY: test-infra
test-infra: $(STAMPS)/checks $(STAMPS)/node
	@$(CHECKS)/python -m pytest -q tests/infra

## parity: compare emitted CICD templates with the CDK's (N=8 random pipelines of each strategy, SEED= to repeat a run)
.PHONY: parity
parity: $(addprefix $(STAMPS)/,ddk node checks)
	@cargo build --quiet --locked --workspace --bin render --examples
	@$(TOOLS)/ddk/bin/python -m pytest -q tests/parity --samples $(or $(N),8) $(if $(SEED),--seed $(SEED))

## test-e2e: deploy the platform to a local AWS of its own and use it over HTTP
.PHONY: test-e2e
test-e2e: $(addprefix $(STAMPS)/,aws sam node ddk checks schemathesis)
	@PYTHONPATH=local $(TOOLS)/aws/bin/python -m pytest -q tests/e2e --ignore tests/e2e/delivery --ignore tests/e2e/console

## schemathesis: send the API what its OpenAPI document allows and forbids, on a platform of its own (EXAMPLES=200 per operation, SEED=1)
.PHONY: schemathesis
schemathesis: $(addprefix $(STAMPS)/,aws sam node schemathesis)
	@PYTHONPATH=local $(TOOLS)/aws/bin/python -m pytest -q -s tests/e2e/test_schemathesis.py --examples $(or $(EXAMPLES),200) --seed $(or $(SEED),1)

## mutate-policies: leave out each statement of the policies in turn; a test has to notice (SAMPLE=4 SEED=1 for a part of them)
.PHONY: mutate-policies
mutate-policies: $(addprefix $(STAMPS)/,aws sam node checks)
	@PYTHONPATH=local $(TOOLS)/aws/bin/python tests/mutation $(if $(SAMPLE),--sample $(SAMPLE) --seed $(or $(SEED),1))

## sweep: let every call that the platform makes go wrong, in every way, and judge what comes of it (SAMPLE=40 SEED=1, ONLY="trunk,edit")
.PHONY: sweep
sweep: $(addprefix $(STAMPS)/,aws sam node)
	@PYTHONPATH=local $(TOOLS)/aws/bin/python tests/sweep $(if $(SAMPLE),--sample $(SAMPLE) --seed $(or $(SEED),1)) $(if $(ONLY),--only "$(ONLY)")

## reliability-table: write the results of the last `make sweep` into docs/reliability.md
.PHONY: reliability-table
reliability-table:
	@$(PYTHON) tests/sweep/table.py

## record-functions: run the end-to-end tests and keep which functions each makes work, for mutate-policies to choose its tests by
.PHONY: record-functions
record-functions: $(addprefix $(STAMPS)/,aws sam node ddk checks)
	@# schemathesis makes all functions work: it would stand for every mutant.
	@PYTHONPATH=local $(TOOLS)/aws/bin/python -m pytest -q tests/e2e --ignore tests/e2e/delivery --ignore tests/e2e/console --ignore tests/e2e/test_schemathesis.py \
	  --record-functions tests/mutation/functions.json

## test-delivery: the same with CodePipelines that run: pipelines of all strategies deliver to two accounts
.PHONY: test-delivery
test-delivery: $(addprefix $(STAMPS)/,aws sam node ddk)
	@PYTHONPATH=local $(TOOLS)/aws/bin/python -m pytest -q tests/e2e/delivery

## test-deploy-guide: run the commands of docs/deploy.md on an empty local AWS, from the first deployment to the deletion (minutes)
.PHONY: test-deploy-guide
test-deploy-guide: build-functions $(addprefix $(STAMPS)/,aws sam)
	@PYTHONPATH=local $(TOOLS)/aws/bin/python -m pytest -q tests/deploy

## check-console: types, linters, tests, size and licences of the console
.PHONY: check-console
check-console: $(STAMPS)/aws
	@$(LOCAL_PLATFORM) check-console

CHROMIUM ?= /usr/bin/chromium
export CHROMIUM

## browser: install Debian's Chromium, if there is none (CHROMIUM=/path/to/chromium for another)
.PHONY: browser
browser:
	@if [ -x "$(CHROMIUM)" ]; then exit; fi; \
	if [ "$$(id -u)" = 0 ] && [ "$(CHROMIUM)" = /usr/bin/chromium ] && command -v apt-get >/dev/null; then \
	  echo "Installing Chromium"; apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else \
	  echo "There is no $(CHROMIUM). Install it (as root: apt-get install chromium), or name another: CHROMIUM=/path/to/chromium make test-console" >&2; exit 1; \
	fi

$(STAMPS)/playwright: tests/e2e/console/package.json tests/e2e/console/package-lock.json
	@echo "Installing Playwright"
	@PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --prefix tests/e2e/console --no-audit --no-fund --loglevel=error
	@mkdir -p $(@D) && touch $@

## test-console: check the console, and walk through it in a browser, on a platform of its own that delivers
.PHONY: test-console
test-console: browser check-console $(addprefix $(STAMPS)/,aws sam node playwright)
	@npm --silent --prefix tests/e2e/console run check
	@PYTHONPATH=local $(TOOLS)/aws/bin/python -m pytest -q tests/e2e/console

## console-images: take over the README's pictures of the console from the last `make test-console`
.PHONY: console-images
console-images:
	@mkdir -p docs/images && cp .local/console-tests/images/*.png docs/images/

## lint: formatters and linters of all code
.PHONY: lint
lint: lint-python lint-infra lint-dependencies lint-rust

## lint-rust: rustfmt and clippy
.PHONY: lint-rust
lint-rust:
	@cargo fmt --all --check
	@cargo clippy --workspace --all-targets --locked --quiet -- -D warnings

## lint-infra: judge the templates
.PHONY: lint-infra
lint-infra: $(STAMPS)/checks
	@$(CHECKS)/cfn-lint infra/template.yaml infra/environment.yaml infra/console.yaml
	@$(CHECKS)/checkov --quiet --compact --config-file infra/.checkov.yaml --skip-download --file infra/template.yaml infra/environment.yaml infra/console.yaml

## lint-dependencies: judge licences and sources of the crates, refuse banned ones, and judge licences of the console's packages
.PHONY: lint-dependencies
lint-dependencies: $(STAMPS)/checks
	@# cargo-deny looks at the crates of all platforms; a build has fetched those of this one.
	@cargo fetch --locked --quiet
	@$(CHECKS)/cargo-deny --offline check bans licenses sources
	@$(PYTHON) local/licences.py console/package-lock.json tests/e2e/console/package-lock.json

## sbom: write what all of this is made of to .local/sbom.cdx.json (CycloneDX), from the locks
.PHONY: sbom
sbom:
	@$(PYTHON) local/sbom.py .local/sbom.cdx.json

## openapi: make docs/openapi.json from the API's types
.PHONY: openapi
openapi:
	@cargo run --quiet --locked -p openapi > docs/openapi.json.new && mv docs/openapi.json.new docs/openapi.json

## event-schemas: make docs/events/*.schema.json from the events' types
.PHONY: event-schemas
event-schemas:
	@cargo run --quiet --locked -p event-schemas -- docs/events

## docs-tables: make the table of functions in docs/architecture.md from the template
.PHONY: docs-tables
docs-tables: $(STAMPS)/checks
	@$(CHECKS)/python tests/infra/function_tables.py

$(STAMPS)/fuzz:
	@cargo fuzz --version >/dev/null 2>&1 || cargo install --locked --version $(FUZZ_VERSION) cargo-fuzz
	@mkdir -p $(@D) && touch $@

## fuzz: run libFuzzer over the parsers of requests, tokens and events and over the renderer (SECONDS_EACH=60)
.PHONY: fuzz
fuzz: $(STAMPS)/fuzz
	@# Without a sanitizer it needs no nightly compiler; all of the code is safe Rust.
	@cd tests/fuzz && for target in bodies events renderer tokens; do \
	  mkdir -p fuzz/corpus/$$target && cargo fuzz run --sanitizer none $$target fuzz/corpus/$$target corpus/$$target -- -max_total_time=$(or $(SECONDS_EACH),60) -timeout=10 -print_final_stats=1; \
	done

## render: write a pipeline's repository and templates (INPUT=pipeline.json OUT=directory), no AWS involved (AGAINST=directory tells differences)
.PHONY: render
INPUT ?= shared/render/examples/sales.json
OUT ?= .local/render
render:
	@cargo run --quiet --locked --bin render -- $(INPUT) $(OUT) $(if $(AGAINST),--against $(AGAINST))
	@find $(OUT) -type f | sort
