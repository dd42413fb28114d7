# Two commands: `make demo` and `make test`. Each installs what it needs: Debian packages by apt (with sudo when not
# root), Python packages by pip into .venv.
SHELL := /bin/bash
PYTHON ?= python3
ARGS ?=
SECONDS ?= 600
KILLS ?= 50
ROUNDS ?= 20
# `make proof PROOF=sample` is what continuous integration has the time for.
SEEDS ?= $(if $(filter sample,$(PROOF)),8,20)
SESSIONS ?= $(if $(filter sample,$(PROOF)),400,1000)
export PROOF
# Most tests wait for processes that they start: more of them at once than there are cores is quicker, up to a point.
WORKERS ?= 3
BIN := .venv/bin
RUN := .venv/.run-ready
DEV := .venv/.dev-ready
ARCH ?=
ON ?=
KEY ?=
AS_ROOT := $(if $(filter 0,$(shell id -u)),,sudo)
SYSTEM := bash deploy/debian-packages.sh

.PHONY: demo test system test-pythons lint check proof proof-metrics dashboards bundle release deploy-test deploy-test-long bluez-test foreign-test soak soak-line kills power-cuts faults bench bench-quick shots clean

demo: $(RUN)
	@$(BIN)/backstride demo $(ARGS)

test: $(DEV) system
	@$(BIN)/python tests/foreign/make_pyftms_env.py
	@echo "== all tests"
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

system:
	@$(SYSTEM) mosquitto chromium libnss3-tools postgresql restic espeak-ng influxdb victoria-metrics dbus

test-pythons: $(DEV)
	@$(SYSTEM) mosquitto
	@$(BIN)/python tests/foreign/other_pythons.py

check: lint
	@echo "== fast tests"
	@$(BIN)/python -m pytest -q -n 2 --dist loadfile tests/unit tests/safety tests/property

lint: $(DEV)
	@echo "== ruff, mypy, import-linter"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@for rig in tests/*/conftest.py; do $(BIN)/mypy $$rig || exit 1; done
	@$(BIN)/lint-imports --no-cache

proof: $(DEV)
	@echo "== the whole gym in virtual time: $(SESSIONS) sessions under random faults, among odd machines"
	@$(BIN)/python tests/simulation/run.py --seeds $(SEEDS) --sessions $(SESSIONS)
	@echo "== each odd treadmill in each phase, under each press, and each step of its wire gone wrong (2 to 3 minutes)"
	@$(BIN)/python tests/simulation/odd_grid.py
	@$(BIN)/python tests/simulation/odd_wire.py
	@$(BIN)/python tests/proof/prove.py

proof-metrics: $(DEV)
	@$(SYSTEM) influxdb victoria-metrics
	@$(BIN)/python tests/proof/metrics_million.py

dashboards: $(DEV)
	@$(BIN)/python -m services.provisioning
	@command -v npm >/dev/null || $(SYSTEM) nodejs npm
	@$(BIN)/python tests/foreign/check_dashboards.py

bundle: $(RUN)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[release]'
	@ARCH=$(ARCH) KEY=$(KEY) bash deploy/bundle.sh $(ARGS)

release: $(DEV) build/audit-venv/.ready
	@build/audit-venv/bin/python deploy/release.py $(VERSION)

build/audit-venv/.ready: constraints.txt
	@$(PYTHON) -m venv build/audit-venv
	@build/audit-venv/bin/pip install -q --disable-pip-version-check pip-audit==2.10.1 cyclonedx-python-lib -c constraints.txt
	@touch $@

deploy-test: $(DEV) build/ansible-venv/.ready
	@$(SYSTEM) debootstrap systemd systemd-container shellcheck docker-compose openssl
	@$(BIN)/python tests/deploy/files.py
	@echo "== from a bare Debian to a running gym and back (about 10 minutes; root, for a chroot)"
	@$(AS_ROOT) $(BIN)/python tests/deploy/from_bare_debian.py $(ARGS)
	@echo "== the same on systemd itself, inside what the unit files allow (about 4 minutes; ON=\"bookworm trixie\" names Debians)"
	@$(AS_ROOT) $(BIN)/python tests/deploy/on_systemd.py $(ON:%=--release %) --bundle build/deploy/bundles/first.tar.gz

deploy-test-long: $(DEV)
	@$(SYSTEM) debootstrap systemd systemd-container qemu-system-x86 fdisk dosfstools e2fsprogs mtools openssl
	@echo "== a card's first start in an emulated machine (about 12 minutes, more the first time; root)"
	@$(AS_ROOT) $(BIN)/python tests/deploy/card_in_qemu.py
	@echo "== a good and a bad release over two units, in real time (about 25 minutes; root)"
	@$(AS_ROOT) $(BIN)/python tests/deploy/roll_out.py --bundle build/deploy/card-bundle.tar.gz

build/ansible-venv/.ready: deploy/ansible/requirements.txt
	@$(PYTHON) -m venv build/ansible-venv
	@build/ansible-venv/bin/pip install -q --disable-pip-version-check -r $<
	@touch $@

bluez-test: $(DEV)
	@$(SYSTEM) qemu-system-x86 busybox-static bluez dbus kmod cpio mosquitto
	@echo "== a unit on real BlueZ in a small virtual machine (2 to 10 minutes, by how busy this one is)"
	@$(BIN)/python tests/bluez/run_vm.py

soak: $(DEV)
	@$(SYSTEM) mosquitto
	@$(BIN)/python tests/soak/soak.py --seconds $(SECONDS) $(ARGS)

soak-line: $(DEV)
	@$(SYSTEM) mosquitto
	@$(BIN)/python tests/soak/line.py --seconds $(SECONDS) $(ARGS)

kills: $(DEV)
	@$(SYSTEM) mosquitto
	@$(BIN)/python tests/soak/kills.py --kills $(KILLS) $(ARGS)

faults: $(DEV)
	@$(SYSTEM) mosquitto influxdb
	@echo "== the fault matrix on running demos (about 10 minutes; ARGS=--list names its rows)"
	@$(BIN)/python tests/fault/$(if $(ARGS),matrix.py $(ARGS),parts.py)

power-cuts: $(DEV)
	@$(SYSTEM) mosquitto
	@$(BIN)/python tests/soak/power_cuts.py --rounds $(ROUNDS) $(ARGS)
	@echo "== an update, cut at each of its commands"
	@WHOLE=1 $(BIN)/python -m pytest -q tests/security/test_update.py

foreign-test: $(DEV)
	@$(SYSTEM) mosquitto
	@$(BIN)/python tests/foreign/booking_client.py
	@$(BIN)/python tests/foreign/home_assistant.py
	@$(BIN)/python tests/foreign/node_red.py

bench: $(DEV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[bench]'
	@$(BIN)/python tests/foreign/make_pyftms_env.py
	@$(SYSTEM) mosquitto influxdb mosquitto-clients chromium
	@build/pyftms-venv/bin/python tests/bench/decode.py
	@$(BIN)/python tests/bench/start.py
	@echo "== the metrics writer beside influxdb-client (about 4 minutes)"
	@$(BIN)/python tests/bench/metrics_writer.py
	@echo "== a unit beside a plain script (about 6 minutes)"
	@build/pyftms-venv/bin/python tests/bench/unit_load.py --page
	@echo "== latency beside plain scripts (about 8 minutes)"
	@$(BIN)/python tests/bench/latency.py
	@echo "== a hub with many running sessions (about 6 minutes)"
	@$(BIN)/python tests/bench/hub_load.py
	@echo "== the console's pages beside their limits and a plain WebSocket sender (about 11 minutes)"
	@$(BIN)/python tests/bench/board.py
	@echo "== hub and unit together on a quarter of a core (about 3 minutes)"
	@$(BIN)/python tests/bench/low_power.py
	@echo "== a year of a gym in the embedded store (about 4 minutes; 3 GB in /tmp)"
	@$(BIN)/python tests/bench/year.py
	@$(BIN)/python tests/bench/report.py --page

bench-quick: $(DEV)
	@$(BIN)/python tests/foreign/make_pyftms_env.py
	@$(SYSTEM) mosquitto
	@build/pyftms-venv/bin/python tests/bench/decode.py
	@$(BIN)/python tests/bench/start.py --demos 1
	@$(BIN)/python tests/bench/hub_load.py --treadmills 25

shots: $(DEV)
	@$(SYSTEM) chromium
	@PYTHONPATH=tests $(BIN)/python tests/browser/shots.py dashboards/screenshots

clean:
	rm -rf .venv build

.venv/.made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Backstride needs Python 3.11 or newer; $(PYTHON) is older. Name one: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || $(SYSTEM) python3-venv
	@echo "== making .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

$(RUN): .venv/.made pyproject.toml constraints.txt
	@echo "== installing Backstride and what it runs on into .venv (once; about half a minute)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[unit,hub,fit,sim]'
	@touch $@

$(DEV): $(RUN)
	@echo "== installing the test tools into .venv (once)"
	@$(BIN)/python -m pip install -q --disable-pip-version-check -c constraints.txt -e '.[unit,hub,alerts,influx,postgresql,fit,report,grafana,sim,dev]'
	@touch $@
