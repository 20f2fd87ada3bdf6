// SPDX-License-Identifier: Apache-2.0
#include "bpf/loader/policy.hpp"

#include <gtest/gtest.h>

namespace fp::bpf {
namespace {

std::string complaint(const std::string& text) {
  try {
    Policy::load_text(text, "p.yaml");
  } catch (const config::InputError& e) {
    return e.what();
  }
  return "";
}

TEST(Policy, IPv4PrefixesLieInTheMappedRangeOfIPv6) {
  fp_prefix p;
  ASSERT_TRUE(parse_prefix("10.1.0.0/16", p));
  EXPECT_EQ(p.bits, 96 + 16);
  EXPECT_EQ(p.address[10], 0xff);
  EXPECT_EQ(p.address[12], 10);
  ASSERT_TRUE(parse_prefix("fd00::/8", p));
  EXPECT_EQ(p.bits, 8);
  ASSERT_TRUE(parse_prefix("0.0.0.0/0", p));
  EXPECT_EQ(p.bits, 96);
}

TEST(Policy, PrefixesWithBitsBehindTheirLengthAreRefused) {
  fp_prefix p;
  for (const char* text : {"10.1.0.0/8", "10.0.0.0/33", "fd00::/129", "fd00::1/64", "10.0.0/8",
                           "10.0.0.0/", "10.0.0.0/8x", "10.0.0.0/-1", "", "/8", "a"}) {
    EXPECT_FALSE(parse_prefix(text, p)) << text;
  }
}

TEST(Policy, RedirectsAllButNginxWhenNothingIsSaid) {
  const Policy p = Policy::load_text("schema: 1\n", "p.yaml");
  EXPECT_EQ(p.cgroup_default, FP_ACTION_REDIRECT);
  EXPECT_EQ(p.port_default, FP_ACTION_REDIRECT);
  EXPECT_EQ(p.programs, std::vector<std::string>{"nginx"});
}

TEST(Policy, ReadsEverySection) {
  const Policy p = Policy::load_text(
      "schema: 1\n"
      "cgroups: {default: tcp, rules: [{path: a/b, action: redirect}]}\n"
      "addresses: {rules: [{prefix: 10.0.0.0/8, action: tcp}]}\n"
      "ports: {default: tcp, rules: [{range: 80, action: redirect}, {range: 8000-8010, action: "
      "redirect}]}\n"
      "readers: {tcp: [java]}\n"
      "streams: {small_bytes: 1000, run: 0}\n",
      "p.yaml");
  ASSERT_EQ(p.cgroups.size(), 1u);
  EXPECT_EQ(p.cgroup_default, FP_ACTION_TCP);
  ASSERT_EQ(p.ports.size(), 2u);
  EXPECT_EQ(p.ports[0].last, 80);
  EXPECT_EQ(p.ports[1].first, 8000);
  EXPECT_EQ(p.ports[1].last, 8010);
  EXPECT_EQ(p.programs, std::vector<std::string>{"java"});
  EXPECT_EQ(p.small_bytes, 1000u);
  EXPECT_EQ(p.stream_run, 0u);
}

TEST(Policy, MistakesAreNamedByLineAndField) {
  EXPECT_EQ(
      complaint("schema: 1\nports: {rules: [{range: 9-8, action: tcp}]}\n"),
      "p.yaml:2: ports.rules[0].range: found 9-8, expected a port from 1 to 65535, or FIRST-LAST");
  EXPECT_NE(complaint("schema: 2\n"), "");
  EXPECT_NE(complaint("schema: 1\nport: {}\n"), "");
  EXPECT_NE(complaint("schema: 1\nports: {default: drop}\n"), "");
  EXPECT_NE(complaint("schema: 1\nports: {rules: [{range: 0, action: tcp}]}\n"), "");
  EXPECT_NE(complaint("schema: 1\nports: {rules: [{range: 80}]}\n"), "");
  EXPECT_NE(complaint("schema: 1\naddresses: {rules: [{prefix: 1.2.3.4/8, action: tcp}]}\n"), "");
  EXPECT_NE(complaint("schema: 1\nreaders: {tcp: [a-name-of-16-byte]}\n"), "");
  EXPECT_NE(complaint("{}"), "");
}

}  // namespace
}  // namespace fp::bpf
