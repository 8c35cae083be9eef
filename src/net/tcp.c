/* tcp, unix, dial, socket, connected: connections by what they are made of. */

#include <errno.h>
#include <string.h>

#include "core/format.h"
#include "core/stage.h"
#include "net/dial.h"
#include "net/socket.h"

weir_duplex weir_dial(const char *address, const weir_dial_options *options)
{
    struct weir_dial *dial = weir_dial_new(address ? address : "", options);
    return dial ? weir_socket_dial(dial) : weir_socket_no_memory();
}

weir_duplex weir_tcp(const char *host, unsigned port)
{
    char address[WEIR_ADDRESS_BYTES * 2];
    if (!host)
        return weir_dial(NULL, NULL);
    bool v6 = strchr(host, ':');
    weir_format(address, sizeof address, v6 ? "[%s]:%u" : "%s:%u", host, port);
    return weir_dial(address, NULL);
}

weir_duplex weir_unix(const char *path)
{
    char address[WEIR_ADDRESS_BYTES * 2];
    if (!path)
        return weir_dial(NULL, NULL);
    weir_format(address, sizeof address, "unix:%s", path);
    return weir_dial(address, NULL);
}

weir_duplex weir_socket(int fd)
{
    struct weir_dial *dial = weir_dial_given(fd);
    if (dial)
        return weir_socket_dial(dial);
    weir_sys_posix.close(&weir_sys_posix, fd);
    return weir_socket_no_memory();
}

/* ---- connected ---- */

struct connected {
    weir_stream stream;
    weir_duplex duplex;
};

static struct connected *connected_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct connected, stream);
}

static weir_poll connected_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct connected *self = connected_of(stream);
    (void)demand;
    weir_poll got = weir_poll_open(self->duplex.writer, cx);
    if (got.state != WEIR_READY)
        return got;
    *(weir_duplex *)out = self->duplex;
    self->duplex = (weir_duplex){NULL, NULL};
    return (weir_poll){1, WEIR_END};
}

static void connected_fini(weir_stream *stream)
{
    weir_duplex_drop(connected_of(stream)->duplex);
}

static const weir_stream_ops connected_ops = {.size = sizeof connected_ops,
                                              .name = "connected",
                                              .poll_next = connected_poll_next,
                                              .fini = connected_fini,
                                              .size_hint = weir_size_hint_one};

weir_stream *weir_connected(weir_duplex duplex)
{
    weir_stream *stream =
        weir_source_new(sizeof(struct connected), &connected_ops, &weir_type_duplex);
    if (weir_stage_failed(&stream->stage)) {
        weir_duplex_drop(duplex);
        return stream;
    }
    connected_of(stream)->duplex = duplex;
    stream->stage.one = true;
    return stream;
}
