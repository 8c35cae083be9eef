/* page_lines: what one who looks at the page is told, at ticks. Nothing is asked for while the
 * connection takes nothing, so the feed keeps what it keeps. */

#include "inspect/page.h"

#include <string.h>

#include "core/stage.h"
#include "weir/alloc.h"
#include "weir/implement.h"
#include "weir/sse.h"

struct page_lines {
    weir_stream stream;
    const struct weir_page_feed *feed;
    weir_timer timer; /* of the next tick */
    void *one;        /* NULL: it was told all */
    bool ended;
    char *text;
    size_t at, n;
};

static struct page_lines *page_lines_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct page_lines, stream);
}

static void close_feed(struct page_lines *self)
{
    if (self->one)
        self->feed->drop(self->one);
    self->one = NULL;
}

static void page_lines_refill(struct page_lines *self)
{
    self->at = 0;
    self->n = self->feed->take(self->one, self->text, WEIR_PAGE_LINES_BYTES);
}

static void page_lines_tick(struct page_lines *self, uint64_t now_ns)
{
    bool more = self->feed->tick(self->one, now_ns);
    weir_timer_set(&self->timer, weir_after_ns(now_ns, WEIR_PAGE_TICK_MS * 1000000ull));
    page_lines_refill(self);
    if (!more && !self->n)
        close_feed(self);
}

/* READY: there are lines. */
static weir_poll wait_for_lines(struct page_lines *self, weir_cx *cx)
{
    while (self->at == self->n) {
        if (!self->one)
            return (weir_poll){0, WEIR_END};
        if (cx->stopping && !self->ended) {
            self->ended = true; /* in words: an end that is cut would leave nothing of them */
            self->feed->end(self->one);
        }
        page_lines_refill(self);
        if (self->n)
            break;
        if (self->ended) {
            close_feed(self);
            continue;
        }
        weir_poll got = weir_timer_poll(cx, &self->timer);
        if (got.state != WEIR_READY)
            return got;
        page_lines_tick(self, weir_clock_now_ns(cx));
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_sse_event next_event(struct page_lines *self)
{
    const char *line = self->text + self->at;
    const char *newline = memchr(line, '\n', self->n - self->at);
    size_t n = newline ? (size_t)(newline - line) : self->n - self->at;
    self->at += n + (newline != NULL);
    return (weir_sse_event){.data = {line, n}, .retry_ms = -1};
}

static weir_poll page_lines_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct page_lines *self = page_lines_of(stream);
    weir_sse_event *events = out;
    if (!weir_clock_is_there(cx, "page_lines"))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = wait_for_lines(self, cx);
    if (got.state != WEIR_READY)
        return got;
    for (got.n = 0; got.n < demand && self->at < self->n; got.n++)
        events[got.n] = next_event(self);
    return got;
}

static void page_lines_fini(weir_stream *stream)
{
    struct page_lines *self = page_lines_of(stream);
    weir_timer_stop(&self->timer);
    close_feed(self);
    weir_release(self->text, WEIR_PAGE_LINES_BYTES);
}

static size_t lines_memory_max(const weir_stream *stream)
{
    (void)stream;
    return WEIR_PAGE_LINES_BYTES;
}

static const weir_stream_ops page_lines_ops = {.size = sizeof page_lines_ops,
                                               .name = "page_lines",
                                               .poll_next = page_lines_poll_next,
                                               .fini = page_lines_fini,
                                               .memory_max = lines_memory_max};

weir_stream *weir_page_lines(const struct weir_page_feed *feed, void *one)
{
    weir_stream *stream =
        weir_source_new(sizeof(struct page_lines), &page_lines_ops, &weir_type_sse_event);
    if (weir_stage_failed(&stream->stage)) {
        feed->drop(one);
        return stream;
    }
    struct page_lines *self = page_lines_of(stream);
    self->feed = feed;
    self->one = one;
    self->text = weir_allocate(WEIR_PAGE_LINES_BYTES);
    if (self->text)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                              "no memory for the lines of a page", NULL, NULL, 0);
}
