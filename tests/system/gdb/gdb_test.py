#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""`run --gdb` driven by the real gdb-multiarch: gdb_test.py SIM NAME runs test_NAME. 77: no gdb here.

What gdb prints is compared with what the firmware's source, ELF and console say, not with earlier
output of the server."""
import filecmp
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile

SIM, TMP = os.path.abspath(sys.argv[1]), None
ELF = os.path.join(os.path.dirname(SIM), "flatproxy-firmware.elf")
FIRMWARE = os.path.join(os.path.dirname(__file__), "..", "..", "..", "firmware", "embedded")


def path(name):
    return os.path.join(TMP, name)


def capture():
    """Five frames of an experimental EtherType."""
    parts = [struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 1)]
    for i in range(5):
        parts.append(struct.pack("<IIII", 100, 1000 * i, 100, 100))
        parts.append(bytes.fromhex("020000000002" "020000000001" "88b5") + bytes([i]) * 86)
    with open(path("in.pcap"), "wb") as f:
        f.write(b"".join(parts))
    return path("in.pcap")


class Run:
    """A simulator that waits for gdb, and its port."""

    def __init__(self, *args, out="debugged"):
        self.process = subprocess.Popen(
            [SIM, "run", "--in", "p0=" + capture(), "--out-dir", path(out), "--gdb", "0", *args],
            stderr=subprocess.PIPE, text=True)
        self.lines = []
        for line in self.process.stderr:
            self.lines.append(line)
            found = re.fullmatch(r"gdb: listening on 127\.0\.0\.1:(\d+)\n", line)
            if found:
                self.port = int(found[1])
                return
        raise AssertionError("no listening line:\n" + "".join(self.lines))

    def wait(self, status=0):
        """Its whole stderr, when it has ended with this status."""
        tail = self.process.communicate()[1]
        text = "".join(self.lines) + tail
        assert self.process.returncode == status, f"exit {self.process.returncode}\n{text}"
        return text


def gdb(run, commands, elf=ELF):
    """What gdb prints while it does the commands; a command that fails ends the test."""
    program = shutil.which("gdb-multiarch")
    script = path("commands.gdb")
    with open(script, "w") as f:
        f.write("set pagination off\nset confirm off\nset width 0\n"
                f"target remote 127.0.0.1:{run.port}\n{commands}\n")
    done = subprocess.run([program, "-nx", "-q", "-batch", "-x", script, elf], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=90)
    assert "Error in sourced command file" not in done.stdout, done.stdout
    return done.stdout


def plain():
    """The same run without gdb."""
    subprocess.run([SIM, "run", "--in", "p0=" + capture(), "--out-dir", path("plain")], check=True,
                   stderr=subprocess.DEVNULL)
    return path("plain")


def same_bytes(a, b):
    names = sorted(os.listdir(a))
    assert names == sorted(os.listdir(b)), (names, os.listdir(b))
    _, differ, failed = filecmp.cmpfiles(a, b, names, shallow=False)
    assert not differ and not failed, f"differ: {differ} {failed}"
    assert "packets.jsonl" in names and os.path.getsize(os.path.join(a, "packets.jsonl")) > 0


def source_line(file, text):
    """The number of the one line that has `text`."""
    lines = open(os.path.join(FIRMWARE, file), encoding="utf-8").read().splitlines()
    found = [i + 1 for i, line in enumerate(lines) if text in line]
    assert len(found) == 1, (file, text, found)
    return found[0]


def nm(name):
    out = subprocess.run(["riscv64-unknown-elf-nm", "-C", ELF], capture_output=True, text=True,
                         check=True).stdout
    return [int(l.split()[0], 16) for l in out.splitlines() if l.split(" ", 2)[2] == name][0]


def test_a_run_that_only_continues_is_the_run_without_gdb():
    run = Run()
    printed = gdb(run, "continue")
    assert "exited normally" in printed, printed
    text = run.wait()
    assert "gdb: connected\n" in text, text
    same_bytes(plain(), path("debugged"))


def test_breakpoints_steps_and_watchpoints_change_nothing():
    run = Run()
    printed = gdb(run, "break fw::control::handle_config\ncontinue 3\nfinish\nstepi 50\nnext\nstep\n"
                       "delete\nhbreak epoch_commit\ncontinue\nup\ninfo locals\n"
                       "watch rows_written\ncontinue\ndelete\ndetach")
    assert "Hardware watchpoint" in printed and "detached" in printed, printed
    assert "gdb: detached, the run goes on\n" in run.wait()
    same_bytes(plain(), path("debugged"))


def test_the_core_stands_at_its_first_instruction():
    run = Run()
    printed = gdb(run, "info registers pc\nmonitor cycle\ndetach")
    assert f"{nm('_start'):#x}" in printed, printed
    assert "core 0 cycles\nblocks 0 cycles, not READY yet\n" in printed, printed
    run.wait()


def test_a_function_is_found_by_name_with_its_source_and_callers():
    run = Run()
    printed = gdb(run, "break fw::control::handle_config\ncontinue\nbacktrace\ninfo args\n"
                       "print m.header.id\nlist handle_config,+3\nfinish\ndetach")
    line = source_line("control/config.cpp", "switch (static_cast<MsgId>(m.header.id))")
    assert re.search(rf"Breakpoint 1, fw::control::handle_config \(m=.*config\.cpp:{line}", printed), printed
    assert re.search(r"#\d .* main \(\) at .*main\.cpp:\d+", printed), printed
    # The first message is a table row: docs/registers/mailbox.md, table_write, id 1.
    assert "= 1 '\\001'" in printed, printed
    assert re.search(rf"^{line}\s+switch", printed, re.M), printed
    # Back in the caller, behind the call.
    after = source_line("control/main.cpp", "receive(fp::mailbox::kChannelHost")
    assert re.search(rf"serve_mailbox \(\) at .*main\.cpp:{after}", printed), printed
    run.wait()


def test_registers_and_csrs_are_read_and_written():
    run = Run()
    printed = gdb(run, "break main\ncontinue\nprint/x $mtvec\nprint/x $misa\nprint/x $sp\n"
                       "set $t0 = 0x1234\nprint/x $t0\nset $mscratch = 0xabcd\nprint/x $mscratch\n"
                       "print $mhpmcounter7\nprint $satp\ndetach")
    # RV32IMAC; the stack begins at the end of RAM (docs/uarch/soc.md).
    for value in (f"{nm('trap_entry'):#x}", "0x40001105", "0x80400000", "0x1234", "0xabcd", "void"):
        assert f"= {value}" in printed, (value, printed)
    run.wait()


def test_memory_reads_have_no_effect_and_stay_inside():
    run = Run()
    printed = gdb(run, """
break fw::control::handle_config
continue
x/s &crash_registers
print/x *(unsigned*)0x40010004
print/x *(unsigned*)0x02000000
python
for address in (0x0, 0x30000000, 0x40ff0000, 0x10000ffc):
    try:
        gdb.selected_inferior().read_memory(address, 4)
        print("read", hex(address))
    except gdb.MemoryError as e:
        print("refused", hex(address))
for address in (0x10010000, 0x40010000):
    try:
        gdb.selected_inferior().write_memory(address, b"\\1\\0\\0\\0")
        print("written", hex(address))
    except gdb.MemoryError as e:
        print("kept", hex(address))
end
set var fw::control::listener_count = 7
print fw::control::listener_count
set var fw::control::listener_count = 0
delete
detach""".replace("fw::control::listener_count", "listener_count"))
    for address in ("0x0", "0x30000000", "0x40ff0000", "0x10000ffc"):
        assert f"refused {address}\n" in printed, printed
    for address in ("0x10010000", "0x40010000"):
        assert f"kept {address}\n" in printed, printed
    # rmt STATUS: initialised and idle; msip: nobody interrupts.
    assert "= 0x5\n" in printed and "= 0x0\n" in printed and "= 7\n" in printed, printed
    run.wait()
    same_bytes(plain(), path("debugged"))


def test_watchpoints_name_the_variable_and_both_values():
    run = Run()
    printed = gdb(run, "break table_write\ncontinue\nwatch rows_written\ncontinue\nbacktrace\n"
                       "delete\ntbreak handle_config\ncontinue\nawatch started\n"
                       "rwatch listener_count\ncontinue\ncontinue\ncontinue\n"
                       "delete\ndetach")
    # The first table row is counted from 0 to 1.
    assert re.search(r"watchpoint 2: rows_written\n+Old value = 0\nNew value = 1\n", printed), printed
    stop = printed.split("New value = 1\n")[1]
    assert re.search(r"^#\d.*table_write \(m=\.\.\.\) at .*config\.cpp", stop, re.M), stop
    # start() tests `started`, then sets it, then prints the number of listeners.
    assert re.search(r"access \(read/write\) watchpoint 4: started\n+Value = false\n", stop), stop
    assert re.search(r"Old value = false\nNew value = true\n", stop), stop
    assert re.search(r"Hardware read watchpoint 5: listener_count\n+Value = 0\n", stop), stop
    run.wait()


def test_stepping_is_exact():
    run = Run()
    printed = gdb(run, """
break fw::control::handle_config
continue
python
def cycle():
    text = gdb.execute("monitor cycle", to_string=True)
    return int(text.split()[1])
def retired():
    return int(gdb.parse_and_eval("$minstret"))
before, start = retired(), cycle()
for n in range(100):
    gdb.execute("stepi", to_string=True)
print("retired", retired() - before, "cycles at least 100:", cycle() - start >= 100)
end
delete
detach""")
    assert "retired 100 cycles at least 100: True" in printed, printed
    run.wait()


def test_ctrl_c_stops_a_core_that_runs():
    # The core is sent around a jump to itself in RAM that the firmware does not use. `continue &`
    # comes back when the core has been let go; `interrupt` sends what Ctrl-C sends.
    run = Run()
    with open(path("commands.gdb"), "w") as f:
        f.write(f"""set pagination off
set confirm off
target remote 127.0.0.1:{run.port}
set var *(unsigned*)0x80300000 = 0x0000006f
set $pc = 0x80300000
python
def done():
    print("pc", gdb.parse_and_eval("$pc"))
    gdb.execute("kill")
    gdb.execute("quit")
def stopped(event):
    print("stopped by", event.stop_signal)
    gdb.post_event(done)
gdb.events.stop.connect(stopped)
end
continue &
interrupt
""")
    process = subprocess.Popen([shutil.which("gdb-multiarch"), "-nx", "-q", "-x",
                                path("commands.gdb"), ELF], text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    # Its standard input stays open until it ends by itself: it would leave at the end of it.
    text = process.stdout.read()
    process.stdin.close()
    process.wait()
    assert "stopped by SIGINT\n" in text and re.search(r"^pc .*0x80300000", text, re.M), text
    # `kill` ends the run as SIGINT to the simulator would.
    assert "gdb: killed by gdb, the run ends\n" in run.wait(128 + signal.SIGINT)


def test_monitor_shows_blocks_registers_and_console():
    run = Run()
    printed = gdb(run, "break fw::control::handle_config\ncontinue\nmonitor help\nmonitor blocks\n"
                       "monitor block rmt STATUS\nmonitor block intc ENABLE\nmonitor block toe\n"
                       "monitor console\nmonitor frob\ndelete\ndetach")
    assert re.search(r"^rmt +(idle|busy)", printed, re.M), printed
    # docs/registers/rmt.md: STATUS = INIT_DONE | IDLE; docs/uarch/soc.md: lines 1, 2, 5 and 6.
    assert re.search(r"^STATUS +0x00000005 \*$", printed, re.M), printed
    enabled = re.search(r"^ENABLE +0x([0-9a-f]{8})$", printed, re.M)
    assert enabled and int(enabled[1], 16) & 0x66 == 0x66, printed
    assert "block: found toe, expected one of rmt, mbuf, vq" in printed, printed
    run.wait()
    # The firmware's own lines, as console.log has them.
    lines = open(path("debugged/console.log")).read().splitlines()
    assert lines[0] in printed and lines[1] in printed, printed
    assert "monitor: found frob, expected cycle" in printed, printed


def test_a_crash_of_the_firmware_is_shown_where_it_happens():
    run = Run()
    printed = gdb(run, "break fw::control::handle_config\ncontinue\ndelete\nset $pc = 0x80390000\n"
                       "continue\nbacktrace 1\ncontinue")
    assert "SIGABRT" in printed, printed
    line = source_line("runtime/crash.cpp", "for (;;) fw::hal::wait_for_interrupt();")
    assert re.search(rf"crash \(\) at .*crash\.cpp:({line}|{line - 1})\b", printed), printed
    assert "exited with code 0106" in printed, "70 in octal: " + printed
    assert "found a crash" in run.wait(70)


def test_a_stuck_firmware_is_shown_where_it_hangs():
    run = Run()
    printed = gdb(run, "break fw::control::handle_config\ncontinue\ndelete\n"
                       "set var *(unsigned*)0x80300000 = 0x0000006f\nset $pc = 0x80300000\n"
                       "continue\nprint $pc\ncontinue")
    assert "SIGABRT" in printed and "0x80300000" in printed.split("SIGABRT")[1], printed
    assert "exited with code 0106" in printed, printed
    assert "found it stuck at pc 0x80300000" in run.wait(70)


def test_a_gdb_that_dies_lets_the_run_go_on():
    run = Run()
    with socket.create_connection(("127.0.0.1", run.port)):
        pass
    assert "gdb: disconnected, the run goes on\n" in run.wait()
    same_bytes(plain(), path("debugged"))


def test_a_signal_ends_a_run_that_waits_for_gdb():
    run = Run()
    run.process.send_signal(signal.SIGTERM)
    run.wait(128 + signal.SIGTERM)


def test_limits_reach_gdb_as_the_exit_status():
    run = Run("--max-cycles", "10")
    printed = gdb(run, "continue")
    assert "exited with code 03" in printed, printed
    run.wait(3)


def test_a_port_in_use_is_the_environments_fault():
    run = Run()
    second = subprocess.run([SIM, "run", "--in", "p0=" + capture(), "--out-dir", path("second"),
                             "--gdb", str(run.port)], capture_output=True, text=True)
    assert second.returncode == 4, second
    assert (f"flatproxy-sim: --gdb: found 127.0.0.1:{run.port} in use, expected a port to listen on\n"
            in second.stderr), second.stderr
    gdb(run, "detach")
    run.wait()


def test_a_bad_port_is_usage():
    for port in ("-1", "65536", "http", "12x", "127.0.0.1:1"):
        done = subprocess.run([SIM, "run", "--in", "p0=" + capture(), "--out-dir", path("out"),
                               "--gdb=" + port], capture_output=True, text=True)
        assert done.returncode == 2, done
        assert done.stderr.splitlines()[-1] == (
            f"flatproxy-sim: --gdb: found {port}, expected a port from 0 to 65535"), done.stderr


def main():
    global TMP
    if shutil.which("gdb-multiarch") is None and sys.argv[2] not in (
            "a_bad_port_is_usage", "a_signal_ends_a_run_that_waits_for_gdb"):
        print("skipped: gdb-multiarch is not installed")
        return 77
    with tempfile.TemporaryDirectory() as TMP:
        globals()["test_" + sys.argv[2]]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
