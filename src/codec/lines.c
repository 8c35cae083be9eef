/* lines: the lines of a reader, lent from its buffer. */

#include "codec/line_cutter.h"
#include "weir/codec.h"

struct lines {
    weir_stream stream;
    weir_line_cutter cutter;
};

enum { ENDS = 64 }; /* newlines that are found before their lines are made */

static struct lines *lines_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct lines, stream);
}

/* Makes lines of a run. Returns how many; *used: the bytes they take. */
static size_t make_lines(const weir_newline_ops *newline, const unsigned char *bytes, size_t n,
                         weir_line *out, size_t demand, size_t *used)
{
    size_t ends[ENDS];
    size_t found = newline->ends(bytes, n, ends, demand < ENDS ? demand : ENDS);
    size_t begin = 0;
    for (size_t i = 0; i < found; i++) {
        size_t end = weir_line_end(bytes, begin, ends[i]);
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
    weir_line_cutter *cutter = &lines_of(stream)->cutter;
    const unsigned char *bytes;
    size_t n;
    weir_poll got = weir_line_cutter_poll(cutter, cx, &bytes, &n);
    if (got.state != WEIR_READY)
        return got;
    size_t given = 0;
    while (given < demand && cutter->used < n) {
        size_t used;
        given += make_lines(cutter->newline, bytes + cutter->used, n - cutter->used,
                            (weir_line *)out + given, demand - given, &used);
        cutter->used += used;
    }
    cutter->lines += given;
    return (weir_poll){(uint32_t)given, WEIR_READY};
}

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

static const weir_stream_ops lines_ops = {.size = sizeof lines_ops,
                                          .name = "lines",
                                          .poll_next = lines_poll_next,
                                          .poll_skip = lines_poll_skip,
                                          .fini = lines_fini,
                                          .marks = WEIR_MARKS_PASS};

weir_stream *weir_lines(weir_reader *source, size_t line_bytes_max)
{
    weir_stream *stream =
        weir_stream_over(source, sizeof(struct lines), &lines_ops, &weir_type_line);
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_line_cutter *cutter = &lines_of(stream)->cutter;
    if (weir_line_cutter_init(cutter, stream, source, line_bytes_max))
        cutter->counts = true;
    return stream;
}
