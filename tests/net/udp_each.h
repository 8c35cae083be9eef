/* What the tests of datagrams on each driver share; "udp.h" is for the others too. */
#ifndef WEIR_TESTS_UDP_EACH_H
#define WEIR_TESTS_UDP_EACH_H

#include "udp.h"

static const char *driver;
static weir_rt *rt;
static weir_error error;

static inline void for_each_driver(void (*check)(void))
{
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        unsigned fds = rig_open_fds();
        rt = rig_rt(driver);
        check();
        weir_rt_drop(rt);
        assert_int_equal(rig_open_fds(), fds);
    }
}

static inline void open_end(struct end *end, const char *address, weir_udp_options options)
{
    weir_state state = end_open(rt, end, address, options, &error);
    if (state != WEIR_ERROR || error.code != WEIR_E_TIMEOUT)
        fail_msg("%s: %s", address ? address : "any", WEIR_ERROR_TEXT(&error));
}

static inline void send_it(const struct end *from, const weir_endpoint *to, const void *bytes,
                           size_t n)
{
    if (end_send(rt, from, to, bytes, n, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
}

static inline weir_datagram receive(const struct end *end)
{
    weir_datagram got;
    if (weir_rt_next(rt, end->in, &got, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    return got;
}

/* It is closed when its operation is over, which takes the driver a moment. */
static inline void close_end(struct end *end)
{
    end_close(end);
    assert_int_equal(weir_rt_run(rt, weir_sleep(NET_MS), NULL, &error), WEIR_READY);
}

/* Nothing comes, as far as a millisecond says. */
static inline bool is_still(const struct end *end)
{
    uint64_t n;
    weir_stream *one = weir_take(weir_by_ref(end->in), 1);
    weir_state state = weir_rt_run(rt, weir_timeout(weir_count(one), NET_MS), &n, &error);
    return state == WEIR_ERROR && error.code == WEIR_E_TIMEOUT;
}

static inline const char *unix_address(const char *name)
{
    static char texts[4][WEIR_ADDRESS_BYTES];
    static unsigned next;
    char *text = texts[next++ % 4];
    snprintf(text, WEIR_ADDRESS_BYTES, "unix:%s/%s", rig_dir, name);
    return text;
}

#endif
