/* Which of a kernel's compiled forms this processor runs. */

#include "weir/fn.h"

#if defined(__x86_64__)
#include <cpuid.h>

/* Registers the system saves: bits 1,2 = sse and avx, 5,6,7 = avx-512. */
static unsigned saved_state(void)
{
    unsigned low, high;
    __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static int detect(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_PCLMUL))
        return WEIR_CPU_BASE;
    unsigned saved = saved_state();
    if (!__get_cpuid_count(7, 0, &a, &b, &c, &d))
        return WEIR_CPU_BASE;
    unsigned avx2 = bit_AVX2 | bit_BMI | bit_BMI2;
    unsigned avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512DQ | bit_AVX512VL;
    if ((saved & 0x6) != 0x6 || (b & avx2) != avx2)
        return WEIR_CPU_BASE;
    return (saved & 0xe6) == 0xe6 && (b & avx512) == avx512 ? WEIR_CPU_AVX512 : WEIR_CPU_AVX2;
}
#else
static int detect(void)
{
    return WEIR_CPU_BASE;
}
#endif

int weir_cpu_level(void)
{
    static int known; /* level + 1; writing it twice writes the same */
    int level = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!level) {
        level = detect() + 1;
        __atomic_store_n(&known, level, __ATOMIC_RELAXED);
    }
    return level - 1;
}
