/* Dates beside those of the C library, and whose clock they are by. */

#include "../driver/rig.h"

#include <time.h>

#include "http/exchange.h"

static void check(uint64_t unix_s)
{
    char ours[WEIR_HTTP_DATE_BYTES + 1], theirs[64];
    time_t at = (time_t)unix_s;
    struct tm parts;
    strftime(theirs, sizeof theirs, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&at, &parts));
    weir_http_date_put(ours, unix_s);
    assert_string_equal(ours, theirs);
}

static void every_day(void **state)
{
    (void)state;
    for (uint64_t day = 0; day < 366 * 800; day++)
        check(day * 86400 + day % 86400);
    check(253402300799); /* the last one of the year 9999 */
}

/* ---- the clock of the runtime ---- */

static struct {
    weir_sys sys;
    int64_t unix_ns;
    unsigned readings;
} wall;

static int64_t read_wall(const weir_sys *sys)
{
    (void)sys;
    wall.readings++;
    return wall.unix_ns;
}

static char said[WEIR_HTTP_DATE_BYTES + 1];

static weir_poll say(void *state, weir_cx *cx, void *out, size_t demand)
{
    (void)state, (void)demand;
    memcpy(said, weir_http_date(cx), sizeof said);
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static const char *date_at(weir_rt *rt, int64_t unix_ns)
{
    wall.unix_ns = unix_ns;
    weir_stream *one = weir_poll_fn(&weir_type_unit, say, NULL);
    one->stage.one = true;
    assert_int_equal(weir_rt_run(rt, one, NULL, NULL), WEIR_READY);
    return said;
}

/* A second is read once, and over when the wall clock says so. Before 1970 it stands still. */
static void once_a_second(void **state)
{
    (void)state;
    weir_sys_wrap(&wall.sys, NULL);
    wall.sys.unix_ns = read_wall;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "epoll", .sys = &wall.sys}, NULL);
    assert_non_null(rt);
    assert_string_equal(date_at(rt, 784111777000000000), "Sun, 06 Nov 1994 08:49:37 GMT");
    unsigned readings = wall.readings;
    for (int i = 0; i < 50; i++)
        assert_string_equal(date_at(rt, 784111777000000001), "Sun, 06 Nov 1994 08:49:37 GMT");
    assert_in_range(wall.readings - readings, 0, 5); /* a machine may be slow */
    weir_rt_drop(rt);
    weir_sys over;
    weir_sys_wrap(&over, &wall.sys);
    rt = weir_rt_new(&(weir_rt_options){.driver = "epoll", .sys = &over}, NULL);
    date_at(rt, 784111777999000000);
    assert_int_equal(weir_rt_run(rt, weir_sleep(2000000), NULL, NULL), WEIR_READY);
    assert_string_equal(date_at(rt, 784111778000000000), "Sun, 06 Nov 1994 08:49:38 GMT");
    weir_rt_drop(rt);
}

/* A world has a wall clock of its own, so that a seed says it all. */
static void of_a_world(void **state)
{
    (void)state;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = "sim"}, NULL);
    assert_non_null(rt);
    assert_memory_equal(date_at(rt, 0), "Thu, 01 Jan 2026 00:00:0", 24);
    assert_int_equal(weir_rt_run(rt, weir_sleep(3600000000000), NULL, NULL), WEIR_READY);
    assert_memory_equal(date_at(rt, 0), "Thu, 01 Jan 2026 01:00:0", 24);
    weir_rt_drop(rt);
}

int http_date(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_day),
        cmocka_unit_test(once_a_second),
        cmocka_unit_test(of_a_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
