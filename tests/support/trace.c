/* The runner: polls a stream to its end and writes down what happened. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "doubles.h"

enum { ITEM_BYTES_MAX = 64 << 10 };
static _Alignas(64) unsigned char items[ITEM_BYTES_MAX];

static void put(struct trace *trace, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put_behind(struct trace *trace, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void put_list(struct trace *trace, const char *format, va_list list)
{
    int n = vsnprintf(trace->text + trace->n, TRACE_BYTES - trace->n, format, list);
    trace->n += n > 0 ? (size_t)n : 0;
    if (trace->n >= TRACE_BYTES)
        trace->n = TRACE_BYTES - 1;
}

static void put(struct trace *trace, const char *format, ...)
{
    if (trace->n && trace->n < TRACE_BYTES - 1)
        trace->text[trace->n++] = ' ';
    va_list list;
    va_start(list, format);
    put_list(trace, format, list);
    va_end(list);
}

/* Behind the last word. */
static void put_behind(struct trace *trace, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    put_list(trace, format, list);
    va_end(list);
}

static void put_error(struct trace *trace, const weir_error *error)
{
    static const char *const names[] = {"OK",    "SYSTEM",  "MEMORY",    "ARGUMENT", "TYPE",
                                        "LIMIT", "CORRUPT", "TRUNCATED", "CLOSED",   "STOPPED",
                                        "USER",  "TIMEOUT", "CANCELLED"};
    const char *mark = error->fatal ? "!!" : "!";
    if (error->number)
        put(trace, "%s%lld", mark, (long long)error->number);
    else
        put(trace, "%s%s", mark, error->code <= WEIR_E_CANCELLED ? names[error->code] : "?");
}

static void put_items(struct trace *trace, const weir_type *type, size_t n)
{
    char text[512];
    for (size_t i = 0; i < n; i++) {
        weir_item_text(text, sizeof text, type, items + i * type->size);
        put(trace, "%s", text);
    }
    weir_type_drop_items(type, items, n);
}

weir_poll trace_poll(struct trace *trace, weir_stream *stream, struct test_cx *test, size_t demand)
{
    size_t fits = sizeof items / (stream->type->size ? stream->type->size : 1);
    test_cx_turn(test);
    trace->polls++;
    weir_poll got = weir_poll_next(stream, &test->cx, items, demand < fits ? demand : fits);
    trace->items += got.n;
    put_items(trace, stream->type, got.n);
    switch (got.state) {
    case WEIR_READY:
        break;
    case WEIR_MARK:
        put(trace, "|");
        weir_mark_settle(weir_mark_take(&test->cx), true);
        break;
    case WEIR_END:
        put(trace, "$");
        break;
    case WEIR_ERROR:
        trace->errors++;
        trace->error = test->cx.error;
        put_error(trace, &test->cx.error);
        break;
    case WEIR_PENDING:
        trace->pendings++;
        if (!trace->no_pending)
            put(trace, "P");
        return got;
    }
    if (trace->timed)
        put_behind(trace, "@%llu", (unsigned long long)test_clock_ns());
    return got;
}

void trace_run(struct trace *trace, weir_stream *stream, struct test_cx *test, size_t demand)
{
    unsigned polls_max = trace->polls_max ? trace->polls_max : TRACE_POLLS_MAX;
    bool shared = !stream->stage.arena; /* what stands for no memory repeats its error */
    for (;;) {
        if (trace->polls == polls_max) {
            put(trace, "LOOP");
            return;
        }
        weir_poll got = trace_poll(trace, stream, test, demand);
        if (got.state == WEIR_END || (shared && got.state == WEIR_ERROR))
            return;
        if (got.state == WEIR_PENDING &&
            !(trace->no_wake ? test->waker->wakes : test_cx_woken(test))) {
            put(trace, "STUCK");
            return;
        }
    }
}

static const char *trace_all(weir_stream *stream, size_t demand, struct trace how)
{
    static struct trace traces[8];
    static unsigned turn;
    static struct test_cx test;
    struct trace *trace = &traces[turn++ % 8];
    *trace = how;
    test_cx_init(&test);
    trace_run(trace, stream, &test, demand);
    weir_drop(stream);
    if (test_waker_others(test.waker))
        test_abort("a waker is held after the chain was dropped");
    if (!test_clock_idle())
        test_abort("a timer is on the clock after the chain was dropped");
    test_cx_fini(&test);
    return trace->text;
}

const char *trace(weir_stream *stream, size_t demand)
{
    return trace_all(stream, demand, (struct trace){0});
}

const char *trace_items(weir_stream *stream, size_t demand)
{
    return trace_all(stream, demand, (struct trace){.no_pending = true});
}

const char *timeline(weir_stream *stream, size_t demand)
{
    test_clock_begin();
    return trace_all(stream, demand, (struct trace){.no_pending = true, .timed = true});
}

weir_state await(weir_stream *future, void *out, weir_error *error)
{
    static struct test_cx test;
    weir_poll got = {0, WEIR_PENDING};
    const weir_type *type = future->type;
    test_cx_init(&test);
    for (unsigned turns = 0; got.state == WEIR_PENDING; turns++) {
        if (turns == AWAIT_TURNS_MAX)
            test_abort("the future '%s' is not done after %u turns",
                       weir_stage_name(&future->stage), turns);
        test_cx_turn(&test);
        got = weir_poll_next(future, &test.cx, items, 1);
        if (got.state == WEIR_PENDING && !test_cx_woken(&test))
            test_abort("the future '%s' is stuck", weir_stage_name(&future->stage));
    }
    if (got.n && out)
        memcpy(out, items, type->size);
    else
        weir_type_drop_items(type, items, got.n);
    if (error)
        *error = test.cx.error;
    weir_drop(future);
    test_cx_fini(&test);
    return got.n ? WEIR_READY : got.state;
}
