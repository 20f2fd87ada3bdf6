// SPDX-License-Identifier: Apache-2.0
#include "firmware/linux/pipeline/key_layout.hpp"

#include <algorithm>
#include <set>

namespace fp::pipeline {

namespace {

// What a longest-prefix table sees of the key (rmt.yaml, LpmKeyBits).
constexpr unsigned kLpmSel32 = 5;
constexpr unsigned kLpmSel16 = 2;
static_assert(kLpmSel32 * 32 + kLpmSel16 * 16 == rmt::kLpmKeyBits);

constexpr unsigned kFirst[3] = {0, rmt::kC16Base, rmt::kC32Base};

unsigned limit_of(unsigned width, TableKind kind) {
  constexpr unsigned kAll[3] = {rmt::kKeySel8, rmt::kKeySel16, rmt::kKeySel32};
  constexpr unsigned kLpm[3] = {0, kLpmSel16, kLpmSel32};
  return kind == TableKind::kLpm ? kLpm[width] : kAll[width];
}

unsigned width_index(unsigned container) {
  return container < rmt::kC16Base ? 0 : container < rmt::kC32Base ? 1 : 2;
}

Misfit too_many(unsigned width, TableKind kind) {
  const auto n = [&](unsigned w) { return std::to_string(limit_of(w, kind)); };
  const std::string what =
      kind == TableKind::kLpm
          ? "an lpm key of " + n(2) + " x 32 and " + n(1) + " x 16 bits"
          : "a key of " + n(2) + " x 32, " + n(1) + " x 16 and " + n(0) + " x 8 bits";
  return {"more than " + n(width) + " " + std::to_string(8u << width) + "-bit containers", what};
}

}  // namespace

void set_key_bits(Key& words, unsigned lsb, unsigned bits, uint32_t value) {
  for (unsigned b = 0; b < bits; ++b) {
    if (value >> b & 1) words[(lsb + b) / 32] |= 1u << ((lsb + b) % 32);
  }
}

// First key bit of the selector that brings `container`; takes one if needed.
std::optional<unsigned> KeyLayout::select(unsigned container, TableKind kind) {
  constexpr unsigned kBases[3] = {rmt::kKeySel32 * 32 + rmt::kKeySel16 * 16, rmt::kKeySel32 * 32,
                                  0};
  const unsigned width = width_index(container);
  std::vector<unsigned>& list = chosen_[width];
  auto it = std::find(list.begin(), list.end(), container);
  if (it == list.end()) {
    if (list.size() == limit_of(width, kind)) return std::nullopt;
    it = list.insert(list.end(), container);
  }
  return kBases[width] + static_cast<unsigned>(it - list.begin()) * (8u << width);
}

KeyLayout::KeyLayout(const PhvLayout& layout, std::span<const Table* const> tables,
                     std::optional<Misfit>& misfit) {
  std::vector<const Table*> order(tables.begin(), tables.end());
  std::stable_sort(order.begin(), order.end(), [](const Table* a, const Table* b) {
    return (a->kind == TableKind::kLpm) > (b->kind == TableKind::kLpm);
  });
  for (const Table* table : order) {
    std::vector<KeyField>& fields = fields_[table];
    std::map<std::pair<unsigned, unsigned>, const FieldRef*> taken;  // container, bit
    for (const FieldRef& ref : table->key) {
      KeyField field{ref.name(), 0, {}};
      const std::vector<FieldPart> parts = layout.parts(ref);
      for (auto p = parts.rbegin(); p != parts.rend(); ++p) {
        for (unsigned b = 0; b < p->bits; ++b) {
          const auto [it, fresh] = taken.emplace(std::pair{p->container, p->lsb + b}, &ref);
          if (!fresh) {
            ref.where.fail(ref.name() + " in the containers of " + it->second->name(),
                           "each container once in a key (`same` joins these fields)");
          }
        }
        const auto at = select(p->container, table->kind);
        if (!at) {
          if (!misfit) misfit = too_many(width_index(p->container), table->kind);
          return;
        }
        field.parts.push_back({*at + p->lsb, field.bits, p->bits, p->container, p->lsb});
        field.bits += p->bits;
      }
      fields.push_back(std::move(field));
    }
  }
}

Key KeyLayout::mask(const Table& table) const {
  Key mask{};
  for (const KeyField& f : fields(table)) {
    for (const KeyPart& p : f.parts) set_key_bits(mask, p.key_bit, p.bits, ~0u);
  }
  return mask;
}

void KeyLayout::set_selectors(rmt::KeyCfg& cfg) const {
  const auto copy = [&](unsigned width, auto& to) {
    for (size_t i = 0; i < chosen_[width].size(); ++i) {
      to[i] = static_cast<uint8_t>(chosen_[width][i] - kFirst[width]);
    }
  };
  copy(0, cfg.sel8);
  copy(1, cfg.sel16);
  copy(2, cfg.sel32);
}

}  // namespace fp::pipeline
