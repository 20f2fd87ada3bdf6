#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks a block's test plan, docs/testplan/BLOCK.yaml, against what exists and what happened.

  testplan.py --plan PLAN.yaml --build BUILD_DIR --cover DIR

PLAN.yaml:
  block: common
  tests: ["common.*"]                # patterns: every ctest name that matches must be mapped
  requirements:
    - id: fifo.order                 # unique
      text: what must hold
      tests: ["common.Queue.*"]      # each pattern names at least one existing test
      cover: [fifo_sva.full]         # each point exists and was hit, in every instance
    - ...
  waived: {fifo_sva.x@*u_fifo3*: why this instance cannot be hit}

DIR holds the Verilator cover files (*.dat) of one run of the block's tests. Every cover point in
them must be mapped. Exit status 0 all mapped and hit, 1 not so."""

import argparse
import collections
import fnmatch
import json
import pathlib
import re
import subprocess
import sys

import yaml

POINT = re.compile(r"^C '(.*)' (\d+)$")


def read_cover(folder):
    """{(point, instance): count}; a point is `module.label`."""
    counts = collections.Counter()
    for path in sorted(folder.glob("*.dat")):
        for line in path.read_text(errors="replace").splitlines():
            found = POINT.match(line)
            if not found:
                continue
            keys = dict(part.split("\x02", 1) for part in found.group(1).split("\x01") if part)
            page = keys.get("page", "")
            if not page.startswith("v_user/"):
                continue
            module = page.removeprefix("v_user/").split("__")[0]
            label = keys["h"].rsplit(".", 1)[-1]
            counts[(f"{module}.{label}", keys["h"])] += int(found.group(2))
    return counts


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plan", type=pathlib.Path, required=True)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--cover", type=pathlib.Path)
    args = parser.parse_args()

    plan = yaml.safe_load(args.plan.read_text())
    listing = subprocess.run(["ctest", "--show-only=json-v1"], cwd=args.build, check=True,
                             capture_output=True, text=True).stdout
    names = [test["name"] for test in json.loads(listing)["tests"]]
    complaints = []
    mapped_tests, mapped_points, ids = set(), set(), set()
    for requirement in plan["requirements"]:
        who = requirement["id"]
        if who in ids:
            complaints.append(f"{who}: twice")
        ids.add(who)
        if not requirement.get("text"):
            complaints.append(f"{who}: no text")
        if not requirement.get("tests"):
            complaints.append(f"{who}: no test")
        for pattern in requirement.get("tests", []):
            found = fnmatch.filter(names, pattern)
            if not found:
                complaints.append(f"{who}: no test is named {pattern}")
            mapped_tests.update(found)
        mapped_points.update(requirement.get("cover", []))
    for pattern in plan.get("tests", []):
        for name in fnmatch.filter(names, pattern):
            if name not in mapped_tests:
                complaints.append(f"test {name}: no requirement")

    hit = 0
    if args.cover is not None:
        counts = read_cover(args.cover)
        if not counts:
            complaints.append(f"no cover counts in {args.cover}")
        waived = plan.get("waived", {})
        points = {point for point, _ in counts}
        for point in sorted(mapped_points - points):
            complaints.append(f"cover {point}: no such point")
        for point in sorted(points - mapped_points):
            complaints.append(f"cover {point}: no requirement")
        for (point, instance), count in sorted(counts.items()):
            if count:
                hit += 1
            elif not any(fnmatch.fnmatchcase(f"{point}@{instance}", w) for w in waived):
                complaints.append(f"cover {point}: never hit in {instance}")
        for waiver in waived:
            if not any(count == 0 and fnmatch.fnmatchcase(f"{point}@{instance}", waiver)
                       for (point, instance), count in counts.items()):
                complaints.append(f"waiver {waiver}: not needed")
    for complaint in complaints:
        print(complaint)
    print(f"{plan['block']}: {len(ids)} requirements, {len(mapped_tests)} tests, "
          f"{len(mapped_points)} cover points, {hit} instances of them hit")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
