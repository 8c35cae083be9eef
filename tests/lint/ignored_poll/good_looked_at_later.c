/* The answer is kept in a variable, or in the state, and looked at further down. */
#include <weir.h>

struct copy {
    weir_stream stream;
    weir_poll last;
    uint64_t polls;
};

static weir_poll copy_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct copy *self = WEIR_SELF(struct copy, stream);
    self->last = weir_poll_next(weir_source(stream), cx, out, demand);
    self->polls++;
    return self->last;
}

static const weir_stream_ops copy_ops = {
    .size = sizeof copy_ops, .name = "copy", .poll_next = copy_poll_next, .marks = WEIR_MARKS_PASS};
static const weir_type number_type = WEIR_TYPE(int64_t);

weir_stream *copied(weir_stream *numbers)
{
    numbers = weir_expect_type(numbers, "copy", "numbers", &number_type);
    return weir_stream_new(numbers, sizeof(struct copy), &copy_ops, &number_type);
}

bool write_twice(weir_writer *out, const void *bytes, size_t n, weir_error *error)
{
    weir_state first, second;
    first = weir_await_write(out, bytes, n, error);
    second = WEIR_READY;
    if (first == WEIR_READY)
        second = weir_await_write(out, bytes, n, error);
    return first == WEIR_READY && second == WEIR_READY;
}
