/* The line cutter. The limit is kept exactly without looking at each line: from the beginning of a
 * line the last newline within the limit is looked for, backward; all lines up to there keep it. */

#include "codec/line_cutter.h"

#include "weir/fn.h"

static size_t line_cutter_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* How many of the n bytes are whole lines of at most max bytes. Short of them by a line that is
 * exactly max bytes and "\r\n", which the caller looks at on its own. */
static size_t whole_lines(const weir_line_cutter *self, const unsigned char *bytes, size_t n)
{
    size_t at = 0;
    for (;;) {
        size_t look = line_cutter_least(n - at, self->line_bytes_max + 1);
        size_t step = self->newline->last(bytes + at, look);
        at += step;
        if (!step || at + look - step == n)
            return at;
    }
}

/* What stands at the beginning of the bytes in hand. */
enum head { HEAD_LINE, HEAD_PART, HEAD_TOO_LONG };

static enum head line_cutter_look_at_head(weir_line_cutter *self, const unsigned char *bytes,
                                          size_t n)
{
    size_t max = self->line_bytes_max;
    size_t look = line_cutter_least(n, max + 2); /* a line, "\r\n" */
    size_t from = self->searched;
    size_t end = from + self->newline->find(bytes + from, look - from);
    bool over = end > max && !(end == max + 1 && bytes[max] == '\r');
    if (over)
        return HEAD_TOO_LONG;
    if (end == look) {
        self->searched = end;
        return HEAD_PART;
    }
    self->run = end + 1;
    return HEAD_LINE;
}

static weir_poll refuse_line(weir_line_cutter *self, weir_cx *cx)
{
    self->discarding = self->refused = true;
    self->searched = 0;
    weir_fail(cx, WEIR_E_LIMIT, "a line is longer than line_bytes_max = %zu bytes",
              self->line_bytes_max);
    cx->error.fatal = false;
    cx->error.cure = "a larger limit, if such lines are meant to be there";
    cx->error.byte = self->source->offset;
    if (self->counts)
        cx->error.record = ++self->lines;
    weir_reader_place(self->source, &cx->error);
    return (weir_poll){0, WEIR_ERROR};
}

/* Drops what is in hand of a refused line, a run at a time. */
static void line_cutter_discard(weir_line_cutter *self, const unsigned char *bytes, size_t n)
{
    n = line_cutter_least(n, WEIR_LINE_RUN_BYTES);
    size_t end = self->newline->find(bytes, n);
    self->discarding = end == n;
    weir_consume(self->source, self->discarding ? n : end + 1);
}

static weir_poll line_cutter_fill(weir_line_cutter *self, weir_cx *cx, size_t n)
{
    weir_poll got = weir_poll_fill(self->source, cx, n + 1);
    if (got.state != WEIR_END || !n)
        return got;
    if (n > self->line_bytes_max)
        return refuse_line(self, cx);
    self->run = n;
    return (weir_poll){0, WEIR_READY};
}

/* Finds the next run in what is in hand, or gets more. {READY} without a run: go on. */
static weir_poll find_run(weir_line_cutter *self, weir_cx *cx)
{
    size_t n;
    const unsigned char *bytes = weir_peek(self->source, &n);
    if (self->discarding && n) {
        line_cutter_discard(self, bytes, n);
        return (weir_poll){0, WEIR_READY};
    }
    if (!self->searched)
        self->run = whole_lines(self, bytes, line_cutter_least(n, WEIR_LINE_RUN_BYTES));
    if (self->run)
        return (weir_poll){0, WEIR_READY};
    switch (line_cutter_look_at_head(self, bytes, n)) {
    case HEAD_LINE:
        return (weir_poll){0, WEIR_READY};
    case HEAD_TOO_LONG:
        return refuse_line(self, cx);
    default:
        return line_cutter_fill(self, cx, n);
    }
}

weir_poll weir_line_cutter_poll(weir_line_cutter *self, weir_cx *cx, const unsigned char **bytes,
                                size_t *n)
{
    weir_consume(self->source, self->used);
    self->run -= self->used;
    self->used = 0;
    self->refused = false;
    while (!self->run) {
        weir_poll got = find_run(self, cx);
        if (got.state != WEIR_READY)
            return (weir_poll){0, got.state};
        if (!self->run && !weir_spend(cx))
            return weir_wait_turn(cx);
    }
    self->searched = 0;
    size_t in_hand;
    *bytes = weir_peek(self->source, &in_hand);
    *n = self->run;
    return (weir_poll){0, WEIR_READY};
}

bool weir_line_cutter_rejected(const weir_line_cutter *self, weir_line *out)
{
    size_t n;
    const unsigned char *bytes = weir_peek(self->source, &n);
    if (self->refused)
        *out = (weir_line){(const char *)bytes, line_cutter_least(n, self->line_bytes_max)};
    return self->refused;
}

bool weir_line_cutter_init(weir_line_cutter *self, weir_stream *stream, weir_reader *source,
                           size_t line_bytes_max)
{
    weir_stage *stage = &stream->stage;
    self->source = source;
    self->newline = weir_newline_at(weir_cpu_level());
    self->line_bytes_max = line_bytes_max;
    if (!line_bytes_max || line_bytes_max > WEIR_MIN_MAX)
        weir_stream_refuse(stage, WEIR_E_ARGUMENT, "a limit from 1 to WEIR_MIN_MAX bytes",
                           "%s: the limit 'line_bytes_max' is %zu bytes", weir_stage_name(stage),
                           NULL, line_bytes_max);
    else if (!weir_reader_reserve(source, line_bytes_max + 2))
        weir_stream_refuse(stage, WEIR_E_MEMORY, "a smaller limit",
                           "%s: no room for a line of %zu bytes", weir_stage_name(stage), NULL,
                           line_bytes_max);
    return !weir_stage_failed(stage);
}
