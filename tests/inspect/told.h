/* What the tests of a session begin with: a simulated runtime that is looked at, a clock that
 * stands until a test moves it, and what was said. */
#ifndef WEIR_TESTS_TOLD_H
#define WEIR_TESTS_TOLD_H

#include "../driver/rig.h"
#include "doubles.h"
#include "inspect/session.h"

enum { MS = 1000000, TOLD_BYTES = 8 << 20 };

static struct weir_export of;
static weir_rt *rt;
static uint64_t now_ns = 1000000000;
static weir_sys told_sys;
static char told[TOLD_BYTES + 1];

static uint64_t told_now_ns(const weir_sys *sys)
{
    (void)sys;
    return now_ns;
}

/* Others of this process are there too. */
static bool told_begin(uint32_t workers, uint64_t seed)
{
    weir_error error;
    memset(&of, 0, sizeof of);
    rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = workers, .seed = seed), &error);
    weir_sys_wrap(&told_sys, NULL);
    told_sys.now_ns = told_now_ns;
    weir_export_init(&of, &told_sys);
    return rt && weir_inspect_start(rt, &error);
}

/* Returns who is there still. */
static unsigned told_end(void)
{
    weir_rt_drop(rt);
    weir_export_fini(&of);
    return of.sessions + of.watching + of.traced + of.tried;
}

/* All that there is to tell by now. */
static const char *said(struct weir_session *session)
{
    size_t n = 0, more;
    do {
        more = weir_session_take(session, told + n, TOLD_BYTES - n);
        n += more;
        assert_true(n < TOLD_BYTES - WEIR_INSPECT_LINE_BYTES);
    } while (more);
    told[n] = 0;
    return told;
}

static void has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("%.400s: has no %s", text, part);
}

static int64_t work(int64_t n, void *arg)
{
    (void)arg;
    weir_sim_work(10000);
    return n;
}
WEIR_MAP_FN(work_fn, work, int64_t, int64_t)

#endif
