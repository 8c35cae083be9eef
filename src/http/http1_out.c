/* What a connection of HTTP/1.x sends: heads, chunk lines and short bodies are gathered in a block,
 * which goes out before the connection waits for anything, or when it is full. */

#include <string.h>

#include "http/http1.h"
#include "weir/ready.h"

static void forget_tail(struct weir_http1 *self)
{
    weir_block_unref(self->tail);
    self->tail = NULL;
    self->tail_n = 0;
}

void weir_http1_forget(struct weir_http1 *self)
{
    forget_tail(self);
    weir_block_unref(self->out);
    self->out = NULL;
    self->out_n = self->out_sent = self->out_whole = 0;
}

void weir_http1_take_back(struct weir_http1 *self)
{
    forget_tail(self);
    self->out_n = self->out_sent < self->out_whole ? self->out_whole : self->out_sent;
}

uint64_t weir_http1_gone(const struct weir_http1 *self)
{
    return self->io.writer->stage.n - weir_unsent(self->io.writer);
}

size_t weir_http1_free(const struct weir_http1 *self)
{
    size_t room = self->out ? self->out->size - WEIR_HTTP1_SWITCH_BYTES : WEIR_HTTP1_OUT_BYTES;
    return room > self->out_n ? room - self->out_n : 0;
}

void weir_http1_expect_little(struct weir_http1 *self)
{
    if (!self->out)
        self->out = weir_block_new(0, WEIR_HTTP1_LITTLE_BYTES + WEIR_HTTP1_SWITCH_BYTES);
}

static weir_poll http1_out_lose(struct weir_http1 *self, weir_poll got)
{
    if (got.state == WEIR_ERROR) {
        self->broken = true;
        weir_http1_forget(self);
    }
    return got;
}

/* Little is copied there; much is kept by a reference to the block. */
static weir_poll hand_on(struct weir_http1 *self, weir_cx *cx)
{
    const unsigned char *bytes = self->out->data + self->out_sent;
    size_t n = self->out_n - self->out_sent;
    if (n < WEIR_HTTP1_LARGE_BYTES)
        return weir_poll_write(self->io.writer, cx, bytes, n);
    return weir_poll_give(self->io.writer, cx, self->out, bytes, n);
}

static weir_poll send_tail(struct weir_http1 *self, weir_cx *cx)
{
    while (self->tail_n) {
        weir_poll got =
            weir_poll_give(self->io.writer, cx, self->tail, self->tail_at, self->tail_n);
        if (got.state != WEIR_READY)
            return got;
        self->tail_at += got.n;
        self->tail_n -= got.n;
    }
    forget_tail(self);
    return (weir_poll){0, WEIR_READY};
}

weir_poll weir_http1_send(struct weir_http1 *self, weir_cx *cx)
{
    while (self->out_sent < self->out_n) {
        weir_poll got = hand_on(self, cx);
        if (got.state != WEIR_READY)
            return http1_out_lose(self, got);
        self->out_sent += got.n;
    }
    weir_poll got =
        self->tail ? http1_out_lose(self, send_tail(self, cx)) : (weir_poll){0, WEIR_READY};
    if (got.state != WEIR_READY)
        return got;
    if (self->out && !weir_block_is_unshared(self->out))
        weir_http1_forget(self);
    self->out_n = self->out_sent = self->out_whole = 0;
    return got;
}

weir_poll weir_http1_room(struct weir_http1 *self, weir_cx *cx, size_t n, char **to)
{
    if (n > weir_http1_free(self) || self->tail) {
        weir_poll got = weir_http1_send(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    if (self->out && n > weir_http1_free(self))
        weir_http1_forget(self);
    if (!self->out)
        self->out = weir_block_new(0, WEIR_HTTP1_OUT_BYTES + WEIR_HTTP1_SWITCH_BYTES);
    if (!self->out)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory to answer (%d bytes)", WEIR_HTTP1_OUT_BYTES);
    *to = (char *)self->out->data + self->out_n;
    return (weir_poll){0, WEIR_READY};
}

void weir_http1_put(struct weir_http1 *self, size_t n)
{
    self->out_n += (uint32_t)n;
}

void weir_http1_put_tail(struct weir_http1 *self, weir_block *block, const void *bytes, size_t n)
{
    self->tail = weir_block_ref(block);
    self->tail_at = bytes;
    self->tail_n = n;
}

weir_poll weir_http1_pass(struct weir_http1 *self, weir_cx *cx, weir_block *block,
                          const void *bytes, size_t n)
{
    weir_poll got = weir_http1_send(self, cx);
    if (got.state != WEIR_READY)
        return got;
    return http1_out_lose(self, weir_poll_give(self->io.writer, cx, block, bytes, n));
}

bool weir_http1_send_rest(struct weir_http1 *self)
{
    while (self->out_sent < self->out_n) {
        int64_t n = weir_try_write(self->io.writer, self->out->data + self->out_sent,
                                   self->out_n - self->out_sent);
        if (n <= 0)
            return false;
        self->out_sent += (uint32_t)n;
    }
    return !self->tail;
}
