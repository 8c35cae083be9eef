/* How a TLS connection waits for its transport. Each direction has a waker of its own, with which
 * either half polls it, and which wakes every half that waits there. */

#ifdef WEIR_HAVE_OPENSSL
#include "net/tls.h"
#include "weir/alloc.h"
#include "weir/ready.h"

/* ---- the wakers ---- */

static void side_wake(weir_waker *waker)
{
    struct weir_tls_side *side = WEIR_CONTAINER(waker, struct weir_tls_side, waker);
    weir_waker_cell_wake(&side->halves[WEIR_TLS_READER]);
    weir_waker_cell_wake(&side->halves[WEIR_TLS_WRITER]);
}

static void side_release(weir_waker *waker)
{
    weir_tls_let_go(WEIR_CONTAINER(waker, struct weir_tls_side, waker)->tls);
}

static const weir_waker_ops side_ops = {sizeof side_ops, side_wake, side_release};

void weir_tls_sides_init(struct weir_tls *self)
{
    weir_waker_init(&self->in.waker, &side_ops);
    weir_waker_init(&self->room.waker, &side_ops);
    self->in.tls = self->room.tls = self;
}

void weir_tls_let_go(struct weir_tls *self)
{
    if (!__atomic_sub_fetch(&self->holders, 1, __ATOMIC_ACQ_REL))
        weir_release(self, self->bytes);
}

void weir_tls_tell(struct weir_tls *self)
{
    side_wake(&self->in.waker);
    side_wake(&self->room.waker);
}

/* Before the transport is polled by a half: it is told what comes in between, too. */
static weir_waker *tls_transport_listen(struct weir_tls_side *side, weir_cx *cx,
                                        enum weir_tls_half half)
{
    weir_waker *own = cx->waker;
    weir_waker_cell_store(&side->halves[half], own);
    cx->waker = &side->waker;
    return own;
}

static weir_poll heard(struct weir_tls_side *side, weir_cx *cx, enum weir_tls_half half,
                       weir_waker *own, weir_poll got)
{
    cx->waker = own;
    if (got.state != WEIR_PENDING)
        weir_waker_cell_clear(&side->halves[half]);
    return got;
}

/* ---- what goes out ---- */

static void forget_out(struct weir_tls *self)
{
    weir_block_unref(self->out);
    self->out = NULL;
    self->out_begin = self->out_end = 0;
    self->writing = false;
}

/* The transport takes nothing any more. The reader goes on: the other side may have said why. */
static weir_poll tls_transport_lose(struct weir_tls *self, weir_cx *cx)
{
    self->deaf = true;
    self->urgent = false;
    self->unsent = weir_allocate(sizeof *self->unsent);
    if (self->unsent)
        *self->unsent = cx->error;
    forget_out(self);
    weir_tls_tell(self);
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll deaf(const struct weir_tls *self, weir_cx *cx)
{
    return weir_tls_repeat(self->unsent, cx, "the connection was given up by the other side");
}

static weir_poll tls_transport_give(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half)
{
    weir_waker *own = tls_transport_listen(&self->room, cx, half);
    weir_poll got =
        weir_poll_give(self->transport.writer, cx, self->out, self->out->data + self->out_begin,
                       self->out_end - self->out_begin);
    return heard(&self->room, cx, half, own, got);
}

weir_poll weir_tls_push(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half)
{
    if (WEIR_UNLIKELY(self->deaf))
        return deaf(self, cx);
    for (bool begun = false; self->out_begin < self->out_end; begun = true) {
        if (begun && !weir_spend(cx))
            return weir_wait_turn(cx);
        weir_poll got = tls_transport_give(self, cx, half);
        if (got.state == WEIR_ERROR)
            return tls_transport_lose(self, cx);
        if (got.state != WEIR_READY)
            return got;
        self->out_begin += got.n;
    }
    if (self->out)
        forget_out(self);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll tls_transport_call(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half,
                                    weir_poll (*own)(weir_writer *writer, weir_cx *cx))
{
    weir_poll got = weir_tls_push(self, cx, half);
    if (got.state != WEIR_READY)
        return got;
    weir_waker *waker = tls_transport_listen(&self->room, cx, half);
    got = heard(&self->room, cx, half, waker, own(self->transport.writer, cx));
    return got.state == WEIR_ERROR ? tls_transport_lose(self, cx) : got;
}

weir_poll weir_tls_flush(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half)
{
    weir_poll got = tls_transport_call(self, cx, half, weir_poll_flush);
    self->urgent &= got.state != WEIR_READY;
    return got;
}

weir_poll weir_tls_room(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half)
{
    return tls_transport_call(self, cx, half, weir_poll_room);
}

weir_poll weir_tls_close(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half)
{
    weir_poll got = tls_transport_call(self, cx, half, weir_poll_close);
    self->closed = got.state == WEIR_END;
    self->urgent &= !self->closed;
    return got;
}

/* ---- what comes in ---- */

/* Without close_notify: only a source that was told to end may. */
static weir_poll tls_transport_cut(struct weir_tls *self, weir_cx *cx)
{
    weir_reader *reader = self->transport.reader;
    if (weir_stage_was_cut(&reader->stage) && self->shaken) {
        cx->cut = true;
        return (weir_poll){0, WEIR_END};
    }
    if (weir_stage_was_cut(&reader->stage))
        weir_fail_at(cx, reader, WEIR_E_STOPPED, "told to stop in the middle of a TLS handshake");
    else if (self->deaf && !self->shaken)
        deaf(self, cx);
    else if (!self->shaken)
        weir_fail_at(cx, reader, WEIR_E_TRUNCATED,
                     "the connection ended in the middle of the TLS handshake%s%s",
                     *self->host ? " with " : "", self->host);
    else
        weir_fail_at(cx, reader, WEIR_E_TRUNCATED,
                     "the connection ended without close_notify: more may have been sent");
    weir_tls_failed(self, cx);
    return (weir_poll){0, WEIR_ERROR};
}

/* What is on its way out goes on; a transport that refuses it is told only where nothing comes in:
 * there may stand why. */
static void send_first(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half)
{
    if (self->deaf || self->closed || !self->transport.writer)
        return;
    if (self->urgent)
        weir_tls_flush(self, cx, half);
    else if (self->out_begin < self->out_end)
        weir_tls_push(self, cx, half);
}

weir_poll weir_tls_fill(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half)
{
    if (!self->transport.reader)
        return weir_fail(cx, WEIR_E_CLOSED, "the connection's reader was dropped");
    send_first(self, cx, half);
    weir_waker *own = tls_transport_listen(&self->in, cx, half);
    weir_poll got = weir_poll_fill(self->transport.reader, cx, 1);
    heard(&self->in, cx, half, own, got);
    if (got.state == WEIR_END)
        return tls_transport_cut(self, cx);
    if (got.state == WEIR_PENDING && self->deaf && !self->shaken)
        deaf(self, cx);
    else if (got.state != WEIR_ERROR)
        return got;
    weir_tls_failed(self, cx);
    return (weir_poll){0, WEIR_ERROR};
}

weir_poll weir_tls_hup(struct weir_tls *self, weir_cx *cx, enum weir_tls_half half)
{
    if (self->over || self->failed || !self->transport.reader)
        return (weir_poll){0, WEIR_READY};
    weir_waker *own = tls_transport_listen(&self->in, cx, half);
    return heard(&self->in, cx, half, own, weir_poll_hup(self->transport.reader, cx));
}

/* ---- leaving ---- */

/* Closed, or given up: the other side must not take what was cut for whole. */
static void leave_writer(struct weir_tls *self)
{
    weir_writer *writer = self->transport.writer;
    self->transport.writer = NULL;
    forget_out(self);
    weir_writer_give_up(writer);
}

void weir_tls_leave(struct weir_tls *self)
{
    bool done = self->shaken || self->failed || (self->gone[0] && self->gone[1]);
    bool sent = self->gone[WEIR_TLS_READER] || self->failed ||
                (!self->urgent && self->out_begin == self->out_end);
    if (self->gone[WEIR_TLS_WRITER] && done && sent && self->transport.writer)
        leave_writer(self);
    if (self->gone[WEIR_TLS_READER] && done && self->transport.reader) {
        weir_drop(self->transport.reader);
        self->transport.reader = NULL;
    }
}
#endif
