// SPDX-License-Identifier: Apache-2.0
//
// Random programs: the compiled rows do with every frame what the program's text says.
#include <gtest/gtest.h>

#include "firmware/linux/pipeline/phv_layout.hpp"
#include "tests/unit/pipeline/image_view.hpp"
#include "tests/unit/pipeline/program_interp.hpp"
#include "tests/unit/pipeline/random_text.hpp"

namespace fp::pipeline {
namespace {

using test::ImageView;
using test::InterpState;
using test::LiveState;
using test::ProgramInterp;
using test::RandomText;

// Compiles; entries that are refused as repeated ones are taken out (compile_test.cpp says when
// they must be). Nothing when the program does not fit.
std::optional<Image> compiled(const Program& program, std::vector<Entry>& entries,
                              const Extras& extras, std::map<std::string, unsigned>& refused) {
  for (;;) {
    try {
      return compile(program, entries, extras);
    } catch (const InputError& e) {
      const std::string what = e.what();
      const size_t at = what.find(": found the same key as ");
      if (at == std::string::npos) {
        ++refused[what.substr(what.find("found"))];
        return std::nullopt;
      }
      const std::string where = what.substr(0, at);
      std::erase_if(entries, [&](const Entry& x) { return x.where == where; });
    }
  }
}

struct Seen {
  unsigned programs = 0, frames = 0, shared_stages = 0;
  std::map<TableKind, unsigned> hits;
  unsigned defaults = 0, reds = 0, rewritten = 0, cut = 0;
};

void check_state(const Program& program, const std::vector<Entry>& entries, const Image& image,
                 const InterpState& told, const LiveState& live) {
  std::map<std::pair<unsigned, unsigned>, LiveState::Counter> counters;
  std::map<std::pair<unsigned, unsigned>, uint32_t> registers;
  for (unsigned stage = 0; stage < image.stages.size(); ++stage) {
    for (const auto& info : image.stages[stage].tables) {
      const Table& t = *program.table(info.name);
      for (const auto& [who, c] : told.counter) {
        if (who.first != t.name) continue;
        unsigned row = 0;
        if (t.counter->row.kind == RowChoice::Kind::kParam) {
          row = static_cast<unsigned>(std::stoul(who.second));
        } else if (who.second == "default") {
          ASSERT_TRUE(image.stages[stage].default_counter_row);
          row = *image.stages[stage].default_counter_row;
        } else {
          for (const auto& e : info.entries) {
            if (e.where == who.second) row = e.counter_row.value();
          }
        }
        EXPECT_TRUE(
            counters.emplace(std::pair{stage, row}, LiveState::Counter{c.first, c.second}).second)
            << "two entries of one counter";
      }
      for (const auto& [who, r] : told.reg) {
        if (who.first == t.name) registers[{stage, who.second}] = r;
      }
    }
  }
  EXPECT_EQ(live.counter, counters);
  EXPECT_EQ(live.reg, registers);
  (void)entries;
}

void run(uint64_t seed, Seen& seen, std::map<std::string, unsigned>& refused) {
  sim::Random random(seed);
  RandomText source(random);
  const Program program = parse_program(source.text(), "r.yaml");
  std::vector<std::vector<uint8_t>> frames;
  for (int i = 0; i < 40; ++i) frames.push_back(source.frame());
  std::vector<Entry> entries = source.entries(program, frames);
  const Extras extras = source.extras(program);
  const auto image = compiled(program, entries, extras, refused);
  if (!image) return;
  ++seen.programs;
  for (const auto& s : image->stages) seen.shared_stages += s.tables.size() > 1;

  const ImageView view(*image);
  const PhvLayout layout(program);
  ProgramInterp interp(program, entries, extras);
  InterpState told;
  LiveState live;
  for (const auto& frame : frames) {
    const auto port = static_cast<uint8_t>(random.below(4));
    const ProgramInterp::Result want = interp.run(frame, port, told);
    const rmt::test::Parsed parsed = view.parsed(frame, port);
    rmt::Phv phv = parsed.phv;
    std::vector<std::optional<test::Hit>> hits;
    const auto dirty = view.run_all(parsed, phv, live, &hits);
    ++seen.frames;
    for (const auto& [name, value] : want.meta) {
      const auto parts = layout.parts({"meta", name, program.tables[0].where});
      ASSERT_EQ(ImageView::container(phv, parts[0].container), value)
          << "meta." << name << ", seed " << seed << "\n"
          << source.text();
    }
    const auto bytes = view.deparsed(frame, parsed, phv, dirty);
    ASSERT_EQ(bytes, want.bytes) << "seed " << seed << "\n" << source.text();
    seen.rewritten += bytes != frame;
    seen.cut += bytes.size() != frame.size();
    seen.reds += want.meta.at("reason") == static_cast<uint8_t>(Reason::kMeter);
    // The table and entry that tools are told about.
    std::map<std::string, std::string> hit;
    for (unsigned stage = 0; stage < image->stages.size(); ++stage) {
      if (!hits[stage]) continue;
      const auto& s = image->stages[stage];
      if (hits[stage]->otherwise) {
        ++seen.defaults;
        EXPECT_EQ(s.actions.at(hits[stage]->action), s.default_action);
        continue;
      }
      ++seen.hits[hits[stage]->kind];
      for (const auto& info : s.tables) {
        if (info.kind != hits[stage]->kind) continue;
        for (const auto& e : info.entries) {
          if (std::find(e.rows.begin(), e.rows.end(), hits[stage]->row) != e.rows.end()) {
            hit[info.name] = e.where;
          }
        }
      }
    }
    std::map<std::string, std::string> told_hit = want.hit;
    std::erase_if(told_hit, [](const auto& h) { return h.second == "default"; });
    ASSERT_EQ(hit, told_hit) << "seed " << seed << "\n" << source.text();
  }
  check_state(program, entries, *image, told, live);
}

TEST(RandomPrograms, DoWhatTheirTextSays) {
  Seen seen;
  std::map<std::string, unsigned> refused;
  for (uint64_t seed = 1; seed <= 300 && !testing::Test::HasFailure(); ++seed) {
    run(seed, seen, refused);
  }
  // Enough of everything was met.
  EXPECT_GT(seen.programs, 200u);
  EXPECT_GT(seen.shared_stages, 70u);
  EXPECT_GT(seen.hits[TableKind::kExact], 1000u);
  EXPECT_GT(seen.hits[TableKind::kTernary], 1000u);
  EXPECT_GT(seen.hits[TableKind::kLpm], 1000u);
  EXPECT_GT(seen.defaults, 1000u);
  EXPECT_GT(seen.rewritten, 1000u);
  EXPECT_GT(seen.reds, 50u);
  EXPECT_GT(seen.cut, 50u);
  if (testing::Test::HasFailure()) {
    for (const auto& [what, n] : refused) std::printf("%u x %s\n", n, what.c_str());
  }
}

}  // namespace
}  // namespace fp::pipeline
