#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Runs a command in a cgroup of its own with the eBPF path attached to it and $FLATPROXY_PINS set:

  sockmap_world.py --flatproxy F COMMAND...

Exit status: the command's; 77 where the machine lacks something, named."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../bpf"))
from sandbox import SKIP, Sandbox, Skip, enter_cgroup, need_privileges, say


def main():
    if len(sys.argv) < 4 or sys.argv[1] != "--flatproxy":
        print(__doc__, file=sys.stderr)
        return 2
    flatproxy, command = sys.argv[2], sys.argv[3:]
    try:
        need_privileges(flatproxy)
        with Sandbox("flatproxy", {"flatproxy": flatproxy}) as box:
            status = subprocess.run(command, env=dict(os.environ, FLATPROXY_PINS=box.pins),
                                    preexec_fn=lambda: enter_cgroup(box.cgroup)).returncode
            counters = box.status()
            say("redirected %d messages of %d" % (counters["redirected"],
                                                  counters["redirected"] + sum(counters["tcp"].values())))
            return status if status >= 0 else 128 - status
    except Skip as e:
        say("skipped: %s" % e)
        return SKIP


sys.exit(main())
