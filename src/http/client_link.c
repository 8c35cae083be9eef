/* A connection of a client: dialled, with TLS over it where it is wanted, and its end. */

#include <string.h>

#include "http/client_h2.h"
#include "weir/alloc.h"
#include "weir/net.h"

/* ---- making ---- */

static void link_wake(weir_waker *waker)
{
    struct weir_http_link *self = WEIR_CONTAINER(waker, struct weir_http_link, waker);
    if (self->idle.fired)
        weir_http_link_expire(self);
}

static void link_release(weir_waker *waker)
{
    struct weir_http_link *self = WEIR_CONTAINER(waker, struct weir_http_link, waker);
    weir_release(self, sizeof *self);
}

static const weir_waker_ops link_waker_ops = {sizeof link_waker_ops, link_wake, link_release};

static weir_duplex client_link_dial(const struct weir_url *url, const struct weir_http_way *way)
{
    if (way->dial)
        return way->dial(url->dialled, way->arg);
    weir_dial_options how = {.size = sizeof how, .timeout_ns = way->connect_ns};
    return weir_dial(url->dialled, &how);
}

struct weir_http_link *weir_http_link_new(const struct weir_url *url,
                                          const struct weir_http_way *way)
{
    struct weir_http_link *self = weir_allocate(sizeof *self);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    weir_waker_init(&self->waker, &link_waker_ops);
    self->io = client_link_dial(url, way);
    if (url->secure)
        self->io = weir_tls(self->io, way->tls,
                            &(weir_tls_how){.size = sizeof(weir_tls_how), .host = url->host});
    return self;
}

/* TLS stands over the transport as over an input. */
const char *weir_http_link_peer(const struct weir_http_link *self)
{
    const weir_stage *below = weir_stage_input(&self->io.reader->stage, 0);
    bool over = below && below->vt->kind == WEIR_KIND_READER;
    return weir_peer_address(over ? WEIR_CONTAINER(below, weir_reader, stage) : self->io.reader);
}

/* ---- the end ---- */

void weir_http_link_free(struct weir_http_link *self)
{
    weir_timer_stop(&self->idle);
    weir_waker_unref(&self->waker);
}

/* What it says of itself is not what the caller is telling. */
static void try_to_close(weir_writer *writer, weir_cx *cx)
{
    weir_error error = cx->error;
    weir_wait_for what = cx->wait_for;
    const weir_stage *waiting = cx->waiting;
    if (!writer->stage.ending && !weir_stage_failed(&writer->stage))
        weir_ignore(weir_poll_close(writer, cx));
    cx->error = error;
    cx->wait_for = what;
    cx->waiting = waiting;
}

void weir_http_link_close(struct weir_http_link *self, weir_cx *cx)
{
    if (self->h2)
        weir_http2c_end(self);
    if (cx)
        try_to_close(self->io.writer, cx);
    weir_duplex_drop(self->io);
    weir_http_link_free(self);
}

void weir_http_link_abort(struct weir_http_link *self)
{
    if (self->h2)
        weir_http2c_end(self);
    weir_duplex_abort(self->io);
    weir_http_link_free(self);
}

/* ---- of a reply ---- */

/* Of HTTP/2: a stream of it alone. True: the connection is as good as it was. */
static bool leave_stream(weir_reply *self)
{
    return weir_http2c_leave(self) && self->link->h2 && weir_http2c_is_open(self->link);
}

void weir_http_give_up_link(weir_reply *self)
{
    if (self->stream)
        weir_http2c_leave(self);
    if (self->seat.shared) {
        self->seat.link = self->link;
        self->link = NULL;
    }
    if (self->link)
        weir_http_link_abort(self->link);
    self->link = NULL;
    weir_http_seat_leave(&self->seat);
}

/* What came behind the answer, and nobody asked for, is a reason not to trust the next one. */
void weir_http_settle_link(weir_reply *self, weir_cx *cx)
{
    struct weir_http_link *link = self->link;
    if (!link)
        return;
    const weir_reader *reader = link->io.reader;
    bool quiet = reader->begin == reader->end && !reader->stage.done;
    if (self->stream)
        self->keep &= leave_stream(self);
    self->link = NULL;
    if (self->keep && quiet && self->send.done) {
        link->used = true;
        weir_http_seat_return(&self->seat, cx, link);
        return;
    }
    weir_http_sending_stop(&self->send); /* what is left of the request goes nowhere */
    if (self->seat.shared)
        self->seat.link = link;
    else
        weir_http_link_close(link, cx);
    weir_http_seat_leave(&self->seat);
}
