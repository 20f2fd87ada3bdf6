// SPDX-License-Identifier: Apache-2.0
#include "cmodel/mbuf/mbuf_model.hpp"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace fp::mbuf {
namespace {

constexpr unsigned kInDepth = 2;
constexpr unsigned kDescDepth = 2;
constexpr unsigned kCrDepth = 2;

size_t evt_depth(const Params& p) { return 2 * size_t{p.num_conns} + 8; }

template <class T>
std::vector<Ring<T>> rings(size_t depth) {
  return std::vector<Ring<T>>(3, Ring<T>(depth));
}

// Output queue to port and back.
template <class T>
unsigned pop_if_taken(Ring<T>& q, const Tx<T>& tx) {
  if (!tx.fires()) return 0;
  q.pop();
  return 1;
}
template <class T>
void show(const Ring<T>& q, Tx<T>& tx, bool popped) {
  const bool fresh = !tx.valid || popped;
  tx.valid = !q.empty();
  if (tx.valid && fresh) tx.data = q.front();
}

}  // namespace

MbufModel::MbufModel(const Params& params)
    : params_(params),
      sweep_len_(std::max(params.num_cells + 1, params.num_conns)),
      bytes_(size_t{params.num_cells} * kCellSize),
      rows_(params.num_cells),
      tog_(params.num_cells),
      cnt_(params.num_cells),
      ctx_(params.num_conns),
      list_(params.num_cells),
      wr_q_(rings<MbufWr>(kInDepth)),
      desc_q_(rings<common::MsgDesc>(kDescDepth)),
      free_q_(rings<common::MsgDesc>(kInDepth)),
      cq_q_(rings<common::ConnRef>(kInDepth)),
      evt_q_(rings<common::ConnRef>(evt_depth(params))),
      cr_q_(rings<MbufCredit>(kCrDepth)),
      rd_q_(rings<MbufRd>(kInDepth)),
      rdata_q_(rings<MbufRdata>(Reader::kOutDepth)),
      cret_q_(rings<MbufCret>(kInDepth)) {
  assert(std::has_single_bit(params.num_cells) && params.num_cells >= 16);
  assert(params.num_cells <= 65536 && params.num_conns >= 2 && params.num_conns <= 65536);
  reset();
}

void MbufModel::reset() {
  std::fill(bytes_.begin(), bytes_.end(), 0);
  std::fill(rows_.begin(), rows_.end(), Row{});
  std::fill(tog_.begin(), tog_.end(), 0);
  std::fill(cnt_.begin(), cnt_.end(), 0);
  std::fill(ctx_.begin(), ctx_.end(), Ctx{});
  list_.reset();
  for (unsigned c = 0; c < params_.num_cells; ++c) list_.push() = c;
  for (auto& w : writer_) w.reset();
  for (auto& r : reader_) r.reset();
  free_engine_.reset();
  pool_ = {};
  pending_ = {};
  armed_.fill(0);
  rd_row_ = {};
  swept_ = 0;
  ops_arb_.reset(), row_wr_arb_.reset(), row_rd_arb_.reset(), alloc_arb_.reset();
  word_wr_arb_.reset(), word_rd_arb_.reset();
  for (unsigned p = 0; p < kPorts; ++p) {
    wr_q_[p].reset(), desc_q_[p].reset(), free_q_[p].reset(), cq_q_[p].reset();
    evt_q_[p].reset(), cr_q_[p].reset(), rd_q_[p].reset(), rdata_q_[p].reset();
    cret_q_[p].reset();
    wr[p].ready = cq[p].ready = rd[p].ready = free[p].ready = cret[p].ready = false;
    desc[p].valid = cr[p].valid = cevt[p].valid = rdata[p].valid = false;
  }
  tbl_ = Tbl::kIdle;
  tbl_error_ = tbl_write_ = false;
  tbl_index_ = 0;
  tbl_row_.fill(0);
  regs_.reset();
  csr.rsp = regs_.axil.port.rsp;
  hw_ = {};
  hw_events_ = regs_ran_ = leak_ = idle_ = idle_d_ = false;
  init_now_ = enable_now_ = false;
  irq.value = false;
}

unsigned MbufModel::Pool::room(unsigned c, const Reg2Hw& r) const {
  const int spare = free - rsv;
  const int floor =
      c == static_cast<unsigned>(common::MsgCls::kResponse) ? 0 : r.resp_floor_count_q;
  const int by_pool = std::max(spare - floor, 0);
  const int by_class = std::max(r.shared_limit_count_q[c] - used[c], 0);
  return static_cast<unsigned>(std::min({by_pool, by_class, 255}));
}

bool MbufModel::events_ok(unsigned p) const {
  return evt_q_[p].level() + armed_[p] < evt_depth(params_) - 4;
}

bool MbufModel::axil_idle() const {
  const AxilRsp& r = csr.rsp;
  const AxilReq& q = *csr.req;
  return r.awready && r.wready && r.arready && !r.bvalid && !r.rvalid && !q.awvalid && !q.wvalid &&
         !q.arvalid;
}

bool MbufModel::inputs_valid() const {
  for (unsigned p = 0; p < kPorts; ++p) {
    if (*wr[p].valid || *cq[p].valid || *rd[p].valid || *free[p].valid || *cret[p].valid) {
      return true;
    }
  }
  return false;
}

bool MbufModel::quiet() const {
  if (!init_done() || pending_.v || tbl_ != Tbl::kIdle || !free_engine_.resting()) return false;
  for (unsigned p = 0; p < kPorts; ++p) {
    if (!writer_[p].resting() || !reader_[p].resting() || !wr_q_[p].empty() || !rd_q_[p].empty() ||
        !free_q_[p].empty() || !cq_q_[p].empty() || !cret_q_[p].empty() || !desc_q_[p].empty() ||
        !cr_q_[p].empty() || !evt_q_[p].empty() || !rdata_q_[p].empty()) {
      return false;
    }
  }
  const Reg2Hw& r = regs_.reg2hw();
  return !(r.tbl_cmd_op_qe && r.tbl_cmd_op_q != static_cast<uint8_t>(TblOp::kNone));
}

void MbufModel::eval(uint64_t) {
  const bool quiet_now = quiet();
  idle_d_ = quiet_now && axil_idle() && !inputs_valid();
  if (idle_d_ && idle_) return;  // an edge on an idle block changes nothing (docs/uarch/mbuf.md)

  Cycle c;
  init_now_ = init_done();
  enable_now_ = regs_.reg2hw().ctrl_enable_q;
  const Reg2Hw& r = regs_.reg2hw();
  for (unsigned k = 0; k < 3; ++k) {
    const unsigned room = pool_.room(k, r);
    c.shared_avail[k] = static_cast<uint8_t>(room);
    c.shared_ok |= (room != 0 ? 1u : 0u) << k;
  }
  c.at_rest_free = pool_.free;
  c.at_rest_held = pool_.held;
  c.rsv_q = pool_.rsv;
  c.used_q = pool_.used;
  c.tbl_busy = tbl_ != Tbl::kIdle;
  c.tbl_error_q = tbl_error_;
  c.open_ok = pool_.free - pool_.rsv >= 3;

  arbitrate_stores(c);
  arbitrate_cells(c);
  const Pending next = arbitrate_ops(c);
  if (pending_.v) execute(c);
  run_free(c);
  pending_ = next;
  run_readers(c);
  apply_stores(c);
  run_writers(c);
  account(c);
  run_table(c);
  run_registers(c, quiet_now);
  move_streams();
  if (!init_done()) {
    if (swept_ >= 1 && pool_.free < static_cast<int>(params_.num_cells)) ++pool_.free;
    ++swept_;
  }
}

// Words to the banks and side rows to their RAM: who is served.
void MbufModel::arbitrate_stores(Cycle& c) {
  unsigned words = 0;
  unsigned rows = 0;
  std::array<unsigned, 3> bank{};
  for (unsigned p = 0; p < kPorts; ++p) {
    const Writer::Store& q = writer_[p].wq;
    words |= (q.wants_word() ? 1u : 0u) << p;
    rows |= (q.wants_row() ? 1u : 0u) << p;
    bank[p] = (q.cell * kCellWords + q.idx) % kNumBanks;
  }
  c.word_gnt = word_wr_arb_.grant(words, bank);
  c.row_port = row_wr_arb_.grant(rows);
  if (c.row_port >= 0) {
    c.row_gnt = 1u << c.row_port;
    c.row_sum = writer_[static_cast<unsigned>(c.row_port)].row_sum();
  }
  for (unsigned p = 0; p < kPorts; ++p) {
    const Writer::Store& q = writer_[p].wq;
    c.retire[p] = q.v && (!q.wants_word() || ((c.word_gnt >> p) & 1)) &&
                  (!q.wants_row() || ((c.row_gnt >> p) & 1));
  }
}

// One free cell a cycle, to a writer that is entitled to it.
void MbufModel::arbitrate_cells(Cycle& c) {
  unsigned want = 0;
  for (unsigned p = 0; p < kPorts; ++p) {
    const Writer& w = writer_[p];
    if (w.st != Writer::State::kRun || wr_q_[p].empty()) continue;
    const MbufWr& h = wr_q_[p].front();
    c.beat_code[p] = w.beat_code(h, c.shared_ok);
    if (c.beat_code[p] == 0 && w.need_cell(h.nbytes) && (!w.wq.v || c.retire[p]) && w.slot_ok(h)) {
      want |= 1u << p;
    }
  }
  if (list_.empty()) return;
  c.alloc = alloc_arb_.grant(want);
  if (c.alloc < 0) return;
  c.alloc_rsv = writer_[static_cast<unsigned>(c.alloc)].rsv;
  c.alloc_cell = static_cast<uint16_t>(list_.front());
  c.alloc_tog = (list_.front() >> 16) != 0;
}

// The connection engine's choice of this cycle; done in the next one.
MbufModel::Pending MbufModel::arbitrate_ops(Cycle& c) {
  uint32_t req = 0;
  for (unsigned p = 0; p < kPorts; ++p) {
    const Writer& w = writer_[p];
    if (!wr_q_[p].empty() && events_ok(p) &&
        w.wants_start(wr_q_[p].front(), !w.wq.v || c.retire[p], params_.num_conns)) {
      req |= 1u << p;
    }
    if (w.wants_commit() && !desc_q_[p].full()) req |= 1u << (3 + p);
    const bool answering = pending_.v && pending_.op == Op::kQuery && pending_.port == p;
    if (!cq_q_[p].empty() && cr_q_[p].level() + answering < kCrDepth && events_ok(p)) {
      req |= 1u << (6 + p);
    }
    if (!cret_q_[p].empty()) req |= 1u << (9 + p);
  }
  if (free_engine_.wants_freed()) req |= 1u << 12;
  if (tbl_ == Tbl::kReq && init_now_) req |= 1u << 13;
  c.op = ops_arb_.grant(req);

  Pending n;
  if (c.op < 0) return n;
  n.v = true;
  const unsigned k = static_cast<unsigned>(c.op);
  if (k < 12) n.port = static_cast<uint8_t>(k % 3);
  const unsigned p = n.port;
  if (k < 3) {
    const MbufWr& h = wr_q_[p].front();
    n.op = Op::kStart;
    n.conn = h.conn.conn_id;
    n.gen = h.conn.gen;
    n.dir = h.dir;
  } else if (k < 6) {
    const Slot& s = writer_[p].slot;
    n.op = Op::kCommit;
    n.conn = s.conn_id;
    n.gen = s.gen;
    n.dir = s.dir;
  } else if (k < 9) {
    n.op = Op::kQuery;
    n.conn = cq_q_[p].front().conn_id;
    n.gen = cq_q_[p].front().gen;
    cq_q_[p].pop();
  } else if (k < 12) {
    n.op = Op::kCret;
    n.conn = cret_q_[p].front().conn.conn_id;
    n.gen = cret_q_[p].front().conn.gen;
    n.bytes = cret_q_[p].front().bytes;
    cret_q_[p].pop();
  } else if (k == 12) {
    const Job j = free_engine_.freed_job();
    n.op = Op::kFreed;
    n.port = free_engine_.freed_port();
    n.conn = j.conn_id;
    n.gen = j.gen;
    n.dir = j.dir;
    n.cell = j.first;
    n.row = free_engine_.freed_row();
  } else {
    n.op = Op::kTable;
    n.conn = tbl_index_;
  }
  return n;
}

void MbufModel::execute(Cycle& c) {
  const Pending& n = pending_;
  if (n.op == Op::kTable) {
    execute_table(c);
    return;
  }
  StepIn in;
  in.op = n.op;
  in.gen = n.gen;
  in.in_range = n.conn < params_.num_conns;
  Ctx nobody;
  Ctx& row = in.in_range ? ctx_[n.conn] : nobody;
  bool which = n.dir;
  in.dir_ok = true;
  switch (n.op) {
    case Op::kStart:
      in.dir_ok = row.prod[which] == n.port;
      break;
    case Op::kQuery:  // the direction this port produces
      which = row.prod[0] != n.port;
      in.dir_ok = row.prod[0] == n.port || row.prod[1] == n.port;
      break;
    case Op::kCret:  // the direction this port consumes
      which = row.prod[1] != n.port;
      in.dir_ok = row.prod[0] == n.port || row.prod[1] == n.port;
      break;
    default:
      break;
  }
  in.dir = which;
  in.slot = &writer_[n.port].slot;
  in.row = &n.row;
  in.cell = n.cell;
  in.conn = n.conn;
  in.cnt = n.op == Op::kFreed ? cnt_[n.cell] : 0;
  in.bytes = n.bytes;
  const unsigned cls = std::min<unsigned>(row.cls, 2);
  in.shared_ok = ((c.shared_ok >> cls) & 1) != 0;
  in.shared_avail = c.shared_avail[cls];
  c.step = run_step(row, row.dir[which], in);
  const StepOut& o = c.step;

  if (o.cnt_we) cnt_[o.cnt_cell] = o.cnt;
  c.rsv_add = o.rsv_add;
  c.rsv_sub = o.rsv_sub;
  const unsigned owner = row.prod[which];
  if (o.arm) ++armed_[owner];
  if (o.disarm) --armed_[owner];
  if (o.fire) {
    evt_q_[owner].push() = {n.conn, row.gen};
    c.fired = true;
  }
  if (n.op == Op::kCommit) {
    push_desc(writer_[n.port].slot, n.port, o.code);
    c.ok_seg = o.code == 0;
    c.ok_bytes = writer_[n.port].slot.seg_len;
  } else if (n.op == Op::kQuery) {
    MbufCredit& a = cr_q_[n.port].push();
    a.conn = {n.conn, n.gen};
    a.bytes = o.q_bytes;
    a.cells = o.q_cells;
    a.ok = o.code == 0;
  }
  if (o.code != 0 && n.op != Op::kStart) {
    const Source source = n.op == Op::kQuery   ? Source::kCq
                          : n.op == Op::kCret  ? Source::kCret
                          : n.op == Op::kFreed ? Source::kFree
                                               : Source::kWr;
    c.fault[0] = {n.conn, o.code, source, n.port, n.gen};
    c.any_fault = true;
  }
}

void MbufModel::push_desc(const Slot& s, uint8_t port, uint8_t code) {
  common::MsgDesc& d = desc_q_[port].push();
  d = {};
  d.conn_id = s.conn_id;
  d.gen = s.gen;
  d.dir = s.dir;
  d.cls = static_cast<common::MsgCls>(std::min<unsigned>(s.cls, 2));
  d.som = s.flags.som;
  d.eom = s.flags.eom;
  d.fin = s.flags.fin;
  d.rst = s.flags.rst;
  d.err = s.flags.err || code != 0;
  d.err_code = code != 0 ? code : s.flags.err_code;
  d.epoch = s.flags.epoch;
  d.ts = s.flags.ts;
  if (code == 0) {
    d.seg_len = s.seg_len;
    d.first_cell = s.first;
    d.last_cell = s.last;
    d.n_cells = s.n_cells;
    d.offset = s.offset;
  }
}

void MbufModel::execute_table(Cycle& c) {
  Ctx& row = ctx_[tbl_index_];
  c.tbl_done = true;
  if (!tbl_write_) {
    ConnRow shown;
    shown.valid = row.valid;
    shown.gen = row.gen;
    shown.cls = static_cast<common::MsgCls>(row.cls);
    shown.prod0 = row.prod[0];
    shown.prod1 = row.prod[1];
    shown.cap = row.cap;
    shown.credit0 = row.dir[0].credit;
    shown.credit1 = row.dir[1].credit;
    shown.held0 = row.dir[0].held;
    shown.held1 = row.dir[1].held;
    shown.busy0 = row.dir[0].lock;
    shown.busy1 = row.dir[1].lock;
    shown.pack(c.tbl_row.data());
    return;
  }
  const ConnRow img = ConnRow::unpack(tbl_row_.data());
  if (img.valid) {
    const bool rest =
        row.dir[0].held == 0 && row.dir[1].held == 0 && !row.dir[0].lock && !row.dir[1].lock;
    const bool formed =
        img.cap != 0 && img.prod0 != 3 && img.prod1 != 3 && static_cast<unsigned>(img.cls) != 3;
    c.tbl_error = row.valid || !rest || !formed || !c.open_ok;
    if (c.tbl_error) return;
    row = {};
    row.valid = true;
    row.gen = img.gen;
    row.cls = static_cast<uint8_t>(img.cls);
    row.prod = {img.prod0, img.prod1};
    row.cap = img.cap;
    row.dir[0].credit = img.credit0;
    row.dir[1].credit = img.credit1;
    c.rsv_add = 2;
  } else {
    c.tbl_error = !row.valid;
    if (c.tbl_error) return;
    row.valid = false;
    for (unsigned d = 0; d < 2; ++d) {
      if (row.dir[d].want) --armed_[row.prod[d]];
      row.dir[d].want = false;
      c.rsv_sub += !row.dir[d].rsv_used;
      row.dir[d].rsv_used = true;
    }
  }
}

void MbufModel::run_free(Cycle& c) {
  const FreeEngine::Rams rams{rows_.data(), tog_.data()};
  const bool gnt = c.op == 12;
  Job job;
  int source = -1;
  unsigned fresh = 0;
  std::array<uint16_t, 3> fresh_cell{};
  if (free_engine_.takes_job()) {
    uint32_t req = 0;
    for (unsigned p = 0; p < kPorts; ++p) {
      req |= (free_q_[p].empty() ? 0u : 1u) << p;
      req |= (writer_[p].wants_abort() ? 1u : 0u) << (3 + p);
    }
    source = free_engine_.pick(req);
    if (source >= 3) {
      job = writer_[static_cast<unsigned>(source - 3)].abort_job();
    } else if (source >= 0) {
      const common::MsgDesc& d = free_q_[static_cast<unsigned>(source)].front();
      job = {d.conn_id, d.first_cell, d.last_cell, d.gen, d.n_cells, d.dir != 0};
      free_q_[static_cast<unsigned>(source)].pop();
    } else if (!gnt && free_engine_.resting()) {
      return;
    }
  } else {
    for (unsigned p = 0; p < kPorts; ++p) {
      fresh |= (writer_[p].fresh() ? 1u : 0u) << p;
      fresh_cell[p] = writer_[p].slot.last;
    }
  }
  Fault f;
  free_engine_.eval(rams, source >= 0 ? &job : nullptr, static_cast<unsigned>(source), fresh,
                    fresh_cell, gnt, params_.num_cells, params_.num_conns, f);
  if (f.code != 0) {
    c.fault[1] = f;
    c.any_fault = true;
  }
  c.free_source = source;
}

void MbufModel::run_readers(Cycle& c) {
  unsigned rows = 0;
  unsigned words = 0;
  std::array<unsigned, 3> bank{};
  std::array<Reader::In, kPorts> in;
  for (unsigned p = 0; p < kPorts; ++p) {
    const Reader& r = reader_[p];
    if (!rd_q_[p].empty()) {
      in[p].head = &rd_q_[p].front();
      in[p].head_err = Reader::head_code(*in[p].head, params_.num_cells, params_.num_conns);
    }
    if (r.resting() && in[p].head == nullptr) continue;
    in[p].space = rdata_q_[p].level() + r.f_v < Reader::kOutDepth;
    rows |= (r.wants_row(in[p].head, in[p].head_err) ? 1u : 0u) << p;
    if (r.wants_word(in[p].space)) {
      words |= 1u << p;
      bank[p] = r.word_at() / 64 % kNumBanks;
    }
  }
  const unsigned word_gnt = word_rd_arb_.grant(words, bank);
  const int row_gnt = row_rd_arb_.grant(rows);
  uint16_t row_cell = 0;
  if (row_gnt >= 0) {
    const unsigned p = static_cast<unsigned>(row_gnt);
    row_cell = reader_[p].row_cell(in[p].head);
    in[p].row_gnt = true;
  }
  for (unsigned p = 0; p < kPorts; ++p) {
    Reader& r = reader_[p];
    if (r.resting() && in[p].head == nullptr) continue;
    if (r.emits()) {
      r.beat(rdata_q_[p].push());
      ++c.beats;
    }
    if ((word_gnt >> p) & 1) in[p].word = bytes_.data() + r.word_at();
    in[p].row = &rd_row_;
    Fault& f = c.fault[2 + p];
    if (r.eval(in[p], f)) rd_q_[p].pop();
    if (f.code != 0) {
      f.source = Source::kRd;
      f.port = static_cast<uint8_t>(p);
      c.any_fault = true;
    }
  }
  if (row_gnt >= 0) {
    rd_row_.row = rows_[row_cell];
    rd_row_.dead = rd_row_.row.tog == (tog_[row_cell] != 0);
  }
}

// What this cycle's grants write; everybody has read the old contents by now.
void MbufModel::apply_stores(const Cycle& c) {
  for (unsigned p = 0; p < kPorts; ++p) {
    if (!((c.word_gnt >> p) & 1)) continue;
    const Writer::Store& q = writer_[p].wq;
    std::memcpy(bytes_.data() + size_t{q.cell} * kCellSize + q.idx * 64u + q.lo,
                q.data.data() + q.lo, q.hi - q.lo);
  }
  if (c.row_port >= 0) {
    const Writer::Store& q = writer_[static_cast<unsigned>(c.row_port)].wq;
    rows_[q.row_cell] = q.row;
    rows_[q.row_cell].sum = c.row_sum;
  }
  if (c.step.rel) tog_[c.step.rel_cell] = c.step.rel_tog;
}

void MbufModel::run_writers(Cycle& c) {
  for (unsigned p = 0; p < kPorts; ++p) {
    Writer& w = writer_[p];
    if (w.resting() && wr_q_[p].empty()) continue;
    Writer::In in;
    in.head = wr_q_[p].empty() ? nullptr : &wr_q_[p].front();
    in.retire = c.retire[p];
    in.word_gnt = (c.word_gnt >> p) & 1;
    in.row_gnt = (c.row_gnt >> p) & 1;
    in.start_gnt = c.op == static_cast<int>(p);
    in.start = &c.step.start;
    in.commit_gnt = c.op == static_cast<int>(3 + p);
    in.abort_new = c.step.abort;
    in.abort_gnt = c.free_source == static_cast<int>(3 + p);
    in.alloc_gnt = c.alloc == static_cast<int>(p);
    in.alloc_cell = c.alloc_cell;
    in.alloc_tog = c.alloc_tog;
    const uint8_t cls = w.cls;
    const bool rsv = w.rsv;
    if (in.alloc_gnt) {
      list_.pop();
      --pool_.free;
      if (rsv) {
        --pool_.rsv;
      } else {
        ++pool_.used[cls];
      }
    }
    if (w.eval(in, c.beat_code[p], params_.num_conns)) wr_q_[p].pop();
  }
}

void MbufModel::account(const Cycle& c) {
  if (c.step.rel) {
    list_.push() = static_cast<uint32_t>(c.step.rel_tog) << 16 | c.step.rel_cell;
    ++pool_.free;
    --pool_.held;
    if (c.step.rel_grant != kGrantReserved) --pool_.used[c.step.rel_grant];
  }
  pool_.held += c.step.held_add;
  pool_.rsv += c.rsv_add - c.rsv_sub;
}

void MbufModel::run_table(const Cycle& c) {
  const Reg2Hw& r = regs_.reg2hw();
  switch (tbl_) {
    case Tbl::kIdle: {
      const auto op = static_cast<TblOp>(r.tbl_cmd_op_q);
      if (!r.tbl_cmd_op_qe || op == TblOp::kNone) break;
      const bool known = r.tbl_cmd_table_id_q == static_cast<uint8_t>(TableId::kConn) &&
                         r.tbl_cmd_index_q < params_.num_conns &&
                         (op == TblOp::kWrite || op == TblOp::kRead);
      tbl_error_ = !known;
      tbl_write_ = op == TblOp::kWrite;
      tbl_index_ = r.tbl_cmd_index_q;
      std::copy(r.tbl_data_word_q.begin(), r.tbl_data_word_q.end(), tbl_row_.begin());
      if (known) tbl_ = Tbl::kReq;
      break;
    }
    case Tbl::kReq:
      if (c.op == 13) tbl_ = Tbl::kWait;
      break;
    case Tbl::kWait:
      if (c.tbl_done) {
        tbl_error_ = c.tbl_error;
        tbl_ = Tbl::kIdle;
      }
      break;
  }
}

void MbufModel::move_streams() {
  popped_ = 0;
  for (unsigned p = 0; p < kPorts; ++p) {
    popped_ |= pop_if_taken(desc_q_[p], desc[p]) << (4 * p);
    popped_ |= pop_if_taken(cr_q_[p], cr[p]) << (4 * p + 1);
    popped_ |= pop_if_taken(evt_q_[p], cevt[p]) << (4 * p + 2);
    popped_ |= pop_if_taken(rdata_q_[p], rdata[p]) << (4 * p + 3);
    if (wr[p].fires()) wr_q_[p].push() = *wr[p].data;
    if (cq[p].fires()) cq_q_[p].push() = *cq[p].data;
    if (rd[p].fires()) rd_q_[p].push() = *rd[p].data;
    if (free[p].fires()) free_q_[p].push() = *free[p].data;
    if (cret[p].fires()) cret_q_[p].push() = *cret[p].data;
  }
}

void MbufModel::commit() {
  if (idle_d_ && idle_) return;
  idle_ = idle_d_;
  for (unsigned p = 0; p < kPorts; ++p) {
    wr[p].ready = init_now_ && enable_now_ && !wr_q_[p].full();
    cq[p].ready = init_now_ && !cq_q_[p].full();
    rd[p].ready = init_now_ && !rd_q_[p].full();
    free[p].ready = init_now_ && !free_q_[p].full();
    cret[p].ready = init_now_ && !cret_q_[p].full();
    show(desc_q_[p], desc[p], (popped_ >> (4 * p)) & 1);
    show(cr_q_[p], cr[p], (popped_ >> (4 * p + 1)) & 1);
    show(evt_q_[p], cevt[p], (popped_ >> (4 * p + 2)) & 1);
    show(rdata_q_[p], rdata[p], (popped_ >> (4 * p + 3)) & 1);
  }
  if (regs_ran_) {
    regs_.commit();
    csr.rsp = regs_.axil.port.rsp;
    const Reg2Hw& r = regs_.reg2hw();
    irq.value = r.irq_status_fault_q && r.irq_enable_fault_q;
  }
}

}  // namespace fp::mbuf
