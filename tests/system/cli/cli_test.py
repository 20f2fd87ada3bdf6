#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""docs/cli.md as tests: cli_test.py SIM NAME runs test_NAME. 77: this machine cannot run it."""
import json
import os
import random
import re
import shutil
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
    for flag in ("--config --in --out-dir --rate --profile --seed --max-cycles --fidelity --filter "
                 "--trace-fst --trace-window --gdb").split():
        assert flag in done.stdout, flag
    assert "Examples:" in done.stdout and done.stderr == ""
    expect(sim("--help"), 0)


def test_every_command_has_help_with_examples():
    for command in ("run", "check", "explain", "elf", "completion"):
        done = sim(command, "--help")
        expect(done, 0)
        assert "Examples:" in done.stdout or "Example:" in done.stdout, command
        assert f"flatproxy-sim {command}" in done.stdout, command


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
    for command in ("messages", "serve"):
        expect(sim(command, "x", "--y"), 77, f"{command}: found a command that this build does not "
               "support, expected one of --help")
    for flag in (["--mesh", "m.yaml"],):
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


def tcp(sport, dport, payload=20):
    """An IPv4 TCP segment without checksums, which nothing here looks at."""
    return (bytes.fromhex("020000000002" "020000000001" "0800") +
            struct.pack("!BBHHHBBH", 0x45, 0, 40 + payload, 1, 0, 64, 6, 0) + bytes([10, 0, 0, 1]) +
            bytes([10, 0, 0, 2]) + struct.pack("!HHIIHHHH", sport, dport, 1, 1, 0x5010, 1, 0, 0) +
            bytes(payload))


def mixed(name="mixed.pcap"):
    """Segments to port 80 and 443 in turn, both ways, and frames that are no IP."""
    with open(path(name), "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1))
        for i in range(12):
            b = [tcp(1000, 80), tcp(2000, 443), bytes.fromhex("020000000002" "020000000001" "88b5") +
                 bytes(60), tcp(80, 1000)][i % 4]
            if i % 4 == 3:
                b = b[6:12] + b[:6] + b[12:]
            f.write(struct.pack("<IIII", 100, i, len(b), len(b)) + b)
    return path(name)


def tcpdump(name, expression):
    """Frames that match, as another program of libpcap's finds them."""
    if shutil.which("tcpdump") is None:
        print("skipped: no tcpdump")
        sys.exit(77)
    done = subprocess.run(["tcpdump", "-nr", name, "-w", "-", *expression.split()], capture_output=True,
                          check=True)
    with open(path("matching.pcap"), "wb") as f:
        f.write(done.stdout)
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../captures"))
    from capture_files import read_pcap
    return [b for _, b, _ in read_pcap(path("matching.pcap"))[1]]


def test_a_filter_lets_only_matching_frames_in():
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../captures"))
    from capture_files import read_pcapng
    f = mixed()
    for expression in ("tcp port 80", "not ip", "dst port 443 or ether proto 0x88b5", "less 1"):
        done = run("--in", "p0=" + f, "--filter", expression)
        expect(done, 0)
        want = tcpdump(f, expression)
        assert f"filter: {12 - len(want)} of 12 frames left out\n" in done.stderr, done.stderr
        assert [b for _, b in read_pcapng(path("out/p1.pcapng"))] == want, expression
        assert stats()["packets"]["in"] == len(want)
        assert [l["n"] for l in packets()] == list(range(1, len(want) + 1))


def test_a_filter_does_not_turn_the_directions_round():
    expect(run("--in", "p2,p3=" + mixed(), "--filter", "src port 80"), 0)
    # The server answers; who asked first was left out but still is the first side.
    assert [(l["in"], l["out"][0]["port"]) for l in packets()] == [("p3", "p2")] * 3


def test_a_wrong_filter_is_usage_in_libpcaps_words():
    f = mixed()
    done = run("--in", "p0=" + f, "--filter", "tcp prot 80")
    assert done.returncode == 2, done.stderr
    assert re.search(r"^flatproxy-sim: --filter: found tcp prot 80 \(.*syntax error.*\), expected a filter "
                     r"of pcap-filter\(7\)$", done.stderr, re.M), done.stderr
    assert not os.path.exists(path("out"))


def test_output_frames_carry_their_verdict_as_comment():
    if shutil.which("tshark") is None:
        print("skipped: no tshark")
        sys.exit(77)
    c = text("n.yaml", "l2: {pairs: [[p0, p1]]}\nacl: [{action: permit, protocol: tcp, to_ports: 80}]\n")
    expect(run("--in", "p0=" + mixed(), "--config", c), 0)
    done = subprocess.run(["tshark", "-r", path("out/p1.pcapng"), "-T", "fields", "-e", "frame.comment"],
                          capture_output=True, text=True, check=True)
    comments = done.stdout.splitlines()
    lines = packets()
    assert len(comments) == len(lines) == 12, done.stdout
    for comment, line in zip(comments, lines):
        want = f"p0 packet {line['n']}: {line['verdict']}" + "".join(
            f"; {t['table']} {'hit' if t['hit'] else 'miss'} {t['action']}" for t in line["tables"]
            if t["action"])
        assert comment == want, (comment, want)
    assert "; acl hit permit" in comments[0], comments[0]


def read_prometheus(content):
    """The exposition format 0.0.4 by its text, strictly: {name: (type, [(labels, value)])}."""
    metrics, current = {}, None
    assert content.endswith("\n")
    for line in content[:-1].split("\n"):
        if line.startswith("# HELP "):
            name = line.split(" ", 3)[2]
            assert name not in metrics and len(line.split(" ", 3)) == 4, line
            metrics[name] = [None, []]
            current = name
        elif line.startswith("# TYPE "):
            _, _, name, kind = line.split(" ")
            assert name == current and metrics[name][0] is None and not metrics[name][1], line
            assert kind in ("counter", "gauge"), line
            metrics[name][0] = kind
        else:
            m = re.fullmatch(r'([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})? (-?[0-9.e+-]+)', line)
            assert m and m[1] == current and metrics[current][0], line
            labels = re.findall(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\[\\"n])*)"(?:,|$)', m[2] or "")
            assert ",".join(f'{k}="{v}"' for k, v in labels) == (m[2] or ""), line
            assert len({k for k, _ in labels}) == len(labels), line
            assert metrics[current][0] != "counter" or current.endswith("_total"), line
            key = tuple(sorted(labels))
            assert key not in [k for k, _ in metrics[current][1]], f"twice: {line}"
            metrics[current][1].append((key, float(m[3])))
    return metrics


def test_statistics_come_as_prometheus_text_too():
    c = text("n.yaml", "l2: {pairs: [[p0, p1]]}\nacl: [{action: deny, protocol: tcp, to_ports: 443}]\n")
    expect(run("--in", "p0=" + mixed(), "--config", c), 0)
    content = open(path("out/stats.prom")).read()
    metrics, s = read_prometheus(content), stats()

    def value(name, **labels):
        return dict(metrics["flatproxy_" + name][1])[tuple(sorted(labels.items()))]

    for kind, n in s["packets"].items():
        assert value("packets_total", kind=kind) == n
    assert s["drops"]["rmt.acl"] == 3
    for reason, n in s["drops"].items():
        assert value("drops_total", reason=reason) == n
    for reason, n in s["slow"].items():
        assert value("slow_total", reason=reason) == n
    for percentile, name in (("50", "p50"), ("99", "p99"), ("100", "max")):
        assert value("latency_cycles", percentile=percentile) == s["latency_cycles"][name]
    for place, e in enumerate(s["tables"]["acl"]):
        labels = {"table": "acl", "entry": e["entry"], "place": str(place)}
        assert value("table_entry_packets_total", **labels) == e["packets"]
        assert value("table_entry_bytes_total", **labels) == e["bytes"]
    assert (value("cycles_total"), value("boot_cycles")) == (s["cycles"], s["boot_cycles"])
    assert value("run_info", profile="paper", seed="1") == 1
    if shutil.which("promtool") is not None:
        done = subprocess.run(["promtool", "check", "metrics"], input=content, capture_output=True,
                              text=True)
        assert done.returncode == 0, done.stderr + done.stdout


def test_progress_is_shown_on_demand_and_else_only_on_a_terminal():
    f = pcap(frames=9000, size=1400)
    done = run("--in", "p0=" + f, "--rate", "line")
    expect(done, 0)
    assert "progress" not in done.stderr and "\r" not in done.stderr, done.stderr
    done = run("--in", "p0=" + f, "--rate", "line", "--progress", "--no-skip")
    expect(done, 0)
    lines = [l for l in done.stderr.splitlines() if l.startswith("progress: ")]
    for line in lines:
        m = re.fullmatch(r"progress: +(\d+)%  (\d+) of 9000 frames, cycle (\d+), \d+ cycles/s(, \d+ s left)?", line)
        assert m and abs(int(m[1]) - int(m[2]) / 90) <= 1, line
    assert lines or float(re.search(r"wall time +([0-9.]+) s", done.stderr)[1]) < 2, done.stderr


def complete(*words):
    """What bash offers for the last of the words."""
    script = sim("completion", "bash").stdout
    quoted = " ".join("'" + w + "'" for w in words)
    lines = (script + "\nCOMP_WORDS=(flatproxy-sim " + quoted + f")\nCOMP_CWORD={len(words)}\n" +
             "_flatproxy_sim\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n")
    # compopt answers 1 outside of readline.
    done = subprocess.run(["bash", "-uc", lines], capture_output=True, text=True, cwd=TMP)
    assert done.returncode == 0 and done.stderr == "", done.stderr
    return set(done.stdout.split())


def test_bash_completes_commands_flags_values_and_files():
    assert complete("") >= {"run", "check", "explain", "elf", "completion"}
    assert complete("ch") == {"check"}
    assert not complete("") & {"messages", "serve"}, "what does not exist is offered"
    flags = complete("run", "--")
    for flag in re.findall(r"^  (?:-\w,)?(--[a-z-]+)", sim("run", "--help").stdout.split("Not in this build")[0], re.M):
        assert flag in flags, flag
    assert "--rerun-window" not in flags and "--builtin-config" not in flags
    assert complete("run", "--rate", "") == {"capture", "line", "max"}
    assert complete("run", "--rate", "=", "l") == {"line"}
    assert complete("run", "--profile", "a") == {"asic"}
    assert complete("completion", "") == {"bash", "zsh", "fish"}
    text("case.pcap", "")
    os.mkdir(path("cases"))
    assert complete("run", "--in", "p0", "=", "ca") == {"case.pcap", "cases"}
    assert complete("run", "--out-dir", "ca") == {"cases"}
    assert complete("check", "ca") >= {"cases"}
    assert complete("run", "--seed", "") == set()
    assert complete("run", "--out-dir", "x", "--ra") == {"--rate"}


def test_zsh_and_fish_take_their_scripts():
    for shell, check in (("zsh", ["-n"]), ("fish", ["--no-execute"])):
        script = sim("completion", shell)
        expect(script, 0)
        assert "explain" in script.stdout and "max-cycles" in script.stdout, shell
        if shutil.which(shell) is not None:
            text("script", script.stdout)
            done = subprocess.run([shell, *check, path("script")], capture_output=True, text=True)
            assert done.returncode == 0 and done.stderr == "", done.stderr


def test_an_unknown_shell_is_usage():
    expect(sim("completion", "tcsh"), 2, "SHELL: found tcsh, expected bash, zsh or fish")
    expect(sim("completion"), 2, "SHELL: found nothing, expected a value")
    with open("/dev/full", "w") as full:
        done = subprocess.run([SIM, "completion", "bash"], stdout=full, stderr=subprocess.PIPE, text=True)
    expect(done, 4, "stdout: found No space left on device, expected room for the result")


def readable_after(number, delay):
    """Ends a run with a signal after `delay` seconds; every file must be whole to its last record."""
    f = path("long.pcap")
    if not os.path.exists(f):
        pcap("long.pcap", frames=20000, size=1400)
    out = path("killed")
    shutil.rmtree(out, ignore_errors=True)
    child = subprocess.Popen([SIM, "run", "--in", "p0=" + f, "--out-dir", out, "--rate", "line",
                              "--no-skip"], stderr=subprocess.DEVNULL, cwd=TMP)
    time.sleep(delay)
    child.send_signal(number)
    child.wait(timeout=60)
    assert child.returncode in ((-number,) if number == signal.SIGKILL else (128 + number, -number)), \
        child.returncode
    if not os.path.exists(out):
        return 0
    frames = 0
    for name in os.listdir(out):
        content = open(os.path.join(out, name), "rb").read()
        if name.endswith(".pcapng") and content:
            done = subprocess.run(["capinfos", "-Tmc", os.path.join(out, name)], capture_output=True,
                                  text=True)
            assert done.returncode == 0 and "cut short" not in done.stderr, f"{name}: {done.stderr}"
            frames += int(done.stdout.splitlines()[1].split(",")[1])
        elif name == "packets.jsonl":
            assert content == b"" or content.endswith(b"\n"), name
            for line in content.splitlines():
                json.loads(line)
        elif name == "stats.json" and content:
            json.loads(content)
        elif name == "stats.prom" and content:
            read_prometheus(content.decode())
    return frames


def test_a_run_killed_at_any_time_leaves_whole_records():
    if shutil.which("capinfos") is None:
        print("skipped: no capinfos")
        sys.exit(77)
    rng = random.Random(7)
    seen = [readable_after(number, rng.uniform(0.0, 1.2)) for _ in range(4)
            for number in (signal.SIGKILL, signal.SIGTERM)]
    assert max(seen) > 0, "no run wrote a frame"


def test_missing_outputs_are_made_and_wrong_ones_refused():
    # An output that is a folder, or in a folder that goes no further.
    os.makedirs(path("out/p1.pcapng"))
    done = run("--in", "p0=" + pcap())
    expect(done, 4)
    assert "out/p1.pcapng: found Is a directory, expected a file that can be written" in done.stderr
    expect(sim("run", "--in", "p0=" + pcap(), "--out-dir", path("a/b/c")), 0)
    assert {"p0.pcapng", "packets.jsonl", "stats.json", "stats.prom", "console.log"} <= \
        set(os.listdir(path("a/b/c")))


def test_a_file_size_limit_ends_with_4_and_a_whole_record():
    import resource
    f = pcap(frames=400, size=1400)
    done = subprocess.run([SIM, "run", "--in", "p0=" + f, "--out-dir", path("out")], capture_output=True,
                          text=True, cwd=TMP, preexec_fn=lambda: resource.setrlimit(
                              resource.RLIMIT_FSIZE, (100000, 100000)))
    assert done.returncode == 4, f"{done.returncode}\n{done.stderr}"
    assert re.search(r"^flatproxy-sim: \S+: found File too large, expected room for \d+ more bytes$",
                     done.stderr, re.M), done.stderr
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../captures"))
    from capture_files import read_pcapng
    assert len(read_pcapng(path("out/p1.pcapng"))) > 5


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
