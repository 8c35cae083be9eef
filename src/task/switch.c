/* What of the context switch is a function: the form that keeps the modes of the FPU, and how a
 * context begins where there is only ucontext. */

#include "task/switch.h"

#if WEIR_SWITCHES_INLINE_

struct modes {
#ifdef __x86_64__
    uint32_t sse;
    uint16_t x87;
#else
    uint64_t fpcr;
#endif
};

static struct modes modes_read(void)
{
    struct modes modes;
#ifdef __x86_64__
    __asm__ volatile("stmxcsr %0\n\tfnstcw %1" : "=m"(modes.sse), "=m"(modes.x87));
#else
    __asm__ volatile("mrs %0, fpcr" : "=r"(modes.fpcr));
#endif
    return modes;
}

/* Writing them is dear, and nearly never needed. */
static void modes_restore(struct modes wanted)
{
    struct modes now = modes_read();
#ifdef __x86_64__
    if (now.sse != wanted.sse)
        __asm__ volatile("ldmxcsr %0" : : "m"(wanted.sse));
    if (now.x87 != wanted.x87)
        __asm__ volatile("fldcw %0" : : "m"(wanted.x87));
#else
    if (now.fpcr != wanted.fpcr)
        __asm__ volatile("msr fpcr, %0" : : "r"(wanted.fpcr));
#endif
}

WEIR_SWITCHES void weir_switch_saving(weir_context *from, weir_context *to)
{
    struct modes modes = modes_read();
    weir_switch(from, to);
    modes_restore(modes);
}

#else

/* makecontext passes ints. */
static void begin(unsigned high, unsigned low)
{
    weir_context *here = (weir_context *)(uintptr_t)((uint64_t)high << 32 | low);
    here->entry(here->from, here);
}

void weir_context_make(weir_context *self, void *low, size_t size, weir_context_entry *entry)
{
    uint64_t bits = (uintptr_t)self;
    getcontext(&self->saved);
    self->saved.uc_stack.ss_sp = low;
    self->saved.uc_stack.ss_size = size;
    self->saved.uc_link = NULL;
    self->entry = entry;
    makecontext(&self->saved, (void (*)(void))begin, 2, (unsigned)(bits >> 32), (unsigned)bits);
}

#endif
