/* udp, datagrams: the life of a socket, and what it receives. The operation that waits for
 * datagrams belongs to the socket and takes none itself, so a wait that is given up loses nothing.
 */

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>

#include "core/stage.h"
#include "net/udp.h"

/* ---- its life ---- */

static void in_done(weir_op *op, weir_got got)
{
    weir_udp_socket *self = WEIR_CONTAINER(op, weir_udp_socket, in);
    if (got.result < 0 && !weir_udp_is_nothing(got.result))
        self->in_error = got.result;
    weir_waker_slot_wake(&self->readable);
    weir_udp_let_go(self);
}

static size_t udp_text_bytes(const char *text)
{
    return text ? strlen(text) + 1 : 0;
}

static const char *keep_text(char **room, const char *text)
{
    size_t n = udp_text_bytes(text);
    char *copy = *room;
    *room += n;
    return text ? memcpy(copy, text, n) : NULL;
}

weir_udp_socket *weir_udp(const char *address, const weir_udp_options *given)
{
    weir_udp_options options = {0};
    weir_options_take(&options, sizeof options, given, sizeof options);
    size_t bytes = sizeof(weir_udp_socket) + udp_text_bytes(address) +
                   udp_text_bytes(options.peer) + udp_text_bytes(options.group);
    weir_udp_socket *self = weir_allocate(bytes);
    if (!self)
        return NULL;
    char *room = self->texts;
    *self = (weir_udp_socket){
        .users = 1,
        .holders = 1,
        .fd = -1,
        .in = {.done = in_done, .kind = WEIR_OP_POLL, .events = POLLIN},
        .out = {.done = weir_udp_out_done, .kind = WEIR_OP_POLL, .events = POLLOUT},
        .options = options,
        .bytes = (uint32_t)bytes};
    self->address = keep_text(&room, address);
    self->options.peer = keep_text(&room, options.peer);
    self->options.group = keep_text(&room, options.group);
    return self;
}

weir_udp_socket *weir_udp_ref(weir_udp_socket *self)
{
    if (self) {
        self->users++;
        self->holders++;
    }
    return self;
}

static void udp_remove_path(const weir_udp_socket *self)
{
    if (self->fd >= 0 && self->address && !self->options.keep_path)
        weir_local_remove(&self->path, self->driver->sys, weir_address_path(self->address));
}

void weir_udp_unref(weir_udp_socket *self)
{
    if (!self)
        return;
    if (!--self->users) {
        udp_remove_path(self);
        weir_udp_sender_forget(&self->polled);
        if (self->driver) {
            weir_op_stop(self->driver, &self->in);
            weir_op_stop(self->driver, &self->out);
        }
    }
    weir_udp_let_go(self);
}

void weir_udp_let_go(weir_udp_socket *self)
{
    if (--self->holders)
        return;
    if (self->fd >= 0)
        weir_driver_close(self->driver, self->fd);
    if (self->driver)
        weir_driver_let_go(self->driver);
    weir_release(self, self->bytes);
}

void weir_udp_start(weir_udp_socket *self, weir_op *op)
{
    self->holders++;
    weir_op_start(self->driver, op); /* may be done before it returns */
}

/* ---- errors ---- */

/* Of a descriptor that is none, or a socket that is another: nothing will ever come. */
static bool is_fatal(int error)
{
    return error == -EBADF || error == -ENOTSOCK || error == -EINVAL || error == -EFAULT;
}

weir_poll weir_udp_fail(const weir_udp_socket *self, weir_cx *cx, int error, const char *verb)
{
    const char *own = self->address ? self->address : ":0";
    weir_fail_system(cx, error, verb, self->options.peer ? self->options.peer : own, WEIR_NOWHERE);
    cx->error.fatal = is_fatal(error);
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- receiving ---- */

struct datagrams {
    weir_stream stream;
    weir_udp_socket *socket;
    weir_block *block; /* that the last items stand in */
};

static struct datagrams *datagrams_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct datagrams, stream);
}

static uint32_t bytes_max(const weir_udp_socket *self)
{
    return self->options.bytes_max ? self->options.bytes_max : WEIR_DATAGRAM_BYTES_MAX;
}

static void udp_release_block(struct datagrams *self)
{
    weir_block_unref(self->block);
    self->block = NULL;
}

/* 0, or a negative errno. */
static int receive_one(const weir_udp_socket *self, unsigned char *into, weir_datagram *out)
{
    const weir_sys *sys = self->driver->sys;
    struct iovec part = {into, bytes_max(self)};
    weir_endpoint from = {.n = 0};
    struct msghdr message;
    int64_t n;
    do {
        message = (struct msghdr){
            .msg_name = from.at, .msg_namelen = sizeof from.at, .msg_iov = &part, .msg_iovlen = 1};
        n = sys->recvmsg(sys, self->fd, &message, 0);
    } while (n == -EINTR);
    if (n < 0)
        return (int)n;
    weir_endpoint_settle(&from, message.msg_namelen);
    *out = (weir_datagram){.data = (const char *)into,
                           .n = (size_t)n,
                           .from = from,
                           .truncated = message.msg_flags & MSG_TRUNC};
    return 0;
}

/* As many as are there, are asked for, and surely fit. */
static size_t udp_receive(const struct datagrams *self, weir_datagram *out, size_t demand,
                          int *error)
{
    const weir_block *block = self->block;
    size_t at = block->head, n = 0, each = bytes_max(self->socket);
    *error = 0;
    while (n < demand && block->size - at >= each) {
        *error = receive_one(self->socket, block->data + at, &out[n]);
        if (*error)
            break;
        at += out[n++].n;
    }
    return n;
}

static weir_poll fail_receive(weir_udp_socket *socket, weir_cx *cx, int error)
{
    socket->in_error = 0;
    return weir_udp_fail(socket, cx, error, "receive a datagram");
}

static weir_poll udp_wait(weir_udp_socket *socket, weir_cx *cx)
{
    if (!socket->in.busy) {
        weir_udp_start(socket, &socket->in);
        if (!socket->in.busy)
            return weir_wait_turn(cx); /* it is done: something came meanwhile */
    }
    return weir_wait(cx, &socket->readable, WEIR_WAIT_IO);
}

static weir_poll udp_take(struct datagrams *self, weir_cx *cx, weir_datagram *out, size_t demand)
{
    int error;
    weir_udp_socket *socket = self->socket;
    self->block = weir_driver_block(socket->driver);
    if (!self->block) {
        weir_fail(cx, WEIR_E_MEMORY, "no memory for datagrams");
        cx->error.fatal = false; /* they wait in the kernel */
        return (weir_poll){0, WEIR_ERROR};
    }
    size_t n = udp_receive(self, out, demand, &error);
    bool nothing = !error || weir_udp_is_nothing(error);
    if (n) {
        socket->in_error = nothing ? 0 : error; /* the kernel tells it only once */
        return (weir_poll){(uint32_t)n, WEIR_READY};
    }
    udp_release_block(self);
    return nothing ? udp_wait(socket, cx) : fail_receive(socket, cx, error);
}

static weir_poll datagrams_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct datagrams *self = datagrams_of(stream);
    weir_udp_socket *socket = self->socket;
    udp_release_block(self);
    if (cx->rt && weir_io_stopping(cx))
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_udp_poll_open(socket, cx);
    if (got.state != WEIR_READY)
        return got;
    if (socket->in_error)
        return fail_receive(socket, cx, socket->in_error);
    return socket->in.busy ? udp_wait(socket, cx) : udp_take(self, cx, out, demand);
}

static void datagrams_fini(weir_stream *stream)
{
    struct datagrams *self = datagrams_of(stream);
    weir_udp_socket *socket = self->socket;
    udp_release_block(self);
    socket->receives = false;
    weir_waker_slot_clear(&socket->readable);
    if (socket->driver)
        weir_op_stop(socket->driver, &socket->in);
    weir_udp_unref(socket);
}

static size_t datagrams_memory_max(const weir_stream *stream)
{
    return datagrams_of(stream)->socket->bytes + sizeof(weir_block) + WEIR_POOL_HEAD_BYTES +
           WEIR_POOL_BLOCK_BYTES + WEIR_PADDING_BYTES;
}

static const weir_stream_ops datagrams_ops = {.size = sizeof datagrams_ops,
                                              .name = "datagrams",
                                              .poll_next = datagrams_poll_next,
                                              .fini = datagrams_fini,
                                              .memory_max = datagrams_memory_max};

weir_stream *weir_datagrams(weir_udp_socket *socket)
{
    if (!socket)
        return weir_stream_refused(WEIR_E_MEMORY, NULL, "no memory for a socket", NULL, NULL, 0);
    if (socket->receives)
        return weir_stream_refused(WEIR_E_ARGUMENT,
                                   "drop the other one first, or share what it gives",
                                   "a socket has one stream of datagrams at a time", NULL, NULL, 0);
    weir_stream *stream =
        weir_source_new(sizeof(struct datagrams), &datagrams_ops, &weir_type_datagram);
    if (weir_stage_failed(&stream->stage))
        return stream;
    datagrams_of(stream)->socket = weir_udp_ref(socket);
    socket->receives = true;
    return stream;
}
