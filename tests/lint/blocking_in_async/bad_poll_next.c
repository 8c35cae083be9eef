/* A stage of the program's own slows its source down by letting the thread sleep. */
#include <time.h>

#include <weir.h>

struct slow {
    weir_stream stream;
    long pause_ns;
};

static void rest(const struct slow *self, uint32_t items)
{
    struct timespec pause = {0, self->pause_ns};
    while (items--)
        nanosleep(&pause, NULL); // lint: blocking_in_async 9-18
}

static weir_poll slow_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct slow *self = WEIR_SELF(struct slow, stream);
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    if (got.n)
        rest(self, got.n);
    return got;
}

static const weir_stream_ops slow_ops = {
    .size = sizeof slow_ops, .name = "slow", .poll_next = slow_poll_next, .marks = WEIR_MARKS_PASS};
static const weir_type number_type = WEIR_TYPE(int64_t);

weir_stream *slow(weir_stream *numbers, long pause_ns)
{
    numbers = weir_expect_type(numbers, "slow", "numbers", &number_type);
    weir_stream *stream = weir_stream_new(numbers, sizeof(struct slow), &slow_ops, &number_type);
    if (!weir_stage_failed(&stream->stage))
        WEIR_SELF(struct slow, stream)->pause_ns = pause_ns;
    return stream;
}
