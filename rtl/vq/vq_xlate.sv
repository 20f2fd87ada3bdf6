// SPDX-License-Identifier: Apache-2.0
//
// Translation of one page of a function's I/O addresses. Every transfer of this block stays inside
// one page, so a page that hits is a transfer that was range-checked. Combinational; the lowest
// matching row wins. C++ twin: cmodel/vq/windows.hpp.
module vq_xlate (
    input  logic [vq_pkg::NumWindows*vq_pkg::WindowCfgBits-1:0] windows_i,
    input  logic [7:0]  fn_i,
    input  logic        write_i,
    input  logic [51:0] page_i,
    output logic        hit_o,
    output logic [51:0] page_o
);
  vq_pkg::window_cfg_t w;
  logic [51:0] into;
  always_comb begin
    hit_o = 1'b0;
    page_o = '0;
    w = '0;
    into = '0;
    for (int i = vq_pkg::NumWindows - 1; i >= 0; i--) begin
      w = windows_i[i*vq_pkg::WindowCfgBits+:vq_pkg::WindowCfgBits];
      into = page_i - w.base_page;
      if (w.valid && w.fn == fn_i && (write_i ? w.write : w.read) && page_i >= w.base_page
          && into < w.pages) begin
        hit_o = 1'b1;
        page_o = w.target_page + into;
      end
    end
  end
  logic unused;
  assign unused = ^w.rsvd_pad;
endmodule
