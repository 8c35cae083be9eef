/* Between two looks at what another processor is about to change. */
#ifndef WEIR_TASK_RELAX_H
#define WEIR_TASK_RELAX_H

static inline void weir_relax(void)
{
#if defined(__x86_64__) || defined(__i386__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

#endif
