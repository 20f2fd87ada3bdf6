# SPDX-License-Identifier: Apache-2.0
"""Name conversion, the words that no name may be, and the register of names already taken."""

import re

from .marks import ContractError

CAMEL = re.compile(r"^[A-Z][A-Za-z0-9]*$")
SNAKE = re.compile(r"^[a-z][a-z0-9]*(_[a-z0-9]+)*$")
UPPER = re.compile(r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$")
DOTTED = re.compile(r"^[a-z][a-z0-9]*([._][a-z0-9]+)*$")

_SV = """accept_on alias always always_comb always_ff always_latch and assert assign assume automatic
before begin bind bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle checker
class clocking cmos config const constraint context continue cover covergroup coverpoint cross
deassign default defparam design disable dist do edge else end endcase endchecker endclass
endclocking endconfig endfunction endgenerate endgroup endinterface endmodule endpackage
endprimitive endprogram endproperty endspecify endsequence endtable endtask enum event eventually
expect export extends extern final first_match for force foreach forever fork forkjoin function
generate genvar global highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies
import incdir include initial inout input inside instance int integer interconnect interface
intersect join join_any join_none large let liblist library local localparam logic longint
macromodule matches medium modport module nand negedge nettype new nexttime nmos nor
noshowcancelled not notif0 notif1 null or output package packed parameter pmos posedge primitive
priority program property protected pull0 pull1 pulldown pullup pulsestyle_ondetect
pulsestyle_onevent pure rand randc randcase randsequence rcmos real realtime ref reg reject_on
release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1 s_always s_eventually
s_nexttime s_until s_until_with scalared sequence shortint shortreal showcancelled signed small
soft solve specify specparam static string strong strong0 strong1 struct super supply0 supply1
sync_accept_on sync_reject_on table tagged task this throughout time timeprecision timeunit tran
tranif0 tranif1 tri tri0 tri1 triand trior trireg type typedef union unique unique0 unsigned until
until_with untyped use uwire var vectored virtual void wait wait_order wand weak weak0 weak1 while
wildcard wire with within wor xnor xor"""

_CPP = """alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t
char16_t char32_t class compl concept const consteval constexpr constinit const_cast continue
co_await co_return co_yield decltype default delete do double dynamic_cast else enum explicit export
extern false float for friend goto if inline int long mutable namespace new noexcept not not_eq
nullptr operator or or_eq private protected public register reinterpret_cast requires return short
signed sizeof static static_assert static_cast struct switch template this thread_local throw true
try typedef typeid typename union unsigned using virtual void volatile wchar_t while xor xor_eq"""

# Macros of the C library and of GNU compilers that would tear a member's name apart.
_MACROS = "errno stdin stdout stderr eof null linux unix"

KEYWORDS = frozenset(_SV.split()) | frozenset(_CPP.split()) | frozenset(_MACROS.split())

# Members that the generated C++ structs already have.
STRUCT_MEMBERS = frozenset(("pack", "unpack", "visit", "for_each_field", "raw"))


def camel(name):
    """msg_desc or MSG_DESC -> MsgDesc; parser.truncated -> ParserTruncated."""
    parts = re.split(r"[_.]", name.lower())
    return "".join(part[:1].upper() + part[1:] for part in parts)


class Scope:
    """Names taken in one scope. Case-insensitive: two names that differ by case only are refused,
    because file systems, waveform viewers and people confuse them."""

    def __init__(self, path, what):
        self.path, self.what = path, what
        self.taken = {}

    def take(self, name, line, field):
        key = name.lower()
        if key in self.taken:
            other, other_line = self.taken[key]
            raise ContractError(
                self.path, line, field, f"{name} ({other} of line {other_line} again)",
                f"a name not yet taken in {self.what}")
        self.taken[key] = (name, line)
