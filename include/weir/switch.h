/* weir/switch.h: the context switch, as it is compiled into programs; nothing here is for users.
 *
 * A context is where somebody stands who runs no more. The compiler keeps what is live, since the
 * switch says that it changes the registers: where nothing is live it costs nothing. It stands
 * inline where it is used: what is dear about a switch is a return on another stack, which no
 * processor foresees.
 *
 * The rounding mode and the masks of the FPU are no part of a context, they are the thread's.
 * Shadow stacks are not supported. */
#ifndef WEIR_SWITCH_H
#define WEIR_SWITCH_H

#include "weir/base.h"

WEIR_BEGIN_C

typedef struct weir_context weir_context;

#if ((defined(__x86_64__) && !defined(__ILP32__)) || defined(__aarch64__)) &&                      \
    !defined(WEIR_UCONTEXT)
#define WEIR_SWITCHES_INLINE_ 1

struct weir_context {
    uintptr_t sp, ip;
    uintptr_t frame, base; /* what compilers keep for themselves: rbp and rbx, x29 and x19 */
};

/* Saves where we stand in *from and goes on at *to. Both are where a function finds its first
 * parameters when it jumps: so the function that a context begins with gets them.
 *
 * Example:
 *     #if WEIR_SWITCHES_INLINE_
 *     weir_context here;
 *     weir_switch(&here, &here);
 *     #endif
 *     p("back where we stood"); // -> back where we stood
 */
static inline __attribute__((always_inline)) void weir_switch(weir_context *from, weir_context *to)
{
#ifdef __x86_64__
    __asm__ volatile("movq %%rsp, 0(%0)\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "movq %%rax, 8(%0)\n\t"
                     "movq %%rbp, 16(%0)\n\t"
                     "movq %%rbx, 24(%0)\n\t"
                     "movq 0(%1), %%rsp\n\t"
                     "movq 16(%1), %%rbp\n\t"
                     "movq 24(%1), %%rbx\n\t"
                     "jmpq *8(%1)\n\t"
                     ".p2align 4\n"
                     "1:\n\t"
#ifdef __CET__
                     "endbr64\n\t"
#endif
                     : "+D"(from), "+S"(to)
                     :
                     : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                       "cc", "memory", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6",
                       "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15",
                       "st", "st(1)", "st(2)", "st(3)", "st(4)", "st(5)", "st(6)", "st(7)"
#ifdef __AVX512F__
                       ,
                       "xmm16", "xmm17", "xmm18", "xmm19", "xmm20", "xmm21", "xmm22", "xmm23",
                       "xmm24", "xmm25", "xmm26", "xmm27", "xmm28", "xmm29", "xmm30", "xmm31", "k1",
                       "k2", "k3", "k4", "k5", "k6", "k7"
#endif
    );
#else
    register weir_context *x0 __asm__("x0") = from;
    register weir_context *x1 __asm__("x1") = to;
    __asm__ volatile("adr x9, 1f\n\t"
                     "mov x10, sp\n\t"
                     "stp x10, x9, [x0]\n\t"
                     "stp x29, x19, [x0, #16]\n\t"
                     "ldp x10, x16, [x1]\n\t"
                     "ldp x29, x19, [x1, #16]\n\t"
                     "mov sp, x10\n\t"
                     "mov x30, xzr\n\t" /* an entry was called by nobody */
                     "br x16\n"
                     "1:\n\t"
                     "hint #36\n\t" /* bti j */
                     : "+r"(x0), "+r"(x1)
                     :
                     : "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11", "x12", "x13",
                       "x14", "x15", "x16", "x17", "x18", "x20", "x21", "x22", "x23", "x24", "x25",
                       "x26", "x27", "x28", "x30", "cc", "memory", "v0", "v1", "v2", "v3", "v4",
                       "v5", "v6", "v7", "v8", "v9", "v10", "v11", "v12", "v13", "v14", "v15",
                       "v16", "v17", "v18", "v19", "v20", "v21", "v22", "v23", "v24", "v25", "v26",
                       "v27", "v28", "v29", "v30", "v31"
#ifdef __ARM_FEATURE_SVE
                       ,
                       "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11",
                       "p12", "p13", "p14", "p15", "ffr"
#endif
    );
#endif
}

#else
#define WEIR_SWITCHES_INLINE_ 0
#endif

WEIR_END_C

#endif
