// SPDX-License-Identifier: Apache-2.0
//
// Streams behind TLM-2.0 sockets. A transaction is a write of one item: a beat of a typed stream
// (here) or a whole frame (packet_sockets.hpp). Base protocol, blocking; its address means nothing.
#pragma once

#include <tlm_utils/simple_initiator_socket.h>
#include <tlm_utils/simple_target_socket.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <systemc>
#include <tlm>
#include <vector>

#include "cmodel/common/ports.hpp"
#include "cmodel/common/sc/clocked_module.hpp"

namespace fp::sc {

// Transactions into a block's stream input. b_transport waits its delay out and returns, with delay
// 0, at the edge after which the item's first beat stands in the output register: one item can wait
// behind the one under way. Refused: reads (TLM_COMMAND_ERROR_RESPONSE), byte enables, and lengths
// that are none of the item's (TLM_BURST_ERROR_RESPONSE). A reset loses an item that has begun.
template <class T>
class StreamTargetBase : public sc_core::sc_module, public PortEnd {
 public:
  tlm_utils::simple_target_socket_optional<StreamTargetBase> socket{"socket"};

  // Takes the port unless somebody has connected it; answers whether it did.
  bool take(Rx<T>& port) {
    if (port.valid != &kLow) return false;
    connect(out_, port);
    return true;
  }

  void reset() override {
    out_.valid = under_way_ = false;
    fired_ = false;
  }
  void sample(const sc_core::sc_time&) override { fired_ = out_.fires(); }
  bool idle() const override { return !out_.valid && !under_way_ && !waiting_; }
  void publish() override {
    if (fired_) out_.valid = false;
    if (out_.valid) return;
    if (!under_way_ && waiting_) {
      begin();
      waiting_ = false;
      under_way_ = true;
      begun_.notify(sc_core::SC_ZERO_TIME);
    }
    if (!under_way_) return;
    out_.valid = true;
    under_way_ = next_beat(out_.data);
  }

 protected:
  explicit StreamTargetBase(const sc_core::sc_module_name& name) : sc_core::sc_module(name) {
    socket.register_b_transport(this, &StreamTargetBase::b_transport);
  }

 private:
  virtual bool length_ok(size_t bytes) const = 0;
  // Copies the item: it waits.
  virtual void load(const tlm::tlm_generic_payload& trans) = 0;
  // The waiting item is now the one under way.
  virtual void begin() = 0;
  // Its next beat; false: that was the last.
  virtual bool next_beat(T& beat) = 0;

  void b_transport(tlm::tlm_generic_payload& trans, sc_core::sc_time& delay) {
    trans.set_dmi_allowed(false);
    if (!trans.is_write()) {
      trans.set_response_status(tlm::TLM_COMMAND_ERROR_RESPONSE);
    } else if (trans.get_byte_enable_ptr() != nullptr) {
      trans.set_response_status(tlm::TLM_BYTE_ENABLE_ERROR_RESPONSE);
    } else if (!length_ok(trans.get_data_length()) ||
               trans.get_streaming_width() < trans.get_data_length()) {
      trans.set_response_status(tlm::TLM_BURST_ERROR_RESPONSE);
    } else {
      if (delay != sc_core::SC_ZERO_TIME) sc_core::wait(delay);
      delay = sc_core::SC_ZERO_TIME;
      while (taken_) sc_core::wait(free_);
      taken_ = true;
      load(trans);
      waiting_ = true;
      while (waiting_) sc_core::wait(begun_);
      taken_ = false;
      free_.notify(sc_core::SC_ZERO_TIME);
      trans.set_response_status(tlm::TLM_OK_RESPONSE);
    }
  }

  Tx<T> out_;
  sc_core::sc_event begun_, free_;
  bool taken_ = false;      // by a transaction
  bool waiting_ = false;    // its item has not begun
  bool under_way_ = false;  // beats are left
  bool fired_ = false;
};

// Items of a block's stream output as transactions, each sent when its last beat has moved; its
// delay is the time still to come, 0 under a clock. While `depth` items wait for the peer's
// b_transport, ready is low. An unbound socket takes everything and drops it.
template <class T>
class StreamInitiatorBase : public sc_core::sc_module, public PortEnd {
 public:
  tlm_utils::simple_initiator_socket_optional<StreamInitiatorBase> socket{"socket"};
  static constexpr size_t kDepth = 2;

  // Takes the port unless somebody has connected it; answers whether it did.
  bool take(Tx<T>& port) {
    if (port.ready != &kLow) return false;
    connect(port, in_);
    return true;
  }

  void reset() override {
    in_.ready = false;
    fired_ = false;
    forget();
  }
  void sample(const sc_core::sc_time& edge) override {
    fired_ = in_.fires();
    if (!fired_) return;
    beat_ = *in_.data;
    edge_ = edge;
  }
  void publish() override {
    if (fired_ && collect(beat_, edge_) && socket.size() > 0) {
      queue_.push_back(item());
      queue_.back().time = edge_;
      more_.notify(sc_core::SC_ZERO_TIME);
    }
    fired_ = false;
    in_.ready = room();
  }
  bool idle() const override { return !*in_.valid && in_.ready == room(); }

 protected:
  struct Item {
    struct Free {
      void operator()(tlm::tlm_extension_base* extension) const { extension->free(); }
    };
    using Extension = std::unique_ptr<tlm::tlm_extension_base, Free>;
    std::vector<unsigned char> bytes;
    Extension extension;
    unsigned extension_id = 0;
    sc_core::sc_time time;  // of the last beat
  };

  explicit StreamInitiatorBase(const sc_core::sc_module_name& name, size_t depth = kDepth)
      : sc_core::sc_module(name), depth_(depth) {
    SC_THREAD(send);
  }

 private:
  SC_HAS_PROCESS(StreamInitiatorBase);

  // Adds a beat to the item; true: it is whole.
  virtual bool collect(const T& beat, const sc_core::sc_time& edge) = 0;
  virtual Item item() = 0;
  // Drops what has been collected.
  virtual void forget() = 0;

  void send() {
    for (;;) {
      while (queue_.empty()) wait(more_);
      Item& front = queue_.front();
      tlm::tlm_generic_payload trans;
      trans.set_command(tlm::TLM_WRITE_COMMAND);
      trans.set_address(0);
      trans.set_data_ptr(front.bytes.data());
      trans.set_data_length(static_cast<unsigned>(front.bytes.size()));
      trans.set_streaming_width(static_cast<unsigned>(front.bytes.size()));
      if (front.extension) trans.set_extension(front.extension_id, front.extension.get());
      const sc_core::sc_time& now = sc_core::sc_time_stamp();
      sc_core::sc_time delay = front.time > now ? front.time - now : sc_core::SC_ZERO_TIME;
      socket->b_transport(trans, delay);
      if (front.extension) trans.set_extension(front.extension_id, nullptr);
      if (delay != sc_core::SC_ZERO_TIME) wait(delay);
      if (!trans.is_response_ok()) {
        SC_REPORT_WARNING(
            "flatproxy",
            (std::string(name()) + ": the peer refused an item: " + trans.get_response_string())
                .c_str());
      }
      queue_.pop_front();
    }
  }

  bool room() const { return queue_.size() < depth_; }

  const size_t depth_;
  Rx<T> in_;
  T beat_{};
  sc_core::sc_time edge_;
  bool fired_ = false;
  std::deque<Item> queue_;
  sc_core::sc_event more_;
};

// One beat a transaction: the contract struct's words (T::pack), 4 * T::kWords bytes.
template <class T>
class StreamTarget final : public StreamTargetBase<T> {
 public:
  explicit StreamTarget(const sc_core::sc_module_name& name) : StreamTargetBase<T>(name) {}

 private:
  bool length_ok(size_t bytes) const override { return bytes == 4 * T::kWords; }
  void load(const tlm::tlm_generic_payload& trans) override {
    std::array<uint32_t, T::kWords> words;
    std::memcpy(words.data(), trans.get_data_ptr(), 4 * T::kWords);
    waiting_ = T::unpack(words.data());
  }
  void begin() override {}
  bool next_beat(T& beat) override {
    beat = waiting_;
    return false;
  }

  T waiting_{};
};

template <class T>
class StreamInitiator final : public StreamInitiatorBase<T> {
 public:
  explicit StreamInitiator(const sc_core::sc_module_name& name) : StreamInitiatorBase<T>(name) {}

 private:
  using Item = typename StreamInitiatorBase<T>::Item;

  bool collect(const T& beat, const sc_core::sc_time&) override {
    beat_ = beat;
    return true;
  }
  Item item() override {
    std::array<uint32_t, T::kWords> words;
    beat_.pack(words.data());
    Item item;
    item.bytes.resize(4 * T::kWords);
    std::memcpy(item.bytes.data(), words.data(), item.bytes.size());
    return item;
  }
  void forget() override {}

  T beat_{};
};

}  // namespace fp::sc
