/* A consumer that is busy: turns of the task in which the stage is not polled. */
#ifndef WEIR_TESTS_BUSY_H
#define WEIR_TESTS_BUSY_H

#include "core/in_flight.h"
#include "stages.h"

struct busy {
    weir_stream *stream;
    struct test_cx test;
    weir_in_flight_list in_flight;
    struct trace trace;
};

static inline void busy_begin(struct busy *busy, weir_stream *stream)
{
    *busy = (struct busy){.stream = stream};
    test_cx_init(&busy->test);
}

static inline const char *busy_polls(struct busy *busy, size_t demand)
{
    busy->trace.n = 0;
    busy->trace.text[0] = '\0';
    weir_in_flight_turn(&busy->test.cx, &busy->in_flight);
    trace_poll(&busy->trace, busy->stream, &busy->test, demand);
    return busy->trace.text;
}

/* One turn in which the consumer waits for something else. */
static inline void busy_turn(struct busy *busy)
{
    busy->test.cx.budget = WEIR_BUDGET;
    weir_in_flight_turn(&busy->test.cx, &busy->in_flight);
    weir_in_flight_progress(&busy->test.cx);
}

static inline void busy_end(struct busy *busy)
{
    weir_drop(busy->stream);
    test_cx_fini(&busy->test);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

#define busy_says(busy, demand, text) assert_string_equal(busy_polls(busy, demand), text)

#endif
