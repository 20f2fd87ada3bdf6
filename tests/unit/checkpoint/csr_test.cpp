// SPDX-License-Identifier: Apache-2.0
//
// The CSR interconnect's model goes on from its checkpoint as if nothing had happened.
#include <gtest/gtest.h>

#include "cmodel/soc/csr_model.hpp"
#include "tests/unit/checkpoint/twin.hpp"
#include "tests/unit/soc/csr_bench.hpp"

namespace fp::soc::test {
namespace {

TEST(CsrCheckpoint, GoesOnFromAnyCycle) {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    CsrModel first, second;
    {
      CsrBench other(second, seed + 50);
      other.ticker.run_until(500 + seed);
    }
    fp::test::Twin<CsrIf> twin(first, second);
    Random r(seed);
    twin.fork_at(fp::test::random_cycles(r, 300, 0, 10'000));
    CsrBench bench(twin, seed);
    bench.ticker.run_until(10'100);
    EXPECT_TRUE(fp::test::same_life(twin, 200)) << "seed " << seed;
    bench.check_writes();
  }
}

}  // namespace
}  // namespace fp::soc::test

// libsystemc's own main() refers to it.
extern "C" int sc_main(int, char**);
extern "C" int sc_main(int, char**) { return 0; }
