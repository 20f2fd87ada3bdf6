// SPDX-License-Identifier: Apache-2.0
//
// Cycle model of the message buffer, equal to rtl/mbuf at every port in every cycle. What happens
// when: docs/uarch/mbuf.md.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "cmodel/common/register_peek.hpp"
#include "cmodel/common/state_io.hpp"
#include "cmodel/mbuf/mbuf_free.hpp"
#include "cmodel/mbuf/mbuf_if.hpp"
#include "cmodel/mbuf/mbuf_reader.hpp"
#include "cmodel/mbuf/mbuf_step.hpp"
#include "cmodel/mbuf/mbuf_types.hpp"
#include "cmodel/mbuf/mbuf_writer.hpp"
#include "contract/mbuf_regs.hpp"

namespace fp::mbuf {

class MbufModel final : public MbufIf, public RegisterPeek {
 public:
  explicit MbufModel(const Params& params = {});

  void reset() override;
  void eval(uint64_t now) override;
  void commit() override;
  bool idle() const override { return idle_; }
  uint64_t wake_at() const override { return kNever; }
  bool peek(uint32_t offset, uint32_t& value) const override {
    return regs_.peek(offset, hw_, value);
  }

  void checkpoint(StateIo& io) override {
    checkpoint_ports<MbufIf>(io, *this);
    io.place("mbuf model");
    io(bytes_, rows_, tog_, cnt_, ctx_, list_, writer_, reader_, free_engine_, pool_, pending_,
       armed_, rd_row_, swept_, ops_arb_, row_wr_arb_, row_rd_arb_, alloc_arb_, word_wr_arb_,
       word_rd_arb_);
    io(wr_q_, desc_q_, free_q_, cq_q_, evt_q_, cr_q_, rd_q_, rdata_q_, cret_q_, popped_, tbl_,
       tbl_error_, tbl_write_, tbl_index_, tbl_row_, regs_, hw_, hw_events_, regs_ran_, leak_,
       idle_, idle_d_, init_now_, enable_now_);
  }

 private:
  static constexpr unsigned kPorts = 3;  // producers, and consumers
  static_assert(kPorts == kNumProducers && kPorts == kNumConsumers);

  // Cell accounting; twin of mbuf_pool.sv.
  struct Pool {
    int free = 0, rsv = 0, held = 0;
    std::array<int, 3> used{};
    // Shared cells that class c may take now, cut to 255.
    unsigned room(unsigned c, const Reg2Hw& r) const;
  };

  // An operation granted to the connection engine, done in the next cycle.
  struct Pending {
    bool v = false;
    Op op = Op::kTable;
    uint8_t port = 0;
    uint8_t gen = 0;
    bool dir = false;
    uint32_t conn = 0;
    uint32_t bytes = 0;
    uint16_t cell = 0;
    Row row;
  };

  // What the parts tell each other within one cycle.
  struct Cycle {
    unsigned shared_ok = 0;
    std::array<uint8_t, 3> shared_avail{};
    bool open_ok = false;
    unsigned word_gnt = 0, row_gnt = 0;
    std::array<bool, 3> retire{};
    std::array<uint8_t, 3> beat_code{};
    int alloc = -1;
    int op = -1;
    StepOut step;
    bool tbl_done = false, tbl_error = false;
    std::array<uint32_t, 4> tbl_row{};
    std::array<Fault, 5> fault{};
    int rsv_add = 0, rsv_sub = 0;
    bool fired = false;
    int row_port = -1;  // whose side row is stored
    uint16_t row_sum = 0;
    bool alloc_rsv = false;
    uint16_t alloc_cell = 0;
    bool alloc_tog = false;
    bool ok_seg = false;
    uint16_t ok_bytes = 0;
    unsigned beats = 0;
    bool any_fault = false;
    // Values before this cycle, as registers show them.
    int at_rest_free = 0, at_rest_held = 0, rsv_q = 0;
    std::array<int, 3> used_q{};
    bool tbl_busy = false, tbl_error_q = false;
    int free_source = -1;  // job the free engine took: 0..2 consumers, 3..5 refused segments
  };

  bool init_done() const { return swept_ >= sweep_len_; }
  bool quiet() const;
  bool inputs_valid() const;
  bool axil_idle() const;
  bool events_ok(unsigned p) const;
  void arbitrate_stores(Cycle& c);
  void arbitrate_cells(Cycle& c);
  Pending arbitrate_ops(Cycle& c);
  void execute(Cycle& c);
  void execute_table(Cycle& c);
  void push_desc(const Slot& s, uint8_t port, uint8_t code);
  void run_free(Cycle& c);
  void run_readers(Cycle& c);
  void run_writers(Cycle& c);
  void apply_stores(const Cycle& c);
  void account(const Cycle& c);
  void run_table(const Cycle& c);
  void run_registers(const Cycle& c, bool quiet_now);
  void count_faults(const Cycle& c, bool leak_new);
  void count_code(uint8_t code);
  void move_streams();

  const Params params_;
  const unsigned sweep_len_;

  // Memories.
  std::vector<uint8_t> bytes_;
  std::vector<Row> rows_;
  std::vector<uint8_t> tog_;   // released-toggle bit per cell, as readers and the check see it
  std::vector<uint16_t> cnt_;  // released-toggle bit << 9 | chains beyond one
  std::vector<Ctx> ctx_;
  Ring<uint32_t> list_;  // free list: toggle << 16 | cell

  std::array<Writer, kPorts> writer_;
  std::array<Reader, kPorts> reader_;
  FreeEngine free_engine_;
  Pool pool_;
  Pending pending_;
  std::array<uint32_t, kPorts> armed_{};
  RowRead rd_row_;
  unsigned swept_ = 0;

  RoundRobin ops_arb_{14}, row_wr_arb_{3}, row_rd_arb_{3}, alloc_arb_{3};
  XbarArb word_wr_arb_, word_rd_arb_;

  // Queues; the ports show them after commit().
  std::vector<Ring<MbufWr>> wr_q_;
  std::vector<Ring<common::MsgDesc>> desc_q_, free_q_;
  std::vector<Ring<common::ConnRef>> cq_q_, evt_q_;
  std::vector<Ring<MbufCredit>> cr_q_;
  std::vector<Ring<MbufRd>> rd_q_;
  std::vector<Ring<MbufRdata>> rdata_q_;
  std::vector<Ring<MbufCret>> cret_q_;

  unsigned popped_ = 0;  // output queues whose head was taken: bit 4 * port + stream

  // TBL_CMD sequence.
  enum class Tbl : uint8_t { kIdle, kReq, kWait };
  Tbl tbl_ = Tbl::kIdle;
  bool tbl_error_ = false, tbl_write_ = false;
  uint16_t tbl_index_ = 0;
  std::array<uint32_t, 4> tbl_row_{};

  Regs regs_;
  Hw2Reg hw_{};
  bool hw_events_ = false;  // hw_ holds an increment or a load
  bool regs_ran_ = false;
  bool leak_ = false;
  bool idle_ = false, idle_d_ = false;
  bool init_now_ = false, enable_now_ = false;  // what hold the input queues' ready
};

}  // namespace fp::mbuf
