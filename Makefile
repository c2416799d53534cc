# Every verb sets up what it needs, in .venv, from the lock files; a second time that is
# instant. `make` alone lists the verbs.

PYTHON = python3
PY = .venv/bin/python
T =
M =
MINUTES = 10

# A run has many processes, and each would compile all modules again.
unexport PYTHONDONTWRITEBYTECODE

COMPARISONS = versions starts whole
modules = $(wildcard tests/$(1)/[a-z]*.py)
packages = $(patsubst %/__main__.py,%,$(wildcard tests/$(1)/*/__main__.py))
names = $(basename $(notdir $(modules) $(packages)))

define run_modules
failed=; for name in $(2); do \
  echo "== $$name"; \
  $(PY) -m "tests.$(1).$$name" $(3) || failed="$$failed $$name"; \
done; [ -z "$$failed" ] || { echo "failed:$$failed" >&2; exit 1; }
endef

help: ## what there is
	@echo "E-Com67: make VERB"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1	\2/p' Makefile

run: .venv/platform.installed ## the whole platform on this machine, until Ctrl-C
	@exec $(PY) -m webapp.cli.main run

# Three processes even on two processors: tests wait for servers, too.
test: .venv/dev.installed ## the quick tests; make test T=tests/unit for some of them
	@exec $(PY) -m pytest -n 3 --dist loadfile -m "not slow and not ray and not services" $(T)

check: .venv/dev.installed ## lint, format, types and import contracts; needs no server
	$(PY) -m ruff check
	$(PY) -m ruff format --check
	$(PY) -m mypy
	$(PY) -c "from importlinter.cli import lint_imports_command; lint_imports_command()"

bench: .venv/dev.installed ## the measurements of tests/bench; CHECKOUT=../before for those beside another version
	@$(if $(CHECKOUT),$(call run_modules,bench,$(COMPARISONS),$(CHECKOUT)),$(call run_modules,bench,$(filter-out $(COMPARISONS),$(call names,bench))))

mutants: .venv/dev.installed ## do tests notice wrong code? of what changed, or M="webapp/cart agents"
	@$(PY) -m tests.mutation.run $(M) --minutes $(MINUTES) $(if $(T),--tests $(T)) $(if $(SCORE),--min-score $(SCORE))

eval: .venv/dev.installed ## the quality of search, of the local model and of the insights agent, by tests/eval
	@$(call run_modules,eval,$(call names,eval))

fix: .venv/dev.installed ## lint fixes and formatting
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

migrate: .venv/platform.installed ## the schema up to date; make migrate M="why" writes a migration
	@if [ -n "$(M)" ]; then $(PY) -m webapp.db.migrate new "$(M)"; \
	else $(PY) -m webapp.db.migrate; fi

clean: ## remove .venv and caches; var stays
	rm -rf .venv mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -not -path "./node_modules/*" -prune -exec rm -rf {} +

.venv/platform.installed: requirements/platform.txt pyproject.toml
	@PYTHON="$(PYTHON)" sh requirements/install platform

.venv/dev.installed: requirements/dev.txt pyproject.toml
	@PYTHON="$(PYTHON)" sh requirements/install dev

.PHONY: help run test check bench mutants eval fix migrate clean
