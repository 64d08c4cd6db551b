# The workshop's verbs. Each makes .venv and installs the locked dependencies first, when it has to.
PYTHON ?= python3

.PHONY: run test check fix bench lock

run:  ## the whole product on this machine; PORT=8080 make run moves it
	@$(PYTHON) tools/bootstrap.py run manage.py up

# loadgroup hands the tests out one by one, so that those with real processes do not pile up on one runner.
test:  ## the whole test suite
	@$(PYTHON) tools/bootstrap.py test -m pytest -n 2 --dist loadgroup

check:  ## formatting, lint, types, templates, contracts, migrations, deployment: changes nothing
	@$(PYTHON) tools/bootstrap.py test -m tools.check

fix:  ## formats and repairs what a tool can
	@$(PYTHON) tools/bootstrap.py test -m tools.fix

bench:  ## the benchmarks, as ratios against their limits
	@$(PYTHON) tools/bootstrap.py test -m tests.benchmarks

lock:  ## writes requirements/*.txt anew from pyproject.toml
	@$(PYTHON) -m tools.lock
