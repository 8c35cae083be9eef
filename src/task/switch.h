/* Contexts: where a function with a stack of its own stands. Switched by hand on x86-64 and aarch64
 * (weir/switch.h); with ucontext elsewhere, and with -DWEIR_UCONTEXT. */
#ifndef WEIR_TASK_SWITCH_H
#define WEIR_TASK_SWITCH_H

#include "weir/switch.h"

/* Of a function that switches: what a compiler would find out about it, seeing the whole program,
 * is not true, since others run meanwhile and write what it does not. */
#if defined(__has_attribute)
#if __has_attribute(noipa)
#define WEIR_SWITCHES __attribute__((noipa))
#endif
#endif
#ifndef WEIR_SWITCHES
#define WEIR_SWITCHES __attribute__((noinline))
#endif

/* What a new context runs. It never returns: it switches away for good. */
typedef void weir_context_entry(weir_context *from, weir_context *here);

#if WEIR_SWITCHES_INLINE_

/* What runs here next begins with `entry`, on the `size` bytes at `low`. */
static inline void weir_context_make(weir_context *self, void *low, size_t size,
                                     weir_context_entry *entry)
{
    uintptr_t *sp = (uintptr_t *)(((uintptr_t)low + size) & ~(uintptr_t)15);
#ifdef __x86_64__
    *--sp = 0; /* as if it had been called, by nobody: there unwinders stop */
#endif
    *self = (weir_context){(uintptr_t)sp, (uintptr_t)entry, 0, 0};
}

/* weir_switch() that keeps the modes of the FPU, and costs a call. */
void weir_switch_saving(weir_context *from, weir_context *to);

#else

#include <ucontext.h>

struct weir_context {
    ucontext_t saved;
    weir_context_entry *entry;
    weir_context *from; /* who went here last */
};

void weir_context_make(weir_context *self, void *low, size_t size, weir_context_entry *entry);

static inline void weir_switch(weir_context *from, weir_context *to)
{
    to->from = from;
    swapcontext(&from->saved, &to->saved);
}

/* ucontext keeps the modes of the FPU anyway. */
static inline void weir_switch_saving(weir_context *from, weir_context *to)
{
    weir_switch(from, to);
}

#endif

#endif
