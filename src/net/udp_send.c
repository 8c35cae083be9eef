/* send_to: nothing is queued. What the kernel does not take waits with its sender, which tries
 * again when it is woken. */

#include <errno.h>
#include <string.h>

#include "core/stage.h"
#include "net/udp.h"

/* Of a path whose receiver is full the kernel tells only those who are connected. */
enum { UDP_SEND_PAUSE_NS = 1000000 };

/* ---- who waits ---- */

static void udp_send_take_off(struct weir_udp_sender *sender)
{
    if (!sender->link)
        return;
    *sender->link = sender->next;
    if (sender->next)
        sender->next->link = sender->link;
    sender->link = NULL;
}

static void put_on(struct weir_udp_sender *sender, struct weir_udp_sender **list)
{
    if (sender->link)
        return;
    sender->next = *list;
    sender->link = list;
    if (*list)
        (*list)->link = &sender->next;
    *list = sender;
}

void weir_udp_sender_forget(struct weir_udp_sender *sender)
{
    udp_send_take_off(sender);
    weir_waker_slot_clear(&sender->waiter);
    weir_timer_stop(&sender->pause);
}

/* All try again: who is first is not promised. */
void weir_udp_out_done(weir_op *op, weir_got got)
{
    weir_udp_socket *self = WEIR_CONTAINER(op, weir_udp_socket, out);
    if (got.result < 0 && !weir_udp_is_nothing(got.result))
        self->out_error = got.result;
    for (struct weir_udp_sender *sender; (sender = self->senders);) {
        udp_send_take_off(sender);
        weir_waker_slot_wake(&sender->waiter);
    }
    weir_udp_let_go(self);
}

static weir_poll udp_send_wait(weir_udp_socket *self, weir_cx *cx, struct weir_udp_sender *sender)
{
    if (weir_io_stopping(cx) && !cx->draining)
        return weir_fail(cx, WEIR_E_STOPPED, "stopped before a datagram was sent");
    if (self->family == AF_UNIX && !self->options.peer) {
        weir_timer_set(&sender->pause, weir_after_ns(cx->now_ns, UDP_SEND_PAUSE_NS));
        weir_poll got = weir_timer_poll(cx, &sender->pause);
        return got.state == WEIR_READY ? weir_wait_turn(cx)
                                       : got; /* over already: nothing is sent */
    }
    if (!self->out.busy) {
        weir_udp_start(self, &self->out);
        if (!self->out.busy)
            return weir_wait_turn(cx); /* it is done: there is room by now */
    }
    put_on(sender, &self->senders);
    return weir_wait(cx, &sender->waiter, WEIR_WAIT_IO);
}

/* ---- sending ---- */

static int64_t udp_send_now(const weir_udp_socket *self, const weir_endpoint *to, const void *bytes,
                            size_t n)
{
    const weir_sys *sys = self->driver->sys;
    struct iovec part = {(void *)(uintptr_t)bytes, n};
    struct weir_address at;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    if (to) {
        weir_endpoint_fit(&at, to, self->family);
        message.msg_name = &at.at;
        message.msg_namelen = at.n;
    }
    int64_t sent;
    do
        sent = sys->sendmsg(sys, self->fd, &message, 0);
    while (sent == -EINTR);
    return sent;
}

static weir_poll fail_send(weir_udp_socket *self, weir_cx *cx, const weir_endpoint *to, int error,
                           size_t n)
{
    self->out_error = 0;
    if (error == -EMSGSIZE)
        weir_fail(cx, WEIR_E_LIMIT, "no datagram holds %zu bytes on its way there", n);
    else
        weir_udp_fail(self, cx, error, "send a datagram");
    if (error == -EDESTADDRREQ || error == -ENOTCONN)
        cx->error.cure = "an address, or options.peer";
    cx->error.number = -error;
    cx->error.fatal = false; /* the socket goes on */
    if (to)
        weir_format(cx->error.place, sizeof cx->error.place, "%s", WEIR_ENDPOINT_TEXT(to));
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll poll_send(weir_udp_socket *self, weir_cx *cx, struct weir_udp_sender *sender,
                           const weir_endpoint *to, const void *bytes, size_t n)
{
    weir_poll got = weir_udp_poll_open(self, cx);
    if (got.state != WEIR_READY)
        return got;
    weir_udp_sender_forget(sender);
    if (self->out_error)
        return fail_send(self, cx, to, self->out_error, n);
    int64_t sent = udp_send_now(self, to, bytes, n);
    if (sent >= 0)
        return (weir_poll){(uint32_t)n, WEIR_READY};
    return sent == -EAGAIN ? udp_send_wait(self, cx, sender)
                           : fail_send(self, cx, to, (int)sent, n);
}

weir_poll weir_poll_send_to(weir_udp_socket *socket, weir_cx *cx, const weir_endpoint *to,
                            const void *bytes, size_t n)
{
    return poll_send(socket, cx, socket ? &socket->polled : NULL, to, bytes, n);
}

/* ---- the future ---- */

struct send_to {
    weir_stream stream;
    weir_udp_socket *socket;
    struct weir_udp_sender sender;
    const void *bytes;
    size_t n;
    bool to_peer;
    weir_endpoint to;
};

static struct send_to *send_to_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct send_to, stream);
}

static weir_poll send_to_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct send_to *self = send_to_of(stream);
    (void)demand;
    weir_poll got = poll_send(self->socket, cx, &self->sender, self->to_peer ? NULL : &self->to,
                              self->bytes, self->n);
    if (got.state == WEIR_ERROR)
        cx->error.fatal = true; /* it is over, whatever becomes of the socket */
    if (got.state != WEIR_READY)
        return got;
    *(uint64_t *)out = self->n;
    return (weir_poll){1, WEIR_END};
}

static void send_to_fini(weir_stream *stream)
{
    struct send_to *self = send_to_of(stream);
    weir_udp_sender_forget(&self->sender);
    weir_udp_unref(self->socket);
}

static size_t send_to_memory_max(const weir_stream *stream)
{
    return send_to_of(stream)->socket->bytes;
}

static const weir_stream_ops send_to_ops = {.size = sizeof send_to_ops,
                                            .name = "send_to",
                                            .poll_next = send_to_poll_next,
                                            .fini = send_to_fini,
                                            .size_hint = weir_size_hint_one,
                                            .memory_max = send_to_memory_max};

weir_stream *weir_send_to(weir_udp_socket *socket, const weir_endpoint *to, const void *bytes,
                          size_t n)
{
    if (!socket)
        return weir_stream_refused(WEIR_E_MEMORY, NULL, "no memory for a socket", NULL, NULL, 0);
    weir_stream *stream = weir_source_new(sizeof(struct send_to), &send_to_ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct send_to *self = send_to_of(stream);
    self->socket = weir_udp_ref(socket);
    self->bytes = bytes;
    self->n = n;
    self->to_peer = !to;
    if (to)
        self->to = *to;
    stream->stage.one = true;
    return stream;
}
