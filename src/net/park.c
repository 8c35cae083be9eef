/* Parking: between two requests a connection is a descriptor and an operation that waits for it. */

#include "net/park.h"

#include <poll.h>

#include "bytes/below.h"
#include "net/peers.h"
#include "net/socket_move.h"
#include "weir/alloc.h"
#include "weir/implement.h"

struct weir_parked {
    weir_op op;
    struct weir_park *park;     /* NULL: nobody wants it any more */
    struct weir_socket *socket; /* that still sends; NULL: it is gone */
    weir_driver *driver;
    struct weir_parked *next, *previous;
    uint64_t since_ns;
    struct weir_peer peer;
    bool woken;
    bool over;    /* nothing more comes: it is closed when all is sent */
    bool resumed; /* something came of it before */
};

/* ---- who is in it ---- */

static struct weir_parked_list *list_of(const struct weir_parked *self)
{
    return self->woken ? &self->park->woken : &self->park->waiting;
}

static void park_add(struct weir_park *park, struct weir_parked *self)
{
    self->park = park;
    struct weir_parked_list *list = list_of(self);
    self->next = NULL;
    self->previous = list->last;
    *(list->last ? &list->last->next : &list->first) = self;
    list->last = self;
    park->n++;
}

static void park_leave(struct weir_parked *self)
{
    struct weir_parked_list *list = list_of(self);
    *(self->previous ? &self->previous->next : &list->first) = self->next;
    *(self->next ? &self->next->previous : &list->last) = self->previous;
    self->park->n--;
    self->park = NULL;
}

static void free_parked(struct weir_parked *self)
{
    if (self->driver)
        weir_driver_let_go(self->driver);
    weir_release(self, sizeof *self);
}

static void close_parked(struct weir_parked *self)
{
    weir_driver_close(self->driver, self->op.fd);
    weir_peers_leave(self->peer.count);
    free_parked(self);
}

/* ---- waiting ---- */

static void poll_done(weir_op *op, weir_got got)
{
    struct weir_parked *self = WEIR_CONTAINER(op, struct weir_parked, op);
    struct weir_park *park = self->park;
    (void)got; /* an error is seen by who reads */
    if (!park) {
        close_parked(self);
        return;
    }
    park_leave(self);
    self->woken = true;
    park_add(park, self);
    weir_waker_slot_wake(&park->waiter);
}

bool weir_parked_begin(struct weir_parked *self)
{
    struct weir_socket *socket = self->socket;
    struct weir_park *park = self->park;
    bool well = !socket->broken && !socket->reset && !socket->driver->gone;
    self->socket = NULL;
    if (!well || self->over || park->ending) {
        park_leave(self);
        free_parked(self);
        weir_waker_slot_wake(&park->waiter);
        return false;
    }
    self->driver = socket->driver;
    self->peer = socket->peer;
    weir_driver_hold(self->driver);
    self->op = (weir_op){
        .done = poll_done, .fd = socket->fd, .kind = WEIR_OP_POLL, .events = POLLIN | POLLRDHUP};
    weir_op_start(self->driver, &self->op); /* may be done before it returns */
    return true;
}

/* ---- in ---- */

static size_t park_in_hand(const weir_reader *reader)
{
    return reader->end - reader->begin;
}

/* The connection that a reader passes on as it stands; NULL: there is none, or it has bytes that
 * nobody consumed. */
static struct weir_socket *park_below(const weir_reader *reader)
{
    struct weir_socket *socket;
    if (park_in_hand(reader))
        return NULL;
    while (!(socket = weir_socket_of_reader(reader))) {
        const weir_stage *stage = reader->stage.source;
        if (!stage || stage->vt->kind != WEIR_KIND_READER)
            return NULL;
        const weir_reader *source = WEIR_CONTAINER(stage, weir_reader, stage);
        if (park_in_hand(source) != reader->offset - source->offset)
            return NULL;
        reader = source;
    }
    return socket;
}

static struct weir_socket *park_socket_of(weir_duplex near)
{
    const weir_reader_ops *ops = near.reader->ops;
    const void *half = WEIR_OPS_HAVE(ops, half_of) ? ops->half_of(near.reader) : NULL;
    bool one = half && half == weir_half_of(near.writer);
    struct weir_socket *socket = one ? park_below(near.reader) : NULL;
    return socket == half ? socket : NULL;
}

/* Nothing came that nobody has asked for, nothing is known to be wrong. */
static bool rests(const struct weir_socket *self)
{
    bool reads = self->came || self->recv.op.busy || self->given;
    return self->fd >= 0 && !self->driver->gone && !reads && !weir_socket_piped(self);
}

static bool is_lost(const struct weir_socket *self, const weir_writer *writer)
{
    return self->over < 0 || self->broken || self->shut || self->reset || writer->stage.ending;
}

bool weir_park_fits(weir_duplex near)
{
    const struct weir_socket *socket = park_socket_of(near);
    return socket && rests(socket);
}

bool weir_park_take(struct weir_park *self, weir_duplex near, uint64_t now_ns)
{
    struct weir_socket *socket = park_socket_of(near);
    if (!socket || !rests(socket))
        return false;
    bool lost = is_lost(socket, near.writer);
    struct weir_parked *parked = lost ? NULL : weir_allocate(sizeof *parked);
    if (!parked && !lost)
        return false;
    if (parked) {
        *parked = (struct weir_parked){.socket = socket,
                                       .since_ns = now_ns,
                                       .over = socket->over,
                                       .resumed = socket->resumed || near.reader->offset};
        park_add(self, parked);
        socket->parked = parked;
    }
    weir_duplex_drop(near);
    return true;
}

/* ---- out ---- */

bool weir_park_give(struct weir_park *self, weir_duplex *out)
{
    struct weir_parked *parked = self->woken.first;
    if (!parked)
        return false;
    park_leave(parked);
    *out = weir_socket_again(parked->driver, parked->op.fd, &parked->peer, parked->resumed);
    free_parked(parked);
    return true;
}

/* What it still sends is given up. */
static void park_drop(struct weir_parked *self)
{
    struct weir_socket *socket = self->socket;
    park_leave(self);
    if (self->op.busy) {
        weir_op_stop(self->driver, &self->op); /* closes, as soon as the kernel let it go */
    } else if (socket) {
        socket->parked = NULL;
        free_parked(self);
        weir_socket_give_up(socket);
    } else {
        close_parked(self);
    }
}

uint64_t weir_park_close(struct weir_park *self, uint64_t now_ns, uint64_t idle_ns)
{
    for (struct weir_parked *parked; (parked = self->waiting.first);) {
        uint64_t due_ns = weir_after_ns(parked->since_ns, idle_ns);
        if (due_ns > now_ns)
            return due_ns;
        park_drop(parked);
    }
    return UINT64_MAX;
}

void weir_park_end(struct weir_park *self)
{
    self->ending = true;
    for (struct weir_parked *parked = self->waiting.first, *next; parked; parked = next) {
        next = parked->next;
        if (!parked->socket)
            park_drop(parked);
    }
}

void weir_park_fini(struct weir_park *self)
{
    while (self->waiting.first)
        park_drop(self->waiting.first);
    while (self->woken.first)
        park_drop(self->woken.first);
    weir_waker_slot_clear(&self->waiter);
}
