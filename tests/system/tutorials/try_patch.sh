#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# try_patch.sh PATCH [TESTS TARGET...]   Applies a patch to a copy of the tree; with targets, builds
# them there and runs the TESTS (a regular expression). 77 outside a git checkout.
set -eu
patch=$1
root=$(cd "$(dirname "$0")/../../.." && pwd)
git -C "$root" rev-parse HEAD >/dev/null 2>&1 || { echo "no git checkout: skipped"; exit 77; }
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
# What is being worked on counts, too.
(cd "$root" && git ls-files -z | xargs -0 tar c --ignore-failed-read) | tar x -C "$copy"
cd "$copy"
git init -q . && git apply --check "$patch" && git apply "$patch"
[ $# -gt 1 ] || exit 0
tests=$2
shift 2
cmake -S . -B build -G Ninja -DCMAKE_BUILD_TYPE=Release >/dev/null
cmake --build build --target "$@"
ctest --test-dir build -R "$tests" --output-on-failure --no-tests=error
