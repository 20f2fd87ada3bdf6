// SPDX-License-Identifier: Apache-2.0
#include "firmware/embedded/control/shell.hpp"

#include <cstdint>
#include <span>

#include "contract/ideal_stream.hpp"
#include "contract/ideal_stream_csr_table.hpp"
#include "contract/mbuf.hpp"
#include "contract/mbuf_csr_table.hpp"
#include "contract/rmt.hpp"
#include "contract/rmt_csr_table.hpp"
#include "contract/vq.hpp"
#include "contract/vq_csr_table.hpp"
#include "firmware/embedded/control/l2.hpp"
#include "firmware/embedded/hal/console.hpp"
#include "firmware/embedded/hal/mmio.hpp"
#include "firmware/embedded/hal/rmt.hpp"
#include "firmware/embedded/hal/watchdog.hpp"
#include "firmware/embedded/runtime/log.hpp"

namespace fw::control {
namespace {

constexpr unsigned kMaxLine = 80;
char line[kMaxLine + 1];
unsigned length = 0;
bool too_long = false;

bool equal(const char* a, const char* b) {
  for (; *a == *b; ++a, ++b) {
    if (*a == 0) return true;
  }
  return false;
}

// The upper word of a 64-bit counter, as the generated tables name it.
bool is_high_half(const char* name) {
  const char* end = name;
  while (*end != 0) ++end;
  return end - name > 3 && equal(end - 3, ".HI");
}

void show_counters(bool zeros) {
  const struct {
    const char* name;
    uint32_t base;
    std::span<const fp::contract::CsrRow> rows;
  } blocks[] = {{"rmt", fp::rmt::kCsrBase, fp::rmt::kCsrTable},
                {"mbuf", fp::mbuf::kCsrBase, fp::mbuf::kCsrTable},
                {"vq", fp::vq::kCsrBase, fp::vq::kCsrTable},
                {"ideal_stream", fp::ideal_stream::kCsrBase, fp::ideal_stream::kCsrTable}};
  for (const auto& block : blocks) {
    for (size_t i = 0; i < block.rows.size(); ++i) {
      const auto& row = block.rows[i];
      if (!row.counter || is_high_half(row.name)) continue;
      uint64_t value = hal::read32(block.base + row.offset);
      // The low half comes first and is what the hardware keeps the high half for.
      if (i + 1 < block.rows.size() && is_high_half(block.rows[i + 1].name)) {
        value |= uint64_t{hal::read32(block.base + block.rows[i + 1].offset)} << 32;
      }
      if (value != 0 || zeros) print(block.name, ".", row.name, " ", value);
    }
    hal::watchdog::kick();
  }
}

void show_tables() {
  print("rows written to the tables in force (epoch ", unsigned{hal::rmt::epoch()}, ")");
  for (unsigned table = 0; table < hal::rmt::kNumTables; ++table) {
    const unsigned rows = hal::rmt::rows_written(static_cast<uint8_t>(table));
    if (rows == 0) continue;
    const hal::rmt::TableName name = hal::rmt::table_name(static_cast<uint8_t>(table));
    if (name.stage < 0) {
      print(name.text, " ", rows);
    } else {
      print("stage ", name.stage, " ", name.text, " ", rows);
    }
  }
}

void help() {
  print("help               this");
  print("show tables        pipeline tables and the rows they hold");
  print("show counters      hardware counters that are not 0");
  print("show counters all  every hardware counter");
  print("show packets       frames that came to the control core");
  print("show log           the newest log lines");
}

// The line without its spare blanks.
void execute() {
  if (length == 0) return;
  if (equal(line, "help")) return help();
  if (equal(line, "show tables")) return show_tables();
  if (equal(line, "show counters")) return show_counters(false);
  if (equal(line, "show counters all")) return show_counters(true);
  if (equal(line, "show packets")) return show_packets();
  if (equal(line, "show log")) return print_log();
  print("found ", line,
        ", expected one of: help, show tables, show counters, show packets, show log");
}

void end_line() {
  put('\n');
  if (too_long) {
    print("found a line above ", kMaxLine, " characters, expected a command; try help");
  } else {
    // One blank between words, none around them.
    unsigned n = 0;
    for (unsigned i = 0; i < length; ++i) {
      if (line[i] == ' ' && (n == 0 || line[n - 1] == ' ')) continue;
      line[n++] = line[i];
    }
    if (n > 0 && line[n - 1] == ' ') --n;
    length = n;
    line[length] = 0;
    execute();
  }
  length = 0;
  too_long = false;
}

void take(char c) {
  constexpr char kBackspace = 0x08, kDelete = 0x7f, kCtrlC = 0x03, kCtrlU = 0x15;
  switch (c) {
    case '\r':
    case '\n':
      return end_line();
    case kBackspace:
    case kDelete:
      if (length > 0) {
        --length;
        put("\b \b");
      }
      return;
    case kCtrlC:
    case kCtrlU:
      length = 0;
      too_long = false;
      return put('\n');
    default:
      break;
  }
  if (c < ' ' || c == kDelete) return;
  if (length == kMaxLine) {
    too_long = true;
    return;
  }
  line[length++] = c;
  put(c);
}

}  // namespace

bool serve_console() {
  bool any = false;
  while (const auto received = hal::console::receive()) {
    any = true;
    if (received->overrun) log("console: characters lost");
    take(received->c);
  }
  return any;
}

}  // namespace fw::control
