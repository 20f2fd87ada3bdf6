#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""patched_firmware.py PATCH FOLDER [SIM]: a simulator with changed firmware, the tree left alone.

Applies PATCH to a copy of firmware/embedded, compiles the files it changes with the commands of SIM's
build (the flatproxy-sim in the path, by default) and puts the linked firmware into FOLDER, beside a
copy of SIM, which loads the firmware it finds beside itself. PATCH may change .cpp files below
firmware/embedded only: what includes a header is not looked for."""
import os
import pathlib
import re
import shutil
import subprocess
import sys

root = pathlib.Path(__file__).resolve().parents[3]
patch, folder = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
sim = pathlib.Path(sys.argv[3] if len(sys.argv) > 3 else shutil.which("flatproxy-sim")).resolve()
build = sim.parents[1]

changed = re.findall(r"^\+\+\+ b/(\S+)", patch.read_text(encoding="utf-8"), re.M)
for name in changed:
    if not re.fullmatch(r"firmware/embedded/\S+\.cpp", name):
        sys.exit(f"patched_firmware.py: {patch}: found a change of {name}, expected a .cpp file of "
                 "firmware/embedded")
folder.mkdir(parents=True, exist_ok=True)
shutil.copytree(root / "firmware/embedded", folder / "firmware/embedded", dirs_exist_ok=True)
subprocess.run(["git", "apply", "--unsafe-paths", f"--directory={folder}", str(patch)], cwd="/",
               check=True)

commands = subprocess.run(["ninja", "-C", str(build), "-t", "commands", "bin/flatproxy-firmware.elf"],
                          capture_output=True, text=True, check=True).stdout.splitlines()
elf = folder / "flatproxy-firmware.elf"


def run(command, replace):
    for old, new in replace:
        assert old in command, (old, command)
        command = command.replace(old, str(new))
    subprocess.run(command, shell=True, check=True)


objects = []
for name in changed:
    source, built = f"{root}/{name}", f"{build}/{name}.o"
    made = folder / f"{name}.o"
    command = next(c for c in commands if f" -c {source} " in c).split(" && ")[:2]
    run(" && ".join(command), [(source, folder / name), (built, made)])
    objects.append((built, made))
link = next(c for c in commands if f" -o {build}/bin/flatproxy-firmware.elf" in c)
run(link, [*objects, (f"{build}/bin/flatproxy-firmware.elf", elf)])
shutil.copy(sim, folder / "flatproxy-sim")
