/* What the tests of the inspector share: a simulated runtime that is looked at, and its rows. */
#ifndef WEIR_TESTS_ROWS_H
#define WEIR_TESTS_ROWS_H

#include "../driver/rig.h"
#include "weir/sim.h"

enum { US = 1000 };

struct rows {
    weir_inspect_row all[WEIR_INSPECT_ROWS_MAX];
    size_t n;
};

static inline weir_rt *rows_rt(uint64_t seed, bool exact)
{
    weir_error error;
    weir_rt *rt =
        weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = 1, .seed = seed), &error);
    assert_non_null(rt);
    assert_true(weir_inspect_start(rt, &error));
    weir_inspect_attach(rt, exact);
    return rt;
}

static inline uint64_t rows_now_ns(const weir_rt *rt)
{
    const weir_sys *sys = weir_rt_sys(rt);
    return sys->now_ns(sys);
}

static inline void rows_read(weir_rt *rt, struct rows *rows)
{
    rows->n = weir_inspect_snapshot(rt, rows->all, WEIR_INSPECT_ROWS_MAX);
}

/* function NULL: any. */
static inline const weir_inspect_row *rows_find(const struct rows *rows, const char *stage,
                                                const char *function)
{
    for (size_t i = 0; i < rows->n; i++) {
        const weir_inspect_row *row = &rows->all[i];
        if (strcmp(row->stage, stage) == 0 &&
            (!function || (row->function && strcmp(row->function, function) == 0)))
            return row;
    }
    fail_msg("no row of %s %s", stage, function ? function : "");
    return NULL;
}

static inline uint64_t rows_sum_ns(const weir_inspect_row *row)
{
    return row->busy_ns + row->starved_ns + row->blocked_ns + row->runnable_ns;
}

/* Within a fiftieth. */
static inline void rows_add_up(const struct rows *rows, uint64_t took_ns)
{
    for (size_t i = 0; i < rows->n; i++) {
        const weir_inspect_row *row = &rows->all[i];
        uint64_t sum = rows_sum_ns(row), apart = sum > took_ns ? sum - took_ns : took_ns - sum;
        if (apart > took_ns / 50)
            fail_msg("%s %lu: %lu of %lu ns", row->stage, row->index, sum, took_ns);
    }
}

#endif
