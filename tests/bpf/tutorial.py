#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs docs/tutorials/operator.md where bpf(2) is permitted: tutorial.py --flatproxy F RUN_TUTORIAL PAGE."""
import argparse
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from sandbox import SKIP, Skip, cgroup_root, need_privileges, say

parser = argparse.ArgumentParser()
parser.add_argument("--flatproxy", required=True)
parser.add_argument("run_tutorial")
parser.add_argument("page")
args = parser.parse_args()
try:
    need_privileges(args.flatproxy)
    status = subprocess.run(["/usr/bin/python3", args.run_tutorial, args.page,
                             os.path.dirname(os.path.abspath(args.flatproxy))]).returncode
    if status:
        subprocess.run([args.flatproxy, "bpf", "detach", "--force", "--wait", "0", "--pins", "/sys/fs/bpf/fp-tutorial"])
        if os.path.exists(cgroup_root() + "/fp-tutorial"):
            os.rmdir(cgroup_root() + "/fp-tutorial")
    sys.exit(status)
except Skip as e:
    say("skipped: %s" % e)
    sys.exit(SKIP)
