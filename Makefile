# `make run` starts the app, `make test` checks everything. Each makes the virtual environment when it is missing or when
# the requirements changed; uv is used where it is there, pip otherwise.

PYTHON ?= python3
HOST ?= localhost
PORT ?= 8501
VENV := .venv
BIN := $(VENV)/bin
ENVIRONMENT = $(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version.split()[0] if sys.version_info < (3, 11) else 0)' \
	&& if command -v uv >/dev/null 2>&1; \
	then uv venv --quiet --allow-existing --python "$$(command -v $(PYTHON))" $(VENV) && uv pip install --quiet --python $(VENV) -r $(1); \
	else $(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1); fi

.PHONY: run test lint pictures benchmark clean

run: $(VENV)/run.stamp
	$(BIN)/python -m streamlit run app.py --server.address "$(HOST)" --server.port "$(PORT)"

# Three processes, servers and children share what Python has compiled, also where the environment says to keep nothing.
test: lint
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

lint: $(VENV)/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The pictures of the README, taken in Chromium from the running app.
pictures: $(VENV)/test.stamp
	$(BIN)/python -m tests.browser.pictures

benchmark: $(VENV)/test.stamp
	$(BIN)/python -m benchmarks.convolution
	$(BIN)/python -m benchmarks.pooling
	$(BIN)/python -m benchmarks.summary
	$(BIN)/python -m benchmarks.scenes
	$(BIN)/python -m benchmarks.starters
	$(BIN)/python -m benchmarks.detection
	$(BIN)/python -m benchmarks.segmentation
	$(BIN)/python -m benchmarks.prediction

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/run.stamp: requirements.txt
	@echo "Installing what the app needs into $(VENV) ..."
	@$(call ENVIRONMENT,requirements.txt)
	@touch $@

$(VENV)/test.stamp: requirements-dev.txt $(VENV)/run.stamp
	@echo "Installing what the tests need into $(VENV) ..."
	@$(call ENVIRONMENT,requirements-dev.txt)
	@touch $@
