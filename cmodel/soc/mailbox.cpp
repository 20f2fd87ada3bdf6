// SPDX-License-Identifier: Apache-2.0
#include "cmodel/soc/mailbox.hpp"

#include <algorithm>

namespace fp::soc {

namespace {

namespace reg = mailbox::reg;

// Index into an array of registers beginning at `base`, or -1.
int element(uint32_t offset, uint32_t base, uint32_t count) {
  return offset >= base && offset < base + 4 * count ? static_cast<int>((offset - base) / 4) : -1;
}

}  // namespace

bool Mailbox::post(unsigned channel, std::span<const uint32_t> words) {
  Channel& c = channels_[channel];
  if (c.in_full || words.empty() || words.size() > c.in.size()) return false;
  c.in.fill(0);
  std::copy(words.begin(), words.end(), c.in.begin());
  c.in_full = true;
  return true;
}

std::vector<uint32_t> Mailbox::take(unsigned channel) {
  Channel& c = channels_[channel];
  if (!c.out_full) return {};
  c.out_full = false;
  const size_t length = 1u + mailbox::MsgHeader::unpack(c.out.data()).length;
  return {c.out.begin(), c.out.begin() + std::min(length, c.out.size())};
}

bool Mailbox::irq() const {
  for (unsigned i = 0; i < channels_.size(); ++i) {
    if (channels_[i].in_full && (irq_enable_ >> i & 1) != 0) return true;
  }
  return false;
}

bool Mailbox::peek(uint32_t offset, uint32_t& value) const {
  int i;
  if ((i = element(offset, reg::kInStatus, mailbox::kNumChannels)) >= 0) {
    value = reg::InStatus{}.set_full(channels_[i].in_full).raw;
  } else if ((i = element(offset, reg::kOutStatus, mailbox::kNumChannels)) >= 0) {
    value = reg::OutStatus{}.set_full(channels_[i].out_full).raw;
  } else if ((i = element(offset, reg::kInData, mailbox::kNumChannels * mailbox::kSlotWords)) >=
             0) {
    value = channels_[i / mailbox::kSlotWords].in[i % mailbox::kSlotWords];
  } else if ((i = element(offset, reg::kOutData, mailbox::kNumChannels * mailbox::kSlotWords)) >=
             0) {
    value = channels_[i / mailbox::kSlotWords].out[i % mailbox::kSlotWords];
  } else if (offset == reg::kIrqEnable) {
    value = irq_enable_;
  } else {
    value = 0;
    return element(offset, reg::kInPop, mailbox::kNumChannels) >= 0 ||
           element(offset, reg::kOutPush, mailbox::kNumChannels) >= 0;
  }
  return true;
}

bool Mailbox::write(uint32_t offset, uint32_t value) {
  int i;
  if ((i = element(offset, reg::kInPop, mailbox::kNumChannels)) >= 0) {
    if ((value & reg::InPop::kPopMask) != 0) channels_[i].in_full = false;
  } else if ((i = element(offset, reg::kOutPush, mailbox::kNumChannels)) >= 0) {
    if ((value & reg::OutPush::kPushMask) != 0) channels_[i].out_full = true;
  } else if ((i = element(offset, reg::kOutData, mailbox::kNumChannels * mailbox::kSlotWords)) >=
             0) {
    Channel& c = channels_[i / mailbox::kSlotWords];
    if (!c.out_full) c.out[i % mailbox::kSlotWords] = value;
  } else if (offset == reg::kIrqEnable) {
    irq_enable_ = value & reg::IrqEnable::kChannelsMask;
  } else {
    return element(offset, reg::kInStatus, mailbox::kNumChannels) >= 0 ||
           element(offset, reg::kOutStatus, mailbox::kNumChannels) >= 0 ||
           element(offset, reg::kInData, mailbox::kNumChannels * mailbox::kSlotWords) >= 0;
  }
  return true;
}

}  // namespace fp::soc
