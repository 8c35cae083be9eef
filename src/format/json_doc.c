/* json_doc: a whole input as one value. */

#ifdef WEIR_HAVE_YYJSON
#include "codec/newline.h"
#include "format/json_parse.h"
#include "weir/fn.h"

/* Values take up to 13 times their text, with the copy of it. */
enum { VALUES_TIMES = 13, JSON_DOC_FIRST_BYTES = 64 << 10 };

struct json_doc {
    weir_stream stream;
    weir_reader *source;
    size_t bytes_max;
    weir_json_pool pool;
    bool given; /* its input is used up */
};

static struct json_doc *json_doc_of(const weir_stream *stream)
{
    return WEIR_SELF(struct json_doc, stream);
}

static bool json_doc_is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static weir_text json_doc_trimmed(const unsigned char *bytes, size_t n)
{
    size_t begin = n >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf ? 3 : 0;
    while (begin < n && json_doc_is_space(bytes[begin]))
        begin++;
    while (n > begin && json_doc_is_space(bytes[n - 1]))
        n--;
    return (weir_text){(const char *)bytes + begin, n - begin};
}

/* The error is set; it is about the byte in hand `at`. */
static weir_poll json_doc_refuse(const struct json_doc *self, weir_cx *cx, size_t at)
{
    const weir_newline_ops *newline = weir_newline_at(weir_cpu_level());
    size_t n;
    const unsigned char *bytes = weir_peek(self->source, &n);
    cx->error.fatal = true;
    cx->error.byte = self->source->offset + at;
    cx->error.line = 1 + newline->count(bytes, at);
    cx->error.column = 1 + at - newline->last(bytes, at);
    weir_reader_place(self->source, &cx->error);
    return (weir_poll){0, WEIR_ERROR};
}

/* All of the input is in hand. */
static weir_poll json_doc_read_all(struct json_doc *self, weir_cx *cx, weir_json *out)
{
    size_t n, at = 0;
    const unsigned char *bytes = weir_peek(self->source, &n);
    out->text = json_doc_trimmed(bytes, n);
    if (!out->text.size) {
        weir_error_set(&cx->error, WEIR_E_TRUNCATED, "no JSON: the input is empty")->cure =
            "weir_ndjson(), which takes an empty input for no values";
        return json_doc_refuse(self, cx, n);
    }
    out->root = weir_json_parse(&self->pool, out->text.data, out->text.size, &cx->error, &at);
    if (!out->root)
        return json_doc_refuse(self, cx, at + (size_t)(out->text.data - (const char *)bytes));
    self->given = true;
    return (weir_poll){1, WEIR_END};
}

static weir_poll json_doc_too_long(struct json_doc *self, weir_cx *cx)
{
    weir_error_set(&cx->error, WEIR_E_LIMIT, "a text longer than bytes_max = %zu", self->bytes_max);
    cx->error.cure = "a larger limit, or a value on each line (weir_ndjson)";
    return json_doc_refuse(self, cx, self->bytes_max);
}

static weir_poll json_doc_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct json_doc *self = json_doc_of(stream);
    (void)demand;
    for (;;) {
        size_t n;
        weir_peek(self->source, &n);
        if (n > self->bytes_max)
            return json_doc_too_long(self, cx);
        size_t wanted = n < JSON_DOC_FIRST_BYTES / 2 ? JSON_DOC_FIRST_BYTES : 2 * n;
        size_t min = wanted <= self->bytes_max ? wanted : self->bytes_max + 1;
        weir_poll got = weir_poll_fill(self->source, cx, min);
        if (got.state == WEIR_END)
            return json_doc_read_all(self, cx, out);
        if (got.state != WEIR_READY)
            return (weir_poll){0, got.state};
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

/* All of it was read: a source that is set back is not set back into it. */
static void json_doc_fini(weir_stream *stream)
{
    struct json_doc *self = json_doc_of(stream);
    size_t n;
    weir_peek(self->source, &n);
    if (self->given)
        weir_consume(self->source, n);
    weir_json_pool_release(&self->pool);
}

static size_t json_doc_memory_max(const weir_stream *stream)
{
    return json_doc_of(stream)->pool.bytes_max;
}

static const weir_stream_ops json_doc_ops = {.size = sizeof json_doc_ops,
                                             .name = "json_doc",
                                             .poll_next = json_doc_poll_next,
                                             .fini = json_doc_fini,
                                             .size_hint = weir_size_hint_one,
                                             .marks = WEIR_MARKS_PASS,
                                             .memory_max = json_doc_memory_max};

weir_stream *weir_json_doc(weir_reader *source, size_t bytes_max)
{
    weir_stream *stream =
        weir_stream_over(source, sizeof(struct json_doc), &json_doc_ops, &weir_type_json);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct json_doc *self = json_doc_of(stream);
    self->source = source;
    self->bytes_max = bytes_max;
    self->pool.bytes_max = VALUES_TIMES * bytes_max + JSON_DOC_FIRST_BYTES;
    stream->stage.one = true;
    if (!bytes_max || bytes_max > WEIR_MIN_MAX)
        return weir_stream_refuse(
            &stream->stage, WEIR_E_ARGUMENT, "a limit from 1 to WEIR_MIN_MAX bytes",
            "json_doc: the limit 'bytes_max' is %s%s%zu bytes", "", "", bytes_max);
    if (!weir_reader_reserve(source, bytes_max + 1))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, "a smaller limit",
                                  "json_doc: no room for %s%s%zu bytes", "", "", bytes_max);
    return stream;
}
#endif
