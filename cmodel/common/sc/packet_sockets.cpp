// SPDX-License-Identifier: Apache-2.0
#include "cmodel/common/sc/packet_sockets.hpp"

#include <algorithm>
#include <utility>

namespace fp::sc {

void PacketTarget::load(const tlm::tlm_generic_payload& trans) {
  waiting_.bytes.assign(trans.get_data_ptr(), trans.get_data_ptr() + trans.get_data_length());
  const auto* extension = trans.get_extension<PacketExtension>();
  waiting_.tag = extension != nullptr ? extension->tag : 0;
  waiting_.err = extension != nullptr && extension->err;
  waiting_.port = extension != nullptr ? extension->port : common::PortId{};
}

void PacketTarget::begin() {
  std::swap(waiting_, current_);
  sent_ = 0;
}

bool PacketTarget::next_beat(common::PktBeat& beat) {
  const size_t n = std::min<size_t>(current_.bytes.size() - sent_, common::kBeatBytes);
  beat = {};
  std::copy_n(current_.bytes.begin() + static_cast<std::ptrdiff_t>(sent_), n, beat.data.begin());
  beat.nbytes = static_cast<uint8_t>(n);
  beat.sop = sent_ == 0;
  sent_ += n;
  beat.eop = sent_ == current_.bytes.size();
  beat.err = beat.eop && current_.err;
  beat.port = current_.port;
  beat.tag = current_.tag;
  return !beat.eop;
}

bool PacketInitiator::collect(const common::PktBeat& beat, const sc_core::sc_time& edge) {
  if (beat.sop) {
    bytes_.clear();
    extension_.tag = beat.tag;
    extension_.port = beat.port;
    extension_.first_beat = edge;
  }
  bytes_.insert(bytes_.end(), beat.data.begin(), beat.data.begin() + beat.nbytes);
  extension_.last_beat = edge;
  extension_.err = beat.err;
  return beat.eop;
}

PacketInitiator::Item PacketInitiator::item() {
  Item item;
  item.bytes = std::move(bytes_);
  bytes_.clear();
  item.extension = Item::Extension(new PacketExtension(extension_));
  item.extension_id = PacketExtension::ID;
  return item;
}

}  // namespace fp::sc
