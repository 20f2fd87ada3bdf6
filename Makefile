# SPDX-License-Identifier: Apache-2.0
# Names for what the scripts do; nothing is decided here.
.PHONY: demo test soak bench coverage install
PREFIX ?= /usr/local
demo: ; sim-tb/demo
test: ; tests/run
soak: ; tests/run --soak
bench: ; tests/run --bench
coverage: ; tests/run --coverage
install: ; .ci/build release && cmake --install build --prefix $(PREFIX)
