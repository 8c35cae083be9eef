/* The operations of the byte vectors that read, step by step: in their poll form, and as futures.
 */

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "bytes.h"
#include "weir/codec.h"
#include "weir/read.h"

enum { LINES_MAX = 64, ERRORS_MAX = 3, BYTES_MAX = 1 << 20 };

json_int_t bytes_operand(const struct bytes_run *run, size_t nth)
{
    return json_integer_value(json_array_get(json_object_get(run->vector, "op"), nth + 1));
}

static bool past_operands(const struct bytes_run *run, size_t nth)
{
    return nth + 1 >= json_array_size(json_object_get(run->vector, "op"));
}

static size_t size_of(const struct bytes_run *run, size_t nth)
{
    size_t n = (size_t)bytes_operand(run, nth);
    return n < READ_MAX ? n : READ_MAX;
}

static weir_state step_lines(struct bytes_run *run, void *subject, size_t nth)
{
    weir_line lines[LINES_MAX];
    (void)nth;
    size_t demand = run->demand < LINES_MAX ? run->demand : LINES_MAX;
    weir_poll got = weir_poll_next(subject, &run->task.cx, lines, demand);
    for (uint32_t i = 0; i < got.n; i++)
        bytes_push(run, text_from(lines[i].data, lines[i].size));
    if (got.state == WEIR_END)
        bytes_push(run, json_string("END"));
    return got.state;
}

static weir_state step_fill(struct bytes_run *run, void *subject, size_t nth)
{
    size_t n;
    if (past_operands(run, nth))
        return WEIR_END;
    weir_poll got = weir_poll_fill(subject, &run->task.cx, 1);
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return got.state;
    const unsigned char *bytes = weir_peek(subject, &n);
    bytes_push(run, json_pack("{s:o}", "data", text_from(bytes, n)));
    size_t wanted = (size_t)bytes_operand(run, nth);
    weir_consume(subject, wanted < n ? wanted : n);
    return WEIR_READY;
}

/* ---- either form ---- */

/* The answer of a poll form, or of the future over it, which is made when there is none yet. A
 * future that gives nothing stands for END. */
static weir_state as_future(struct bytes_run *run, weir_stream *(*make)(struct bytes_run *run))
{
    uint64_t n;
    if (!run->future)
        run->future = make(run);
    weir_poll got = weir_poll_next(run->future, &run->task.cx, &n, 1);
    if (got.state == WEIR_PENDING)
        return WEIR_PENDING;
    weir_drop(run->future);
    run->future = NULL;
    return got.n ? WEIR_READY : got.state;
}

static void begin(struct bytes_run *run, void *subject, size_t cap)
{
    if (!run->open)
        run->buf = weir_read_buf_of(run->memory, cap);
    run->reader = subject;
    run->open = true;
}

/* A read as large as the buffer goes past it when it is empty; a take asks for no more than it may
 * let through. */
static void pass_by(struct bytes_run *run, const weir_reader *reader, size_t n)
{
    size_t held, left = weir_reader_size_hint(reader).upper;
    weir_peek(reader, &held);
    n = n < left ? n : left;
    run->at_most = !held && n > run->capacity && run->capacity ? n : run->capacity;
}

static weir_stream *make_read(struct bytes_run *run)
{
    return weir_read(run->reader, &run->buf);
}

static weir_state step_read(struct bytes_run *run, void *subject, size_t nth)
{
    if (past_operands(run, nth))
        return WEIR_END;
    begin(run, subject, size_of(run, nth));
    pass_by(run, subject, size_of(run, nth));
    weir_state state = run->futures ? as_future(run, make_read)
                                    : weir_poll_read_buf(subject, &run->task.cx, &run->buf).state;
    if (state == WEIR_PENDING)
        return state;
    run->open = false;
    if (state == WEIR_ERROR)
        return state;
    bytes_push(run, json_pack("{s:o}", "data", text_from(run->memory, run->buf.filled)));
    return WEIR_READY;
}

static weir_stream *make_readv(struct bytes_run *run)
{
    return weir_readv(run->reader, run->pieces, 2);
}

static weir_state step_readv(struct bytes_run *run, void *subject, size_t nth)
{
    if (nth)
        return WEIR_END;
    uint64_t from = run->reader ? run->from : ((weir_reader *)subject)->offset;
    run->from = from;
    run->reader = subject;
    run->pieces[0] = (struct iovec){run->memory, size_of(run, 0)};
    run->pieces[1] = (struct iovec){run->memory + size_of(run, 0), size_of(run, 1)};
    weir_state state = run->futures ? as_future(run, make_readv)
                                    : weir_poll_readv(subject, &run->task.cx, run->pieces, 2).state;
    if (state == WEIR_PENDING || state == WEIR_ERROR)
        return state;
    /* The recorded reader fills the first piece that has room, and no other. */
    size_t n = (size_t)(run->reader->offset - from);
    size_t first = run->pieces[0].iov_len ? run->pieces[0].iov_len : n;
    run->beyond = n > first ? n - first : 0;
    bytes_push(run, json_pack("{s:o}", "data", text_from(run->memory, n - run->beyond)));
    return WEIR_READY;
}

static weir_stream *make_read_exact(struct bytes_run *run)
{
    return weir_read_exact(run->reader, &run->buf);
}

static weir_state step_read_exact(struct bytes_run *run, void *subject, size_t nth)
{
    if (past_operands(run, nth))
        return WEIR_END;
    begin(run, subject, size_of(run, nth));
    weir_state state = run->futures ? as_future(run, make_read_exact)
                                    : weir_poll_read_exact(subject, &run->task.cx, &run->buf).state;
    if (state == WEIR_PENDING)
        return state;
    run->open = false;
    if (state == WEIR_READY)
        bytes_push(run, json_pack("{s:o}", "data", text_from(run->memory, run->buf.filled)));
    return state;
}

/* ---- into a vec ---- */

static json_t *vec_text(const struct bytes_run *run)
{
    return text_from(run->vec.items, run->vec.n);
}

/* What stands in the vec before: the reference's mark. */
static void begin_with_mark(struct bytes_run *run, void *subject)
{
    uint64_t n;
    run->reader = subject;
    if (run->open)
        return;
    weir_reader *mark = weir_memory_reader("<", 1);
    weir_stream *all = weir_read_to_end(mark, &run->vec, BYTES_MAX);
    weir_ignore(weir_poll_next(all, &run->task.cx, &n, 1));
    weir_drop(all);
    weir_drop(mark);
    run->open = true;
}

static weir_state push_whole(struct bytes_run *run, weir_state state, bool data_of_error)
{
    if (state == WEIR_PENDING)
        return state;
    if (state == WEIR_READY)
        bytes_push(
            run, json_pack("{s:I,s:o}", "n", (json_int_t)(run->vec.n - 1), "data", vec_text(run)));
    else
        bytes_push_error(run, data_of_error ? vec_text(run) : NULL);
    return WEIR_END;
}

static weir_stream *make_read_to_end(struct bytes_run *run)
{
    return weir_read_to_end(run->reader, &run->vec, BYTES_MAX);
}

static weir_state step_read_to_end(struct bytes_run *run, void *subject, size_t nth)
{
    (void)nth;
    begin_with_mark(run, subject);
    weir_state state =
        run->futures ? as_future(run, make_read_to_end)
                     : weir_poll_read_to_end(subject, &run->task.cx, &run->vec, BYTES_MAX).state;
    return push_whole(run, state, true);
}

static weir_stream *make_read_to_string(struct bytes_run *run)
{
    return weir_read_to_string(run->reader, &run->vec, BYTES_MAX);
}

static weir_state step_read_to_string(struct bytes_run *run, void *subject, size_t nth)
{
    (void)nth;
    begin_with_mark(run, subject);
    weir_state state =
        run->futures
            ? as_future(run, make_read_to_string)
            : weir_poll_read_to_string(subject, &run->task.cx, &run->vec, 1, BYTES_MAX).state;
    return push_whole(run, state, false);
}

/* One piece after the other, until there is none; each in a vec that is emptied before. */
static weir_state push_piece(struct bytes_run *run, weir_state state, bool data_of_error)
{
    if (state == WEIR_PENDING)
        return state;
    size_t n = run->vec.n;
    if (state == WEIR_READY)
        bytes_push(run, json_pack("{s:o}", "data", vec_text(run)));
    else
        bytes_push_error(run, data_of_error ? vec_text(run) : NULL);
    run->errors += state == WEIR_ERROR;
    run->vec.n = 0;
    return (state == WEIR_READY && !n) || run->errors == ERRORS_MAX ? WEIR_END : WEIR_READY;
}

static weir_stream *make_read_until(struct bytes_run *run)
{
    return weir_read_until(run->reader, (unsigned char)bytes_operand(run, 0), &run->vec, BYTES_MAX);
}

static weir_state step_read_until(struct bytes_run *run, void *subject, size_t nth)
{
    (void)nth;
    run->reader = subject;
    unsigned char delimiter = (unsigned char)bytes_operand(run, 0);
    weir_state state =
        run->futures
            ? as_future(run, make_read_until)
            : weir_poll_read_until(subject, &run->task.cx, delimiter, &run->vec, BYTES_MAX).state;
    return push_piece(run, state, true);
}

static weir_stream *make_read_line(struct bytes_run *run)
{
    return weir_read_line(run->reader, &run->vec, BYTES_MAX);
}

static weir_state step_read_line(struct bytes_run *run, void *subject, size_t nth)
{
    (void)nth;
    run->reader = subject;
    weir_state state =
        run->futures ? as_future(run, make_read_line)
                     : weir_poll_read_line(subject, &run->task.cx, &run->vec, 0, BYTES_MAX).state;
    return push_piece(run, state, false);
}

static const struct {
    const char *op;
    step_function *step;
} steps[] = {
    {"fill_consume", step_fill},
    {"lines", step_lines},
    {"read", step_read},
    {"read_exact", step_read_exact},
    {"read_line", step_read_line},
    {"read_to_end", step_read_to_end},
    {"read_to_string", step_read_to_string},
    {"read_until", step_read_until},
    {"read_vectored", step_readv},
};

step_function *bytes_reads(const char *op)
{
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
        if (!strcmp(steps[i].op, op))
            return steps[i].step;
    return NULL;
}
