#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""testplan.py accepts a plan whose tests exist and whose cover points are hit, and names what is
missing otherwise. Usage: testplan_test.py TESTPLAN BUILD_DIR TEST (a test name that exists)."""

import pathlib
import subprocess
import sys
import tempfile

GOOD = """
block: sample
tests: ["{test}"]
requirements:
  - {{id: a, text: holds, tests: ["{test}"], cover: [sva.full, sva.tie]}}
"""


def point(label, instance, count):
    return (f"C '\x01f\x02sva.sv\x01l\x021\x01page\x02v_user/sva__W8\x01o\x02{label}"
            f"\x01h\x02TOP.{instance}.{label}' {count}\n")


COVER = point("full", "u0", 3) + point("full", "u1", 1) + point("tie", "u0", 2)


def run(plan, cover):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder)
        (path / "plan.yaml").write_text(plan)
        (path / "1.dat").write_text(cover)
        result = subprocess.run([sys.executable, sys.argv[1], "--plan", path / "plan.yaml",
                                 "--build", sys.argv[2], "--cover", folder],
                                capture_output=True, text=True, check=False)
    return result.returncode, result.stdout


def main():
    good = GOOD.format(test=sys.argv[3])
    cases = [
        ("accepts what is mapped and hit", good, COVER, 0, "1 requirements"),
        ("sums over files and runs", good, COVER + point("full", "u0", 0), 0, "1 requirements"),
        ("names a point never hit", good, COVER.replace("' 2", "' 0"), 1, "sva.tie: never hit in TOP.u0"),
        ("wants every instance", good, COVER + point("full", "u2", 0), 1, "never hit in TOP.u2"),
        ("names an unmapped point", good, COVER + point("new", "u0", 1), 1, "cover sva.new: no requirement"),
        ("names a point that is not there", good.replace("sva.tie", "sva.gone"), COVER, 1,
         "cover sva.gone: no such point"),
        ("names a test that is not there", good.replace(f'"{sys.argv[3]}"], cover', '"no.such"], cover'),
         COVER, 1, "no test is named no.such"),
        ("names an unmapped test", good.replace("\nrequirements", "\nrequirements").replace(
            f'tests: ["{sys.argv[3]}"], cover', 'tests: [], cover'), COVER, 1, "no requirement"),
        ("names a requirement without test", good.replace(f'tests: ["{sys.argv[3]}"], cover', "cover"),
         COVER, 1, "a: no test"),
        ("takes a waiver", good + 'waived: {"sva.full@TOP.u2*": cannot}\n',
         COVER + point("full", "u2", 0), 0, "1 requirements"),
        ("refuses a waiver nobody needs", good + 'waived: {"sva.full@TOP.u2*": cannot}\n', COVER, 1,
         "not needed"),
        ("refuses a run without cover", good, "", 1, "no cover counts"),
    ]
    bad = 0
    for name, plan, cover, status, text in cases:
        found, output = run(plan, cover)
        if found != status or text not in output:
            bad += 1
            print(f"{name}: status {found}, expected {status} and {text!r}:\n{output}")
    print(f"{len(cases) - bad} of {len(cases)} cases as expected")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
