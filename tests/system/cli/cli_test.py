#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/cli.md as tests: cli_test.py SIM NAME runs test_NAME. 77: this machine cannot run it."""
import json
import os
import re
import signal
import struct
import subprocess
import sys
import tempfile
import time

SIM, TMP = os.path.abspath(sys.argv[1]), None


def path(name):
    return os.path.join(TMP, name)


def pcap(name="in.pcap", frames=3, size=100, link=1, gap_us=1000, cut=0):
    """A capture of frames of an experimental EtherType, written from the format's text."""
    parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, link)]
    for i in range(frames):
        parts.append(struct.pack("<IIII", 100 + i * gap_us // 10**6, i * gap_us % 10**6, size, size))
        parts.append(bytes.fromhex("020000000002" "020000000001" "88b5") +
                     bytes([i & 255]) * (size - 14))
    data = b"".join(parts)
    with open(path(name), "wb") as f:
        f.write(data[:len(data) - cut])
    return path(name)


def text(name, content):
    with open(path(name), "w") as f:
        f.write(content)
    return path(name)


def sim(*args, env=None, cwd=None):
    environment = {k: v for k, v in os.environ.items() if k != "FLATPROXY_CONFIG"}
    environment.update(env or {})
    return subprocess.run([SIM, *args], capture_output=True, text=True, cwd=cwd or TMP,
                          env=environment)


def run(*args, **more):
    return sim("run", *args, "--out-dir", path("out"), **more)


def expect(done, status, line=None):
    """The exit status, and that stderr's complaint is exactly one line of the contract's form."""
    assert done.returncode == status, f"exit {done.returncode}, not {status}\n{done.stderr}"
    if line is not None:
        mine = [l for l in done.stderr.splitlines() if l.startswith("flatproxy-sim: ")]
        assert len(mine) == 1, f"not one line:\n{done.stderr}"
        assert mine[0] == "flatproxy-sim: " + line, mine[0]


def refused(line, *args, status=2, **more):
    expect(run(*args, **more), status, line)
    assert not os.path.exists(path("out")), "a refused run must leave nothing"


def packets():
    return [json.loads(l) for l in open(path("out/packets.jsonl"))]


def stats():
    return json.load(open(path("out/stats.json")))


def test_help_names_every_flag_and_shows_examples():
    done = sim("run", "--help")
    expect(done, 0)
    for flag in ("--config --in --out-dir --rate --profile --seed --max-cycles --fidelity "
                 "--trace-fst --trace-window").split():
        assert flag in done.stdout, flag
    assert "Examples:" in done.stdout and done.stderr == ""
    expect(sim("--help"), 0)


def test_version_is_printed():
    done = sim("--version")
    expect(done, 0)
    assert re.fullmatch(r"flatproxy-sim \d+\.\d+\.\d+\n", done.stdout), done.stdout


def test_no_command_is_usage():
    expect(sim(), 2, "COMMAND: found nothing, expected one of --help")


def test_an_unknown_command_is_usage():
    expect(sim("frobnicate"), 2, "COMMAND: found frobnicate, expected one of --help")


def test_an_unknown_flag_is_usage():
    refused("--frob: found an unknown flag, expected one of --help", "--in", "p0=" + pcap(),
            "--frob", "1")


def test_a_missing_flag_is_usage():
    refused("--in: found nothing, expected a value")
    expect(sim("run", "--in", "p0=" + pcap()), 2, "--out-dir: found nothing, expected a value")


def test_flag_values_are_checked():
    f = pcap()
    ports = "PORT=FILE or PORT,PORT=FILE with ports p0 to p3"
    for args, line in (
            (["--in", f], f"--in: found {f}, expected {ports}"),
            (["--in", "p0="], f"--in: found p0=, expected {ports}"),
            (["--in", "p4=" + f], f"--in: found p4={f}, expected {ports}"),
            (["--in", "p0,p0=" + f], "--in: found p0 twice, expected each port at most once"),
            (["--in", "p0=" + f, "--in", "p1,p0=" + f],
             "--in: found p0 twice, expected each port at most once"),
            (["--in", "p0=" + f, "--rate", "fast"],
             "--rate: found fast, expected capture, line or max"),
            (["--in", "p0=" + f, "--profile", "fpga"],
             "--profile: found fpga, expected paper or asic"),
            (["--in", "p0=" + f, "--seed", "-1"],
             "--seed: found -1, expected a number from 0 to 18446744073709551615"),
            (["--in", "p0=" + f, "--max-cycles", "1e6"],
             "--max-cycles: found 1e6, expected a number from 0 to 18446744073709551615"),
            (["--in", "p0=" + f, "--fidelity", "rmt"],
             "--fidelity: found rmt, expected model, rtl or lockstep after the ="),
            (["--in", "p0=" + f, "--fidelity", "cpu=model"],
             "--fidelity: found cpu=model, expected all or one of rmt, mbuf, vq, csr"),
            (["--in", "p0=" + f, "--trace-fst", "w.fst"],
             "--trace-window: found nothing, expected A:B, with --trace-fst"),
            (["--in", "p0=" + f, "--trace-fst", "w.fst", "--trace-window", "5:5"],
             "--trace-window: found 5:5, expected A:B with A below B"),
            (["--in", "p0=" + f, "--trace-fst", "w.fst", "--trace-window", "0:5"],
             "--trace-fst: found every block a model, expected --fidelity with a block in rtl or "
             "lockstep")):
        refused(line, *args)


def test_what_is_not_built_yet_answers_77():
    f = pcap()
    for command in ("check", "explain", "messages", "serve", "completion"):
        expect(sim(command, "x", "--y"), 77, f"{command}: found a command that this build does not "
               "support, expected run or elf")
    for flag in (["--mesh", "m.yaml"], ["--filter", "tcp"], ["--gdb", "1"], ["--trace-packet", "1"]):
        refused(f"{flag[0]}: found a flag that this build does not support, expected it left out",
                "--in", "p0=" + f, *flag, status=77)
    for word in ("ideal_stream=rtl", "soc=lockstep"):
        refused(f"--fidelity: found {word}, expected a block with RTL", "--in", "p0=" + f,
                "--fidelity", word, status=77)


def test_bad_captures_are_refused_before_the_run():
    f = text("text.pcap", "hello")
    refused(f"{f}: header: found magic 68656c6c, expected a pcap or pcapng file", "--in", "p0=" + f)
    f = text("empty.pcap", "")
    refused(f"{f}: header: found 0 bytes, expected a pcap or pcapng file", "--in", "p0=" + f)
    f = path("missing.pcap")
    refused(f"{f}: file: found No such file or directory, expected a readable capture", "--in",
            "p0=" + f)
    refused(f"{TMP}: file: found a directory, expected a capture file", "--in", "p0=" + TMP)
    f = pcap(frames=20, cut=30)
    refused(f"{f}: record 20: found end of file after 70 bytes, expected 100 bytes of record",
            "--in", "p0=" + f)
    f = pcap(link=105)
    refused(f"{f}: link type: found 105 (IEEE802_11), expected EN10MB, RAW, IPV4, IPV6, NULL, LOOP, "
            "LINUX_SLL or LINUX_SLL2", "--in", "p0=" + f)
    # The second of two files as well.
    g = pcap("good.pcap")
    refused(f"{f}: link type: found 105 (IEEE802_11), expected EN10MB, RAW, IPV4, IPV6, NULL, LOOP, "
            "LINUX_SLL or LINUX_SLL2", "--in", "p0=" + g, "--in", "p1=" + f)


def test_bad_configurations_are_refused_with_line_and_path():
    f = pcap()
    c = text("n.yaml", "ports: [p0, p1]\nl2:\n  pairs: [[p0, p2]]\n")
    refused(f"{c}:3: l2.pairs[0][1]: found p2, expected a port listed in ports", "--in", "p0=" + f,
            "--config", c)
    c = text("n.yaml", "streams:\n- {address: 10.0.0.2, port: 80, service: http}\n")
    refused(f"{c}:2: streams[0].service: found http, expected echo", "--in", "p0=" + f, "--config",
            c)
    refused("missing.yaml: file: found No such file or directory, expected a readable YAML file",
            "--in", "p0=" + f, "--config", "missing.yaml")


def test_the_configuration_that_won_is_printed():
    f = pcap()
    good = "ports: [p0, p1]\n"
    flag, env = text("flag.yaml", good), text("env.yaml", good)
    done = run("--in", "p0=" + f)
    expect(done, 0)
    assert "config: built-in default\n" in done.stderr
    text("network.yaml", good)
    assert "config: ./network.yaml (" in run("--in", "p0=" + f).stderr
    more = {"env": {"FLATPROXY_CONFIG": env}}
    assert f"config: {env} ($FLATPROXY_CONFIG)" in run("--in", "p0=" + f, **more).stderr
    assert f"config: {flag} (--config)" in run("--in", "p0=" + f, "--config", flag, **more).stderr


def test_the_configuration_decides_where_frames_go():
    c = text("n.yaml", "ports: [p0, p3]\nl2: {pairs: [[p0, p3]]}\n")
    expect(run("--in", "p0=" + pcap(), "--in", "p1=" + pcap("b.pcap"), "--config", c), 0)
    for line in packets():
        if line["in"] == "p0":
            assert line["out"][0]["port"] == "p3", line
        else:
            assert (line["verdict"], line["reason"]) == ("drop", "rmt.no_route"), line
    assert stats()["drops"]["rmt.no_route"] == 3


def test_both_directions_of_one_recording_are_split():
    data = bytearray(open(pcap(frames=4), "rb").read())
    for record in (1, 3):  # frames 2 and 4 come from the other side
        at = 24 + record * 116 + 16
        data[at:at + 12] = data[at + 6:at + 12] + data[at:at + 6]
    with open(path("both.pcap"), "wb") as f:
        f.write(data)
    expect(run("--in", "p2,p3=" + path("both.pcap")), 0)
    ways = {(l["in"], l["n"]): l["out"][0]["port"] for l in packets()}
    assert ways == {("p2", 1): "p3", ("p2", 2): "p3", ("p3", 1): "p2", ("p3", 2): "p2"}, ways


def test_a_cycle_limit_ends_with_3_and_says_what_is_held():
    done = run("--in", "p0=" + pcap(frames=200, size=1400), "--rate", "line", "--max-cycles", "5000")
    expect(done, 3, "--max-cycles: found work left after 5000 cycles, expected the run to end")
    p = stats()["packets"]
    assert 0 < p["in"] < 200, p
    assert p["in"] == p["forwarded"] + p["dropped"] + p["slow"] + p["held"], p
    assert sum(l["verdict"] == "held" for l in packets()) == p["held"]
    assert stats()["cycles"] == 5000


def test_a_full_device_ends_with_4_and_names_the_file():
    os.mkdir(path("out"))
    os.symlink("/dev/full", path("out/p1.pcapng"))
    done = run("--in", "p0=" + pcap())
    assert done.returncode == 4, done.stderr
    assert re.search(r"^flatproxy-sim: \S+/out/p1\.pcapng: found No space left on device, expected "
                     r"room for \d+ more bytes$", done.stderr, re.M), done.stderr


def test_a_full_disk_leaves_readable_files():
    disk = path("disk")
    os.mkdir(disk)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", disk],
                             capture_output=True)
    if mounted.returncode != 0:
        print("skipped: no right to mount a tmpfs")
        sys.exit(77)
    try:
        done = sim("run", "--in", "p0=" + pcap(frames=400, size=1400), "--out-dir", disk + "/out")
        assert done.returncode == 4, f"{done.returncode}\n{done.stderr}"
        assert "No space left on device" in done.stderr, done.stderr
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../captures"))
        from capture_files import read_pcapng
        left = read_pcapng(disk + "/out/p1.pcapng")
        assert 50 < len(left) < 400 and all(len(f) == 1400 for _, f in left), len(left)
        for line in open(disk + "/out/packets.jsonl"):
            json.loads(line)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_an_output_directory_that_cannot_be_made_ends_with_4_or_2():
    expect(sim("run", "--in", "p0=" + pcap(), "--out-dir", "/proc/nothing/here"), 4)
    f = text("file", "")
    expect(sim("run", "--in", "p0=" + pcap(), "--out-dir", f), 2,
           f"--out-dir: found {f}, expected a directory")


def interrupted(number):
    # Long enough to be still running; frames are a second apart but time jumps over that.
    f = pcap(frames=20000, size=1400)
    child = subprocess.Popen([SIM, "run", "--in", "p0=" + f, "--out-dir", path("out"), "--rate",
                              "line"], stderr=subprocess.PIPE, text=True, cwd=TMP)
    for _ in range(600):
        if os.path.exists(path("out/packets.jsonl")) and os.path.getsize(path("out/packets.jsonl")):
            break
        time.sleep(0.05)
    child.send_signal(number)
    _, error = child.communicate(timeout=60)
    assert child.returncode == 128 + number, f"{child.returncode}\n{error}"
    p = stats()["packets"]
    assert 0 < p["in"] < 20000, p
    assert p["in"] == p["forwarded"] + p["dropped"] + p["slow"] + p["held"], p
    lines = packets()
    assert len(lines) == p["in"]
    assert sum(l["verdict"] == "held" for l in lines) == p["held"]


def test_sigint_closes_the_files():
    interrupted(signal.SIGINT)


def test_sigterm_closes_the_files():
    interrupted(signal.SIGTERM)


def test_a_killed_run_leaves_readable_files():
    f = pcap(frames=20000, size=1400)
    child = subprocess.Popen([SIM, "run", "--in", "p0=" + f, "--out-dir", path("out"), "--rate",
                              "line"], stderr=subprocess.DEVNULL, cwd=TMP)
    for _ in range(600):
        if os.path.exists(path("out/packets.jsonl")) and \
                os.path.getsize(path("out/packets.jsonl")) > 5000:
            break
        time.sleep(0.05)
    child.kill()
    child.wait()
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../captures"))
    from capture_files import read_pcapng
    assert len(read_pcapng(path("out/p1.pcapng"))) > 5
    assert len(packets()) > 5


def test_files_hold_no_wall_time_and_runs_repeat():
    contents = []
    for _ in range(2):
        expect(run("--in", "p0=" + pcap(), "--seed", "7"), 0)
        contents.append({n: open(path("out/" + n), "rb").read() for n in os.listdir(path("out"))})
        time.sleep(1.1)
    assert contents[0] == contents[1]
    assert json.loads(contents[0]["stats.json"])["seed"] == 7


def test_stats_have_the_contracts_fields():
    expect(run("--in", "p0=" + pcap()), 0)
    s = stats()
    assert s["schema"] == 1 and s["profile"] == "paper" and s["seed"] == 1
    assert s["boot_cycles"] > 0 and s["cycles"] > 0
    assert list(s["packets"]) == ["in", "forwarded", "dropped", "slow", "held", "originated"]
    assert s["drops"]["rmt.parser.truncated"] == 0
    assert list(s["latency_cycles"]) == ["p50", "p99", "max"]
    assert 0 < s["latency_cycles"]["p50"] <= 72 + 25, s["latency_cycles"]


def test_the_asic_profile_halves_no_cycles_but_shortens_time():
    expect(run("--in", "p0=" + pcap(gap_us=10)), 0)
    paper = stats()["cycles"]
    expect(run("--in", "p0=" + pcap(gap_us=10), "--profile", "asic"), 0)
    # The capture's 20 us are 5000 cycles at 250 MHz and 20000 at 1 GHz.
    assert 5000 <= paper < 5400 and 20000 <= stats()["cycles"] < 20400, (paper, stats()["cycles"])


def test_an_empty_capture_runs():
    expect(run("--in", "p0=" + pcap(frames=0)), 0)
    assert stats()["packets"]["in"] == 0 and stats()["latency_cycles"]["p50"] is None


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as TMP:
        globals()["test_" + sys.argv[2]]()
