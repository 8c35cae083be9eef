/* lines_matching: the lines that hold a pattern. The block is searched, and only where the pattern
 * stands a line is bounded. Since lines are not counted, errors tell the byte and no record. */

#include <string.h>

#include "codec/line_cutter.h"
#include "codec/substring.h"
#include "weir/codec.h"
#include "weir/fn.h"

struct matching {
    weir_stream stream;
    weir_line_cutter cutter;
    weir_substring pattern;
    bool never; /* no line can hold it; the lines are looked at for the limit all the same */
};

static struct matching *matching_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct matching, stream);
}

/* Where the line ends that goes on at `at`: at its newline, or at n when it has none. */
static size_t lines_matching_line_end(const struct matching *self, const unsigned char *bytes,
                                      size_t n, size_t at)
{
    return at + self->cutter.newline->find(bytes + at, n - at);
}

/* The next place in [from, n) where a line holds the pattern; n: none. *end: of that line. The
 * '\r' before a newline is no part of the line, so it cannot be part of the pattern. */
static size_t next_hit(const struct matching *self, const unsigned char *bytes, size_t n,
                       size_t from, size_t *end)
{
    if (self->never)
        return n;
    while (from < n) {
        size_t hit = from + self->pattern.find(&self->pattern, bytes + from, n - from);
        if (hit == n)
            break;
        *end = lines_matching_line_end(self, bytes, n, hit + self->pattern.n);
        size_t whole = *end < n ? weir_line_end(bytes, from, *end) : *end;
        if (hit + self->pattern.n <= whole)
            return hit;
        from = *end + 1;
    }
    return n;
}

/* One run: gives up to demand lines (out NULL: only counts them) and says how much was used. */
static size_t match_run(struct matching *self, const unsigned char *bytes, size_t n, weir_line *out,
                        size_t demand)
{
    size_t given = 0;
    size_t from = 0;
    while (given < demand) {
        size_t end;
        size_t hit = next_hit(self, bytes, n, from, &end);
        if (hit == n) {
            from = n;
            break;
        }
        if (out) {
            size_t begin = from + self->cutter.newline->last(bytes + from, hit - from);
            size_t whole = end < n ? weir_line_end(bytes, begin, end) : end;
            out[given] = (weir_line){(const char *)bytes + begin, whole - begin};
        }
        given++;
        from = end < n ? end + 1 : n;
    }
    self->cutter.used = from;
    return given;
}

static weir_poll match(weir_stream *stream, weir_cx *cx, weir_line *out, size_t demand)
{
    struct matching *self = matching_of(stream);
    const unsigned char *bytes;
    size_t n;
    weir_poll got = weir_line_cutter_poll(&self->cutter, cx, &bytes, &n);
    if (got.state != WEIR_READY)
        return got;
    return (weir_poll){(uint32_t)match_run(self, bytes, n, out, demand), WEIR_READY};
}

static weir_poll matching_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return match(stream, cx, out, demand);
}

static weir_poll matching_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    return match(stream, cx, NULL, demand);
}

static void matching_fini(weir_stream *stream)
{
    weir_line_cutter_fini(&matching_of(stream)->cutter);
}

static bool matching_rejected(const weir_stream *stream, weir_line *out)
{
    return weir_line_cutter_rejected(&matching_of(stream)->cutter, out);
}

static const weir_stream_ops matching_ops = {.size = sizeof matching_ops,
                                             .name = "lines_matching",
                                             .poll_next = matching_poll_next,
                                             .poll_skip = matching_poll_skip,
                                             .fini = matching_fini,
                                             .marks = WEIR_MARKS_PASS,
                                             .rejected = matching_rejected};

static bool keep_pattern(struct matching *self, const void *pattern, size_t n)
{
    unsigned char *copy = weir_arena_take(self->stream.stage.arena, n, 1);
    if (!copy)
        return false;
    memcpy(copy, pattern, n);
    weir_substring_init(&self->pattern, copy, n, weir_cpu_level());
    return true;
}

weir_stream *weir_lines_matching(weir_reader *source, size_t line_bytes_max, const void *pattern,
                                 size_t n)
{
    if (!n)
        return weir_lines(source, line_bytes_max);
    weir_stream *stream =
        weir_stream_over(source, sizeof(struct matching), &matching_ops, &weir_type_line);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct matching *self = matching_of(stream);
    if (!weir_line_cutter_init(&self->cutter, stream, source, line_bytes_max))
        return stream;
    self->never = n > line_bytes_max || self->cutter.newline->find(pattern, n) < n;
    if (!self->never && !keep_pattern(self, pattern, n))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for a pattern of %zu bytes", NULL, NULL, n);
    return stream;
}
