# SPDX-License-Identifier: Apache-2.0
# Names for what the scripts do; nothing is decided here.
.PHONY: demo test soak bench bench-bpf coverage install
PREFIX ?= /usr/local
demo: ; sim-tb/demo
test: ; tests/run
soak: ; tests/run --soak
bench: ; tests/run --bench
coverage: ; tests/run --coverage
bench-bpf: ; .ci/build release flatproxy-cli plain_sockhash bpf_traffic && ninja -C build bench-bpf
install: ; .ci/build release && cmake --install build --prefix $(PREFIX)
