# SPDX-License-Identifier: Apache-2.0
# Names for what the scripts do; nothing is decided here.
.PHONY: demo test soak bench coverage
demo: ; sim-tb/demo
test: ; tests/run
soak: ; tests/run --soak
bench: ; tests/run --bench
coverage: ; tests/run --coverage
