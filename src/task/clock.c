/* The clock of a worker. Where each turn is timed its end is told by the processor's own counter,
 * which takes a third of the time that the clock does; the clock says once a millisecond how fast
 * that is. */

#include "task/clock.h"

enum { CLOCK_WIDE_MAX = 64 };
#define CLOCK_ANCHOR_NS UINT64_C(1000000)
#define CLOCK_APART_NS UINT64_C(1000000000)

/* ---- ticks ---- */

#if defined(__x86_64__)
#include <cpuid.h>

enum { CLOCK_NARROW = 4096, CLOCK_POWER_LEAF = 0x80000007, CLOCK_INVARIANT = 1 << 8 };

static inline uint64_t clock_ticks(void)
{
    return __builtin_ia32_rdtsc();
}

/* As quick whatever the processor does, asleep too. */
static bool clock_find_steady(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(CLOCK_POWER_LEAF, &a, &b, &c, &d) && (d & CLOCK_INVARIANT);
}
#elif defined(__aarch64__)
enum { CLOCK_NARROW = 512 };

static inline uint64_t clock_ticks(void)
{
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}

static bool clock_find_steady(void)
{
    return true; /* it is defined so */
}
#else
enum { CLOCK_NARROW = 0 };

static inline uint64_t clock_ticks(void)
{
    return 0;
}

static bool clock_find_steady(void)
{
    return false;
}
#endif

static bool clock_is_steady(void)
{
    static int known; /* 1: no, 2: yes; writing it twice writes the same */
    int is = __atomic_load_n(&known, __ATOMIC_RELAXED);
    if (!is) {
        is = 1 + clock_find_steady();
        __atomic_store_n(&known, is, __ATOMIC_RELAXED);
    }
    return is == 2;
}

/* ---- how long one takes ---- */

/* Half a per mille is what a clock is ever corrected by: other changes are jumps. */
static bool clock_is_near(uint64_t each, uint64_t before)
{
    uint64_t apart = each > before ? each - before : before - each;
    return !before || apart <= before / 1000;
}

static void clock_measure(struct weir_clock_ticks *self, uint64_t ticks, uint64_t ns)
{
    uint64_t passed = ticks - self->at, passed_ns = ns - self->at_ns;
    if (!self->at_ns || passed_ns >= CLOCK_APART_NS || !passed)
        return;
    uint64_t each = (passed_ns << 32) / passed;
    self->each = clock_is_near(each, self->each) ? each : 0;
    self->most = self->each ? (4 * CLOCK_ANCHOR_NS << 32) / self->each : 0;
}

/* Between two readings of the ticks that nobody interrupted. Where that never is, asking the clock
 * takes as long by itself, and it alone is asked from then on. */
static WEIR_ASIDE void clock_anchor(struct weir_clock *clock)
{
    uint64_t before = clock_ticks(), ns = clock->sys->now_ns(clock->sys),
             took = clock_ticks() - before;
    if (took > CLOCK_NARROW) {
        clock->counted = ++clock->ticks.wide < CLOCK_WIDE_MAX;
        return;
    }
    clock->ticks.wide = 0;
    clock_measure(&clock->ticks, before + took / 2, ns);
    clock->ticks.at = before + took / 2;
    clock->ticks.at_ns = ns;
}

void weir_clock_count(struct weir_clock *clock, bool counted)
{
    clock->counted = counted && clock_is_steady() && clock->sys->now_ns == weir_sys_posix.now_ns;
    clock->ticks = (struct weir_clock_ticks){0};
}

/* ---- reading ---- */

static uint64_t clock_set(struct weir_clock *clock, uint64_t now_ns)
{
    clock->old = false;
    if (now_ns > clock->now_ns)
        clock->now_ns = now_ns;
    return clock->now_ns;
}

uint64_t weir_clock_read(struct weir_clock *clock)
{
    uint64_t now_ns = clock->sys->now_ns(clock->sys);
    if (WEIR_UNLIKELY(clock->counted) && now_ns - clock->ticks.at_ns >= CLOCK_ANCHOR_NS)
        clock_anchor(clock);
    return clock_set(clock, now_ns);
}

uint64_t weir_clock_read_ticks(struct weir_clock *clock)
{
    const struct weir_clock_ticks *ticks = &clock->ticks;
    uint64_t since = clock_ticks() - ticks->at;
    if (WEIR_UNLIKELY(since >= ticks->most))
        return weir_clock_read(clock);
    return clock_set(clock, ticks->at_ns + (since * ticks->each >> 32));
}
