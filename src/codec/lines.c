/* lines: the lines of a reader, lent from its buffer. */

#include "bytes/utf8.h"
#include "codec/line_cutter.h"
#include "core/stage.h"
#include "weir/codec.h"

struct lines {
    weir_stream stream;
    weir_line_cutter cutter;
    bool keep_ends;
    weir_line bad; /* the last poll found it to be no text */
};

enum { ENDS = 64 }; /* newlines that are found before their lines are made */

static struct lines *lines_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct lines, stream);
}

/* Makes lines of a run. Returns how many; *used: the bytes they take. */
static size_t make_lines(const struct lines *self, const unsigned char *bytes, size_t n,
                         weir_line *out, size_t demand, size_t *used)
{
    size_t ends[ENDS];
    size_t found = self->cutter.newline->ends(bytes, n, ends, demand < ENDS ? demand : ENDS);
    size_t begin = 0;
    for (size_t i = 0; i < found; i++) {
        size_t end = self->keep_ends ? ends[i] + 1 : weir_line_end(bytes, begin, ends[i]);
        out[i] = (weir_line){(const char *)bytes + begin, end - begin};
        begin = ends[i] + 1;
    }
    if (!found) { /* the last line of the input, without a newline */
        out[found++] = (weir_line){(const char *)bytes, n};
        begin = n;
    }
    *used = begin;
    return found;
}

static weir_poll lines_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct lines *self = lines_of(stream);
    weir_line_cutter *cutter = &self->cutter;
    const unsigned char *bytes;
    size_t n;
    weir_poll got = weir_line_cutter_poll(cutter, cx, &bytes, &n);
    if (got.state != WEIR_READY)
        return got;
    size_t given = 0;
    while (given < demand && cutter->used < n) {
        size_t used;
        given += make_lines(self, bytes + cutter->used, n - cutter->used, (weir_line *)out + given,
                            demand - given, &used);
        cutter->used += used;
    }
    cutter->lines += given;
    return (weir_poll){(uint32_t)given, WEIR_READY};
}

/* ---- lines that must be text ---- */

/* The first of the lines in `out` is no text: it is used up, and told. */
static weir_poll lines_refuse_text(weir_line_cutter *cutter, weir_cx *cx, const unsigned char *at,
                                   size_t behind, uint64_t record)
{
    weir_fail(cx, WEIR_E_CORRUPT, "a line is no UTF-8: byte 0x%x", *at);
    cx->error.fatal = false;
    cx->error.cure = "leave the check out, if it is text of another kind";
    cx->error.byte = cutter->source->offset + behind;
    cx->error.record = record;
    weir_reader_place(cutter->source, &cx->error);
    return (weir_poll){0, WEIR_ERROR};
}

/* All lines of a poll are looked at in one go; those before a bad one are given first, which is
 * then the first of the next poll. */
static weir_poll checked_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_line_cutter *cutter = &lines_of(stream)->cutter;
    const weir_line *lines = out;
    uint64_t record = cutter->lines + 1;
    lines_of(stream)->bad = (weir_line){NULL, 0};
    weir_poll got = lines_poll_next(stream, cx, out, demand);
    if (!got.n)
        return got;
    const unsigned char *begin = (const unsigned char *)lines[0].data;
    size_t good = weir_utf8_bytes(begin, cutter->used);
    if (good == cutter->used)
        return got;
    uint32_t before = got.n - 1; /* lines before the bad one */
    while (lines[before].data > lines[0].data + good)
        before--;
    cutter->lines = record - 1 + (before ? before : 1);
    if (got.n > 1)
        cutter->used = (size_t)(lines[before ? before : 1].data - lines[0].data);
    if (before)
        return (weir_poll){before, WEIR_READY};
    lines_of(stream)->bad = lines[0];
    return lines_refuse_text(cutter, cx, begin + good, good, record);
}

/* ---- counting ---- */

/* The bytes that the first `demand` lines of a run take, and how many lines these are. */
static size_t skip_some(const weir_newline_ops *newline, const unsigned char *bytes, size_t n,
                        size_t demand, size_t *used)
{
    size_t ends[ENDS];
    size_t count = 0;
    *used = 0;
    while (count < demand && *used < n) {
        size_t most = demand - count < ENDS ? demand - count : ENDS;
        size_t found = newline->ends(bytes + *used, n - *used, ends, most);
        *used = found ? *used + ends[found - 1] + 1 : n;
        count += found ? found : 1;
    }
    return count;
}

static weir_poll lines_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    weir_line_cutter *cutter = &lines_of(stream)->cutter;
    const unsigned char *bytes;
    size_t n;
    weir_poll got = weir_line_cutter_poll(cutter, cx, &bytes, &n);
    if (got.state != WEIR_READY)
        return got;
    size_t count;
    if (demand < n) {
        count = skip_some(cutter->newline, bytes, n, demand, &cutter->used);
    } else { /* a line takes a byte at least: all of them may be counted */
        count = cutter->newline->count(bytes, n) + (bytes[n - 1] != '\n');
        cutter->used = n;
    }
    cutter->lines += count;
    return (weir_poll){(uint32_t)count, WEIR_READY};
}

static void lines_fini(weir_stream *stream)
{
    weir_line_cutter_fini(&lines_of(stream)->cutter);
}

static bool lines_rejected(const weir_stream *stream, weir_line *out)
{
    const struct lines *self = lines_of(stream);
    if (self->bad.data)
        *out = self->bad;
    return self->bad.data || weir_line_cutter_rejected(&self->cutter, out);
}

static const weir_stream_ops lines_ops = {.size = sizeof lines_ops,
                                          .name = "lines",
                                          .poll_next = lines_poll_next,
                                          .poll_skip = lines_poll_skip,
                                          .fini = lines_fini,
                                          .marks = WEIR_MARKS_PASS,
                                          .rejected = lines_rejected};

/* Who counts them must look at them too. */
static const weir_stream_ops checked_ops = {.size = sizeof checked_ops,
                                            .name = "lines",
                                            .poll_next = checked_poll_next,
                                            .fini = lines_fini,
                                            .marks = WEIR_MARKS_PASS,
                                            .rejected = lines_rejected};

/* ---- making ---- */

static weir_stream *lines_make(weir_reader *source, const weir_stream_ops *ops,
                               size_t line_bytes_max, bool keep_ends)
{
    weir_stream *stream = weir_stream_over(source, sizeof(struct lines), ops, &weir_type_line);
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_line_cutter *cutter = &lines_of(stream)->cutter;
    lines_of(stream)->keep_ends = keep_ends;
    if (weir_line_cutter_init(cutter, stream, source, line_bytes_max))
        cutter->counts = true;
    return stream;
}

weir_stream *weir_lines(weir_reader *source, size_t line_bytes_max)
{
    return lines_make(source, &lines_ops, line_bytes_max, false);
}

weir_stream *weir_lines_with(weir_reader *source, const weir_lines_options *options)
{
    weir_lines_options all;
    weir_options_take(&all, sizeof all, options, sizeof all);
    size_t max = all.line_bytes_max ? all.line_bytes_max : WEIR_LINE_MAX_DEFAULT;
    return lines_make(source, all.utf8 ? &checked_ops : &lines_ops, max, all.keep_ends);
}
