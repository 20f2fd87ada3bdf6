// SPDX-License-Identifier: Apache-2.0
//
// CSR interconnect: one AXI4-Lite master (the embedded core's bridge) to the register ports of the
// blocks. One access at a time, finished before the next; a slot nobody owns answers DECERR.
// docs/uarch/csr.md has the timing.
module csr #(
  parameter int unsigned NumSlaves = soc_pkg::NumCsrSlaves,
  // Slot (address bits 19:16) of each port, four bits a port, port 0 lowest.
  parameter logic [NumSlaves*4-1:0] Slots = soc_pkg::CsrSlots
) (
  input  logic clk_i,
  input  logic rst_ni,
  // verilator lint_off UNUSEDSIGNAL
  // Every block has the time; this one measures nothing.
  input  logic [63:0] now_i,
  // verilator lint_on UNUSEDSIGNAL
  output logic idle_o,
  output logic [63:0] wake_at_o,

  input  soc_pkg::csr_req_t     up_req_i,  // from the bridge
  output common_pkg::axil_rsp_t up_rsp_o,

  output logic [NumSlaves*common_pkg::AxilReqBits-1:0] down_req_o,  // to the blocks, port 0 lowest
  input  logic [NumSlaves*common_pkg::AxilRspBits-1:0] down_rsp_i
);
  typedef enum logic [1:0] {
    StIdle,   // collecting an access
    StIssue,  // offering it to the slave
    StWait,   // waiting for the slave's answer
    StResp    // offering the answer upstream
  } state_e;

  localparam int unsigned AddrBits = soc_pkg::CsrAddrBits;

  state_e state_q, state_d;
  logic aw_held_q, aw_held_d, w_held_q, w_held_d, ar_held_q, ar_held_d;
  logic [AddrBits-1:0] awaddr_q, awaddr_d, araddr_q, araddr_d;
  logic [15:0] addr_q, addr_d;            // offset of the access under way
  logic [31:0] data_q, data_d;
  logic [3:0] strb_q, strb_d;
  logic write_q, write_d;
  logic [NumSlaves-1:0] sel_q, sel_d;     // one-hot slave of the access under way
  logic a_valid_q, a_valid_d;             // address (write or read) still to be taken
  logic w_valid_q, w_valid_d;             // write data still to be taken
  common_pkg::axil_rsp_t rsp_q, rsp_d;

  // A complete write goes before a held read.
  logic take_write;
  logic [AddrBits-1:0] take_addr;
  assign take_write = aw_held_q && w_held_q;
  assign take_addr = take_write ? awaddr_q : araddr_q;

  // The selected slave's answer, and the slave the next access is for.
  common_pkg::axil_rsp_t slave_rsp;
  logic [NumSlaves-1:0] hit;
  always_comb begin
    slave_rsp = '0;
    for (int unsigned i = 0; i < NumSlaves; i++) begin
      hit[i] = take_addr[AddrBits-1:16] == Slots[i*4+:4];
      if (sel_q[i]) begin
        slave_rsp = down_rsp_i[i*common_pkg::AxilRspBits+:common_pkg::AxilRspBits];
      end
    end
  end

  always_comb begin
    state_d = state_q;
    aw_held_d = aw_held_q;
    w_held_d = w_held_q;
    ar_held_d = ar_held_q;
    awaddr_d = awaddr_q;
    araddr_d = araddr_q;
    addr_d = addr_q;
    data_d = data_q;
    strb_d = strb_q;
    write_d = write_q;
    sel_d = sel_q;
    a_valid_d = a_valid_q;
    w_valid_d = w_valid_q;
    rsp_d = rsp_q;

    if (up_req_i.awvalid && rsp_q.awready) begin
      aw_held_d = 1'b1;
      awaddr_d = up_req_i.awaddr;
    end
    if (up_req_i.wvalid && rsp_q.wready) begin
      w_held_d = 1'b1;
      data_d = up_req_i.wdata;
      strb_d = up_req_i.wstrb;
    end
    if (up_req_i.arvalid && rsp_q.arready) begin
      ar_held_d = 1'b1;
      araddr_d = up_req_i.araddr;
    end

    unique case (state_q)
      StIdle: begin
        if (take_write || ar_held_q) begin
          write_d = take_write;
          addr_d = take_addr[15:0];
          sel_d = hit;
          if (hit == '0) begin
            state_d = StResp;
            rsp_d.bvalid = take_write;
            rsp_d.rvalid = !take_write;
            rsp_d.bresp = common_pkg::AxiRespDecerr;
            rsp_d.rresp = common_pkg::AxiRespDecerr;
            rsp_d.rdata = '0;
          end else begin
            state_d = StIssue;
            a_valid_d = 1'b1;
            w_valid_d = take_write;
          end
        end
      end
      StIssue: begin
        if (write_q ? slave_rsp.awready : slave_rsp.arready) a_valid_d = 1'b0;
        if (slave_rsp.wready) w_valid_d = 1'b0;
        if (!a_valid_d && !w_valid_d) state_d = StWait;
      end
      StWait: begin
        if (write_q ? slave_rsp.bvalid : slave_rsp.rvalid) begin
          state_d = StResp;
          sel_d = '0;
          rsp_d.bvalid = write_q;
          rsp_d.rvalid = !write_q;
          rsp_d.bresp = slave_rsp.bresp;
          rsp_d.rresp = slave_rsp.rresp;
          rsp_d.rdata = slave_rsp.rdata;
        end
      end
      default: begin  // StResp
        if (rsp_q.bvalid && up_req_i.bready) begin
          state_d = StIdle;
          rsp_d.bvalid = 1'b0;
          aw_held_d = 1'b0;
          w_held_d = 1'b0;
        end
        if (rsp_q.rvalid && up_req_i.rready) begin
          state_d = StIdle;
          rsp_d.rvalid = 1'b0;
          ar_held_d = 1'b0;
        end
      end
    endcase

    rsp_d.awready = !aw_held_d;
    rsp_d.wready = !w_held_d;
    rsp_d.arready = !ar_held_d;
  end

  // Outputs are registers or plain copies of them.
  common_pkg::axil_req_t down;
  always_comb begin
    down_req_o = '0;
    for (int unsigned i = 0; i < NumSlaves; i++) begin
      down = '0;
      down.awaddr = addr_q;
      down.araddr = addr_q;
      down.wdata = data_q;
      down.wstrb = strb_q;
      down.awvalid = sel_q[i] && write_q && a_valid_q;
      down.wvalid = sel_q[i] && w_valid_q;
      down.arvalid = sel_q[i] && !write_q && a_valid_q;
      down.bready = sel_q[i] && write_q && state_q == StWait;
      down.rready = sel_q[i] && !write_q && state_q == StWait;
      if (sel_q[i]) begin
        down_req_o[i*common_pkg::AxilReqBits+:common_pkg::AxilReqBits] = down;
      end
    end
  end
  assign up_rsp_o = rsp_q;
  assign idle_o = state_q == StIdle && !aw_held_q && !w_held_q && !ar_held_q && rsp_q.awready &&
                  rsp_q.wready && rsp_q.arready;
  assign wake_at_o = '1;

  always_ff @(posedge clk_i) begin
    if (!rst_ni) begin
      state_q <= StIdle;
      aw_held_q <= 1'b0;
      w_held_q <= 1'b0;
      ar_held_q <= 1'b0;
      sel_q <= '0;
      a_valid_q <= 1'b0;
      w_valid_q <= 1'b0;
      write_q <= 1'b0;
      awaddr_q <= '0;
      araddr_q <= '0;
      addr_q <= '0;
      data_q <= '0;
      strb_q <= '0;
      rsp_q <= '0;
    end else begin
      state_q <= state_d;
      aw_held_q <= aw_held_d;
      w_held_q <= w_held_d;
      ar_held_q <= ar_held_d;
      sel_q <= sel_d;
      a_valid_q <= a_valid_d;
      w_valid_q <= w_valid_d;
      write_q <= write_d;
      awaddr_q <= awaddr_d;
      araddr_q <= araddr_d;
      addr_q <= addr_d;
      data_q <= data_d;
      strb_q <= strb_d;
      rsp_q <= rsp_d;
    end
  end
endmodule
