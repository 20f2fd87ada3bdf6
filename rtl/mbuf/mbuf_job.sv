// SPDX-License-Identifier: Apache-2.0
//
// What the free engine needs of a descriptor. A module of its own, because yosys finds no struct
// member inside a generate block.
module mbuf_job (
  input  common_pkg::msg_desc_t desc_i,
  output mbuf_types_pkg::job_t  job_o
);
  assign job_o = {desc_i.conn_id, desc_i.gen, desc_i.dir, desc_i.first_cell, desc_i.last_cell,
                  desc_i.n_cells};
  logic unused;
  assign unused = ^desc_i;
endmodule
