# SPDX-License-Identifier: Apache-2.0
"""Traffic for the embedding tests: random frames around a network.yaml (the mesh test's generator),
in bursts that fill a MAC and in gaps, as one nanosecond pcap a port."""
import os
import random
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path += [os.path.join(HERE, "../captures"), os.path.join(HERE, "../mesh")]

import yaml  # noqa: E402
from generator import Generator  # noqa: E402
from reference import Reference  # noqa: E402


def write_config(source, path):
    """The configuration without services: their frames belong to the TOE's place, which a platform
    that has RMT alone does not have."""
    with open(source, encoding="utf-8") as f:
        config = yaml.safe_load(f)
    config.pop("streams", None)
    with open(path, "w", encoding="utf-8") as f:
        yaml.safe_dump(config, f, sort_keys=False)
    return config


def reaches_core(outcome):
    return any(port == "cpu" for copies in outcome.choices for port, _ in copies)


def write_captures(config, folder, frames, seed=1):
    """{port: file}. A port's stamps rise; several frames of a burst share one."""
    rng = random.Random(seed)
    generator = Generator(config, rng)
    reference = Reference(config)
    sent, now = {}, 1_700_000_000 * 10**9
    for _ in range(frames):
        if rng.random() < 0.4:
            now += rng.choice([1, 30, 200, 900, 2500])
        port, frame = generator.frame()
        # A platform with RMT alone has no firmware that answers; fragments are not answered.
        outcome = reference.judge(port, frame)
        if outcome.reason != "rmt.fragment" and reaches_core(outcome):
            continue
        if rng.random() < 0.1:
            frame += bytes(rng.randrange(1200))  # longer than the IP packet inside: a trailer
        sent.setdefault(port, []).append((now, frame))
    files = {}
    for port, records in sent.items():
        files[port] = os.path.join(folder, port + ".pcap")
        with open(files[port], "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
            for t, frame in records:
                out.write(struct.pack("<IIII", t // 10**9, t % 10**9, len(frame), len(frame)) + frame)
    return files
