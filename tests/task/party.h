/* One of several who talk to each other: a stream, or a future, that is polled by hand, each with a
 * cx and a waker of its own. */
#ifndef WEIR_TESTS_PARTY_H
#define WEIR_TESTS_PARTY_H

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"
#include "event.h"

struct party {
    struct test_cx test;
    weir_stream *stream;
    struct trace trace;
};

static inline struct party *party_of(weir_stream *stream)
{
    struct party *party = calloc(1, sizeof *party);
    test_cx_init(&party->test);
    party->stream = stream;
    return party;
}

/* One poll, at most so many items; what came of it, as text. */
static inline const char *party_polls(struct party *party, size_t demand)
{
    party->trace.n = 0;
    party->trace.text[0] = '\0';
    trace_poll(&party->trace, party->stream, &party->test, demand);
    return party->trace.text;
}

/* Since its latest poll. */
static inline unsigned party_wakes(const struct party *party)
{
    return party->test.waker->wakes;
}

static inline void party_drop(struct party *party)
{
    weir_drop(party->stream);
    test_cx_fini(&party->test);
    free(party);
}

/* Something that another thread does at the very moment when somebody is woken, once. */
struct meanwhile {
    weir_waker waker;
    void (*run)(void);
};

static inline void meanwhile_wake(weir_waker *waker)
{
    struct meanwhile *self = (struct meanwhile *)(void *)waker;
    void (*run)(void) = self->run;
    self->run = NULL;
    if (run)
        run();
}

static inline void meanwhile_release(weir_waker *waker)
{
    (void)waker; /* it stands on a stack */
}

static inline void when_woken(struct party *party, struct meanwhile *meanwhile, void (*run)(void))
{
    static const weir_waker_ops ops = {sizeof ops, meanwhile_wake, meanwhile_release};
    weir_waker_init(&meanwhile->waker, &ops);
    meanwhile->run = run;
    party->test.waker->forward = &meanwhile->waker;
}

#define says(party, demand, text) assert_string_equal(party_polls(party, demand), text)

#endif
