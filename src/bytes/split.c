/* split: the pieces of a reader between delimiters, lent from its buffer. */

#include "bytes/find.h"
#include "weir/implement.h"
#include "weir/read.h"

struct split {
    weir_stream stream;
    unsigned char delimiter;
    size_t bytes_max;
    size_t lent;     /* bytes of the piece that was given, with its delimiter */
    size_t searched; /* bytes in hand among which no delimiter stands */
};

static struct split *split_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct split, stream);
}

static weir_poll split_give(struct split *self, const unsigned char *bytes, size_t n, size_t used,
                            void *out)
{
    *(weir_line *)out = (weir_line){(const char *)bytes, n};
    self->lent = used;
    self->searched = 0;
    return (weir_poll){1, WEIR_READY};
}

static weir_poll split_too_long(struct split *self, weir_cx *cx, const weir_reader *source)
{
    return weir_fail_at(cx, source, WEIR_E_LIMIT, "a piece of more than bytes_max = %zu bytes",
                        self->bytes_max);
}

/* READY with nothing: more must come before a delimiter is seen. */
static weir_poll split_cut(struct split *self, weir_cx *cx, weir_reader *source, bool over,
                           void *out)
{
    size_t n;
    const unsigned char *bytes = weir_peek(source, &n);
    size_t at = self->searched;
    at += weir_find_byte(bytes + at, n - at, self->delimiter);
    if (at > self->bytes_max)
        return split_too_long(self, cx, source);
    if (at < n)
        return split_give(self, bytes, at, at + 1, out);
    self->searched = n;
    if (!over)
        return (weir_poll){0, WEIR_READY};
    return n ? split_give(self, bytes, n, n, out) : (weir_poll){0, WEIR_END};
}

static weir_poll split_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct split *self = split_of(stream);
    weir_reader *source = weir_source_reader(stream);
    (void)demand;
    weir_consume(source, self->lent);
    self->lent = 0;
    weir_poll got = weir_poll_fill(source, cx, self->searched + 1);
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return (weir_poll){0, got.state};
    return split_cut(self, cx, source, got.state == WEIR_END, out);
}

static void split_fini(weir_stream *stream)
{
    weir_consume(weir_source_reader(stream), split_of(stream)->lent);
}

static const weir_stream_ops split_ops = {.size = sizeof split_ops,
                                          .name = "split",
                                          .poll_next = split_poll_next,
                                          .fini = split_fini,
                                          .marks = WEIR_MARKS_PASS};

weir_stream *weir_split(weir_reader *source, unsigned char delimiter, size_t bytes_max)
{
    weir_stream *stream =
        weir_stream_over(source, sizeof(struct split), &split_ops, &weir_type_line);
    stream = weir_expect_limit(stream, "split", "bytes_max", bytes_max);
    if (weir_stage_failed(&stream->stage))
        return stream;
    if (!weir_reader_reserve(source, bytes_max + 1))
        return weir_stream_refuse(&stream->stage, WEIR_E_LIMIT, NULL,
                                  "split: pieces of up to %zu bytes cannot be held", NULL, NULL,
                                  bytes_max);
    split_of(stream)->delimiter = delimiter;
    split_of(stream)->bytes_max = bytes_max;
    return stream;
}
