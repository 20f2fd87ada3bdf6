#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""check_waits_for.py itself: it must find planted cycles and pass graphs without one."""

import os
import subprocess
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from check_waits_for import find_cycle  # noqa: E402


def graph(*pairs):
    return [{"from": a, "to": b, "doc": "", "where": "x:1"} for a, b in pairs]


class WaitsFor(unittest.TestCase):
    def names(self, edges):
        return [edge["from"] for edge in find_cycle(edges)]

    def test_acyclic(self):
        self.assertEqual(find_cycle([]), [])
        self.assertEqual(find_cycle(graph("ab", "ac", "bd", "cd")), [])
        chain = graph(*((str(i), str(i + 1)) for i in range(5000)))
        self.assertEqual(find_cycle(chain), [])

    def test_cycles(self):
        self.assertEqual(self.names(graph("aa")), ["a"])
        self.assertEqual(self.names(graph("ab", "ba")), ["a", "b"])
        self.assertEqual(self.names(graph("ab", "bc", "ca", "cd")), ["a", "b", "c"])
        # A cycle behind a finished branch, away from the start.
        self.assertEqual(self.names(graph("ab", "ac", "bd", "cd", "de", "ec")), ["d", "e", "c"])

    def test_planted_cycle_fails_the_command(self):
        result = subprocess.run(
            ["/usr/bin/python3", os.path.join(HERE, "check_waits_for.py"),
             os.path.join(HERE, "data/waits_for_cycle.json")],
            capture_output=True, text=True, check=False)
        self.assertEqual(result.returncode, 1)
        self.assertIn("two:3: b waits for c: reply needs a cell", result.stdout)
        self.assertIn("two:5: c waits for b", result.stdout)
        self.assertNotIn("one:1", result.stdout)


if __name__ == "__main__":
    unittest.main()
