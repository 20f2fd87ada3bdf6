#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every bad YAML is refused with its line: the marker `# REFUSED text` stands on the offending line.

data/bad/*.yaml are single blocks, data/bad_aggregate/*/ are sets of blocks that clash. The message
must be one line `generate.py: FILE:LINE: text...` and the exit status 2.
Usage: refusals_test.py GENERATE_PY
"""

import glob
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
GENERATE = sys.argv[1] if len(sys.argv) > 1 else os.path.join(
    HERE, "../../../rtl/contract/generate.py")
MARK = "# REFUSED "


def marker(paths):
    """(path, line, text) of the one marker in these files."""
    found = []
    for path in paths:
        with open(path, encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if MARK in line:
                    found.append((path, number, line.split(MARK, 1)[1].strip()))
    assert len(found) == 1, f"{paths}: {len(found)} markers"
    return found[0]


def run(*args):
    return subprocess.run(["/usr/bin/python3", GENERATE, *args], capture_output=True, text=True,
                          check=False)


class Refusals(unittest.TestCase):
    def check(self, result, expected):
        path, line, text = expected
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertEqual(result.stdout, "")
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
        self.assertIn(", expected ", result.stderr)
        where = f"generate.py: {os.path.relpath(path)}:{line}: "
        self.assertTrue(result.stderr.startswith(where + text),
                        f"\n  got      {result.stderr}  expected {where}{text}...")

    def test_blocks(self):
        paths = sorted(glob.glob(os.path.join(HERE, "data/bad/*.yaml")))
        self.assertGreater(len(paths), 50)
        for path in paths:
            name = os.path.basename(path)
            # The two halves of a cycle: started from either, the other closes it.
            if name == "import_cycle_peer.yaml":
                continue
            marked = path.replace("cycle.yaml", "cycle_peer.yaml")
            with self.subTest(name), tempfile.TemporaryDirectory() as out:
                self.check(run("--out", out, os.path.relpath(path)), marker([marked]))
                self.assertEqual(os.listdir(out), [], "a refused YAML leaves no output")

    def test_sets(self):
        folders = sorted(glob.glob(os.path.join(HERE, "data/bad_aggregate/*")))
        self.assertGreaterEqual(len(folders), 3)
        for folder in folders:
            paths = sorted(glob.glob(os.path.join(folder, "*.yaml")))
            with self.subTest(os.path.basename(folder)), tempfile.TemporaryDirectory() as out:
                shown = [os.path.relpath(path) for path in paths]
                self.check(run("--aggregate", "--out", out, *shown), marker(paths))

    def test_the_demo_is_accepted(self):
        with tempfile.TemporaryDirectory() as out:
            result = run("--out", out, os.path.join(HERE, "data/demo.yaml"))
            self.assertEqual(result.returncode, 0, result.stderr)
            stamps = {}
            for folder, _, files in os.walk(out):
                for name in files:
                    stamps[os.path.join(folder, name)] = os.stat(
                        os.path.join(folder, name)).st_mtime_ns
            self.assertEqual(len(stamps), 6)
            run("--out", out, os.path.join(HERE, "data/demo.yaml"))
            for path, stamp in stamps.items():
                self.assertEqual(os.stat(path).st_mtime_ns, stamp, f"{path} rewritten unchanged")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
