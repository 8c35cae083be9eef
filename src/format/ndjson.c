/* ndjson: the value of each line, lent. Lines come from the line cutter; what is parsed in a poll
 * stands in the pool until the next. A line that is wrong waits until those before it are given. */

#ifdef WEIR_HAVE_YYJSON
#include "codec/line_cutter.h"
#include "format/json_parse.h"
#include "format/place.h"
#include "weir/fn.h"

struct ndjson {
    weir_stream stream;
    weir_line_cutter cutter; /* its lines are all: the blank ones too */
    weir_json_pool pool;
    weir_line bad;    /* the line that the last poll refused */
    uint64_t records; /* values that were given, and lines that were refused */
};

static struct ndjson *ndjson_of(const weir_stream *stream)
{
    return WEIR_SELF(struct ndjson, stream);
}

static bool ndjson_is_space(unsigned char byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r';
}

/* The line without space around it, and without a byte order mark at the very beginning. */
static weir_text ndjson_trimmed(const struct ndjson *self, const unsigned char *bytes, size_t n)
{
    size_t begin = 0;
    if (!self->cutter.lines && n >= 3 && bytes[0] == 0xef && bytes[1] == 0xbb && bytes[2] == 0xbf)
        begin = 3;
    while (begin < n && ndjson_is_space(bytes[begin]))
        begin++;
    while (n > begin && ndjson_is_space(bytes[n - 1]))
        n--;
    return (weir_text){(const char *)bytes + begin, n - begin};
}

/* ---- errors ---- */

/* Of the line at the cutter's place, `at` bytes behind its beginning. */
static weir_poll ndjson_refuse(struct ndjson *self, weir_cx *cx, size_t at)
{
    weir_error *error = &cx->error;
    if (error->code == WEIR_E_TRUNCATED) {
        error->code = WEIR_E_CORRUPT; /* a line ends where it ends */
        error->cure = "a whole value on each line, or weir_json_doc() for one over several";
    }
    error->fatal = error->code == WEIR_E_MEMORY;
    error->byte = self->cutter.source->offset + self->cutter.used + at;
    error->record = ++self->records;
    error->line = self->cutter.lines + 1;
    error->column = at + 1;
    weir_reader_place(self->cutter.source, error);
    return (weir_poll){0, WEIR_ERROR};
}

/* The cutter's answer. What it refused counts as a record. */
static weir_poll ndjson_pass(struct ndjson *self, weir_cx *cx, weir_poll got, uint64_t lines)
{
    if (got.state == WEIR_PENDING)
        weir_json_pool_release(&self->pool);
    if (got.state != WEIR_ERROR || self->cutter.lines == lines)
        return got;
    cx->error.record = ++self->records;
    cx->error.line = self->cutter.lines;
    cx->error.column = 1;
    return got;
}

/* ---- lines ---- */

enum ndjson_step { STEP_BLANK, STEP_ITEM, STEP_REFUSED };

/* The value of a line; refused: *at is where, behind its beginning. */
static enum ndjson_step read_line(struct ndjson *self, const unsigned char *bytes, size_t n,
                                  weir_json *out, weir_error *error, size_t *at)
{
    out->text = ndjson_trimmed(self, bytes, n);
    if (!out->text.size)
        return STEP_BLANK;
    out->root = weir_json_parse(&self->pool, out->text.data, out->text.size, error, at);
    *at += (size_t)(out->text.data - (const char *)bytes);
    return out->root ? STEP_ITEM : STEP_REFUSED;
}

/* The pool begins another block for the first line of a batch alone. */
static bool ndjson_has_room(const struct ndjson *self, size_t n)
{
    return weir_json_pool_has(&self->pool, 4 * n + 256);
}

static weir_poll read_lines(struct ndjson *self, weir_cx *cx, const unsigned char *bytes, size_t n,
                            weir_json *out, size_t demand)
{
    weir_line_cutter *cutter = &self->cutter;
    size_t given = 0;
    while (given < demand && cutter->used < n) {
        const unsigned char *line = bytes + cutter->used;
        size_t left = n - cutter->used, size = cutter->newline->find(line, left), at = 0;
        if (given && !ndjson_has_room(self, size))
            break;
        enum ndjson_step step = read_line(self, line, size, &out[given], &cx->error, &at);
        if (step == STEP_REFUSED && given)
            break; /* it is read again, when those before it are over */
        weir_poll wrong = {0, WEIR_READY};
        if (step == STEP_REFUSED) {
            wrong = ndjson_refuse(self, cx, at);
            self->bad = (weir_line){(const char *)line, weir_line_end(line, 0, size)};
        }
        cutter->used += size < left ? size + 1 : size;
        cutter->lines++;
        given += step == STEP_ITEM;
        if (step == STEP_REFUSED)
            return wrong;
    }
    self->records += given;
    return (weir_poll){(uint32_t)given, WEIR_READY};
}

static weir_poll ndjson_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct ndjson *self = ndjson_of(stream);
    weir_json_pool_reset(&self->pool);
    self->bad = (weir_line){NULL, 0};
    uint64_t lines = self->cutter.lines;
    const unsigned char *bytes;
    size_t n;
    weir_poll got = weir_line_cutter_poll(&self->cutter, cx, &bytes, &n);
    if (got.state != WEIR_READY)
        return ndjson_pass(self, cx, got, lines);
    return read_lines(self, cx, bytes, n, out, demand);
}

static void ndjson_fini(weir_stream *stream)
{
    struct ndjson *self = ndjson_of(stream);
    weir_line_cutter_fini(&self->cutter);
    weir_json_pool_release(&self->pool);
}

static size_t ndjson_memory_max(const weir_stream *stream)
{
    return ndjson_of(stream)->pool.bytes_max;
}

static bool ndjson_rejected(const weir_stream *stream, weir_line *out)
{
    const struct ndjson *self = ndjson_of(stream);
    if (self->bad.data)
        *out = self->bad;
    return self->bad.data || weir_line_cutter_rejected(&self->cutter, out);
}

static const weir_stream_ops ndjson_ops = {.size = sizeof ndjson_ops,
                                           .name = "ndjson",
                                           .poll_next = ndjson_poll_next,
                                           .fini = ndjson_fini,
                                           .marks = WEIR_MARKS_PASS,
                                           .memory_max = ndjson_memory_max,
                                           .rejected = ndjson_rejected};

/* ---- where a value stands ---- */

static const struct ndjson *ndjson_below(const weir_stream *stream)
{
    const weir_stage *stage = &stream->stage;
    for (; stage && stage->vt->kind == WEIR_KIND_STREAM; stage = stage->source)
        if (((const weir_stream *)stage)->ops == &ndjson_ops)
            return ndjson_of((const weir_stream *)stage);
    return NULL;
}

/* The bytes in hand are those that it was found in: what was cut of them is not consumed yet. */
void weir_ndjson_place(const weir_stream *source, const weir_json *json, weir_error *error)
{
    const struct ndjson *self = ndjson_below(source);
    if (!self)
        return;
    const weir_line_cutter *cutter = &self->cutter;
    const unsigned char *bytes = weir_peek(cutter->source, &(size_t){0});
    size_t at = (size_t)((const unsigned char *)json->text.data - bytes);
    if ((const unsigned char *)json->text.data < bytes || at >= cutter->used)
        return; /* another's */
    const weir_newline_ops *newline = cutter->newline;
    bool last = bytes[cutter->used - 1] != '\n'; /* it has none */
    error->line = cutter->lines - newline->count(bytes + at, cutter->used - at) - last + 1;
    error->column = at - newline->last(bytes, at) + 1;
    error->byte = cutter->source->offset + at;
    weir_reader_place(cutter->source, error);
}

weir_stream *weir_ndjson(weir_reader *source, const weir_json_options *options)
{
    size_t line_max =
        options && options->line_bytes_max ? options->line_bytes_max : WEIR_JSON_LINE_MAX_DEFAULT;
    size_t values_max =
        options && options->json_bytes_max ? options->json_bytes_max : WEIR_JSON_VALUES_MAX_DEFAULT;
    weir_stream *stream =
        weir_stream_over(source, sizeof(struct ndjson), &ndjson_ops, &weir_type_json);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct ndjson *self = ndjson_of(stream);
    self->pool.bytes_max = values_max;
    if (weir_line_cutter_init(&self->cutter, stream, source, line_max))
        self->cutter.counts = true;
    return stream;
}
#endif
