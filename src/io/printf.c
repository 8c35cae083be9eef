/* printf: formats once, into memory, and writes all of that. It stands here because the C library
 * formats. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bytes/writing.h"
#include "weir/write.h"

/* Fits most lines without a second call. */
enum { PRINTF_FIRST_BYTES = 256 };

/* Its bytes, in memory of weir_allocate(). */
struct printf_text {
    char *bytes;
    size_t n;
    bool too_long;
};

static size_t printf_bytes_of(size_t n)
{
    return n + 1; /* and the NUL */
}

/* bytes NULL: no memory, or too long, or no format. */
static struct printf_text format_text(const char *format, va_list list)
{
    char first[PRINTF_FIRST_BYTES];
    struct printf_text text = {0};
    va_list again;
    va_copy(again, list);
    int n = vsnprintf(first, sizeof first, format, list);
    text.too_long = n < 0 || n > WEIR_PRINTF_BYTES_MAX;
    text.n = text.too_long ? 0 : (size_t)n;
    if (!text.too_long)
        text.bytes = weir_allocate(printf_bytes_of(text.n));
    if (text.bytes && text.n < sizeof first)
        memcpy(text.bytes, first, printf_bytes_of(text.n));
    else if (text.bytes)
        vsnprintf(text.bytes, printf_bytes_of(text.n), format, again);
    va_end(again);
    return text;
}

static weir_poll printf_fail(weir_cx *cx, bool too_long)
{
    if (!too_long)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a text");
    weir_fail(cx, WEIR_E_LIMIT, "a text of more than WEIR_PRINTF_BYTES_MAX = %d bytes",
              WEIR_PRINTF_BYTES_MAX);
    cx->error.cure = "weir_write_all() of a text of your own";
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- the caller's ---- */

static bool printf_begin(weir_printed *printed, const char *format, va_list list, bool *too_long)
{
    struct printf_text text = format_text(format, list);
    *too_long = text.too_long;
    printed->bytes = text.bytes;
    printed->n = text.n;
    printed->written = 0;
    return text.bytes;
}

weir_poll weir_poll_printf(weir_writer *writer, weir_cx *cx, weir_printed *printed,
                           const char *format, ...)
{
    bool too_long = false, made = printed->bytes;
    if (!made) {
        va_list list;
        va_start(list, format);
        made = printf_begin(printed, format, list, &too_long);
        va_end(list);
    }
    if (!made)
        return printf_fail(cx, too_long);
    weir_poll got = weir_poll_write_all(writer, cx, printed->bytes, printed->n, &printed->written);
    if (got.state == WEIR_READY)
        weir_printed_drop(printed);
    return got;
}

void weir_printed_drop(weir_printed *printed)
{
    if (printed->bytes)
        weir_release(printed->bytes, printf_bytes_of(printed->n));
    printed->bytes = NULL;
}

/* ---- as a future ---- */

struct print {
    struct weir_writing writing;
    weir_printed printed;
    bool too_long;
};

static struct print *print_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct print, writing.stream);
}

static weir_poll print_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct print *self = print_of(stream);
    weir_printed *printed = &self->printed;
    (void)demand;
    if (!printed->bytes)
        return printf_fail(cx, self->too_long);
    weir_poll got = weir_poll_write_all(weir_writing_to(stream), cx, printed->bytes, printed->n,
                                        &printed->written);
    return got.state == WEIR_READY ? weir_writing_gives(out, printed->n)
                                   : weir_writing_stops(cx, got, printed->written);
}

static void print_fini(weir_stream *stream)
{
    weir_printed_drop(&print_of(stream)->printed);
}

static size_t print_memory_max(const weir_stream *stream)
{
    return printf_bytes_of(print_of(stream)->printed.n);
}

static const weir_stream_ops print_ops = {.size = sizeof print_ops,
                                          .name = "printf",
                                          .poll_next = print_poll_next,
                                          .fini = print_fini,
                                          .size_hint = weir_size_hint_one,
                                          .input = weir_writing_input,
                                          .memory_max = print_memory_max};

weir_stream *weir_printf(weir_writer *writer, const char *format, ...)
{
    weir_stream *stream =
        weir_writing_new(writer, sizeof(struct print), &print_ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct print *self = print_of(stream);
    va_list list;
    va_start(list, format);
    printf_begin(&self->printed, format, list, &self->too_long);
    va_end(list);
    return stream;
}
