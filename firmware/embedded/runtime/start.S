# SPDX-License-Identifier: Apache-2.0
# Reset entry: stack, cleared .bss, trap vector, then main(). Machine mode, one hart.
    .section .text.start, "ax"
    .global _start
_start:
    .option push
    .option norelax
    la gp, __global_pointer$
    .option pop
    la sp, __stack_top
    la t0, trap_entry
    csrw mtvec, t0
    # Both ends are multiples of 16.
    la t0, __bss_start
    la t1, __bss_end
    bgeu t0, t1, 2f
1:  sw zero, 0(t0)
    sw zero, 4(t0)
    sw zero, 8(t0)
    sw zero, 12(t0)
    addi t0, t0, 16
    bltu t0, t1, 1b
2:  call main
3:  wfi
    j 3b

# Every trap here is a crash: interrupts only end WFI (mstatus.MIE stays 0). The registers go into
# the crash record before anything can change them.
    .section .text, "ax"
    .global trap_entry
    .align 2
trap_entry:
    csrw mscratch, t0
    la t0, crash_registers
    sw x0, 0(t0)
    sw x1, 4(t0)
    sw x2, 8(t0)
    sw x3, 12(t0)
    sw x4, 16(t0)
    sw x6, 24(t0)
    sw x7, 28(t0)
    sw x8, 32(t0)
    sw x9, 36(t0)
    sw x10, 40(t0)
    sw x11, 44(t0)
    sw x12, 48(t0)
    sw x13, 52(t0)
    sw x14, 56(t0)
    sw x15, 60(t0)
    sw x16, 64(t0)
    sw x17, 68(t0)
    sw x18, 72(t0)
    sw x19, 76(t0)
    sw x20, 80(t0)
    sw x21, 84(t0)
    sw x22, 88(t0)
    sw x23, 92(t0)
    sw x24, 96(t0)
    sw x25, 100(t0)
    sw x26, 104(t0)
    sw x27, 108(t0)
    sw x28, 112(t0)
    sw x29, 116(t0)
    sw x30, 120(t0)
    sw x31, 124(t0)
    csrr t1, mscratch
    sw t1, 20(t0)
    la sp, __stack_top
    call crash
4:  wfi
    j 4b
