#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Does what a tutorial says: run_tutorial.py PAGE.md PATH...

In an empty folder: a block ```LANGUAGE NAME is the file NAME, ```sh is run by bash (its status must be
0), and each line of ```text must stand in what the block before printed. PATHs come first in $PATH."""
import os
import re
import subprocess
import sys
import tempfile

page, *paths = sys.argv[1:]
blocks = re.findall(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", open(page, encoding="utf-8").read(),
                    re.M | re.S)
env = dict(os.environ, PATH=os.pathsep.join(paths + [os.environ["PATH"]]))
env.pop("FLATPROXY_CONFIG", None)
ran = 0
with tempfile.TemporaryDirectory() as folder:
    printed = ""
    for language, name, text in blocks:
        if name:
            with open(os.path.join(folder, name), "w", encoding="utf-8") as f:
                f.write(text)
        elif language == "sh":
            done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=env,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            printed = done.stdout
            ran += 1
            if done.returncode != 0:
                sys.exit(f"FAIL: status {done.returncode} of\n{text}\n{printed}")
        elif language == "text":
            for line in text.splitlines():
                if line not in printed:
                    sys.exit(f"FAIL: the page promises\n{line}\nfound\n{printed}")
if ran == 0:
    sys.exit("FAIL: no command on the page")
print(ran, "command blocks")
