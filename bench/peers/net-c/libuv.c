/* Echo and proxy over libuv: one buffer for all reads, written on at once; where that does not take
 * everything the rest is copied, and nothing is read until it went. */
#define _GNU_SOURCE
#include "tcp.h"

#include <uv.h>

enum { BUFFER_BYTES = 1 << 16 };

struct connection {
    uv_tcp_t tcp;
    uv_shutdown_t shutdown;
    struct connection *to; /* whom its bytes go to: itself in an echo */
    bool ended;
};

struct rest {
    uv_write_t write;
    struct connection *from;
    char bytes[];
};

static char buffer[BUFFER_BYTES];
static const char *target;
static uv_loop_t *loop;

static void closed(uv_handle_t *handle)
{
    free(handle);
}

static void give_up(struct connection *end)
{
    struct connection *other = end->to;
    if (uv_is_closing((uv_handle_t *)end))
        return;
    uv_close((uv_handle_t *)end, closed);
    if (other != end)
        uv_close((uv_handle_t *)other, closed);
}

static void lend(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
    (void)handle, (void)suggested;
    *out = uv_buf_init(buffer, BUFFER_BYTES);
}

static void take(uv_stream_t *stream, ssize_t n, const uv_buf_t *got);

static void wrote(uv_write_t *write, int status)
{
    struct rest *rest = (struct rest *)write;
    if (status < 0)
        give_up(rest->from);
    else if (!uv_is_closing((uv_handle_t *)rest->from))
        uv_read_start((uv_stream_t *)rest->from, lend, take);
    free(rest);
}

static void write_rest(struct connection *from, const char *bytes, size_t n)
{
    struct rest *rest = malloc(sizeof *rest + n);
    rest->from = from;
    memcpy(rest->bytes, bytes, n);
    uv_buf_t piece = uv_buf_init(rest->bytes, (unsigned)n);
    uv_read_stop((uv_stream_t *)from);
    if (uv_write(&rest->write, (uv_stream_t *)from->to, &piece, 1, wrote)) {
        free(rest);
        give_up(from);
    }
}

static void shut(uv_shutdown_t *shutdown, int status)
{
    struct connection *to = (struct connection *)shutdown->handle;
    if (status < 0 || to->ended)
        give_up(to);
}

static void pass_end(struct connection *from)
{
    from->ended = true;
    uv_read_stop((uv_stream_t *)from);
    if (uv_shutdown(&from->to->shutdown, (uv_stream_t *)from->to, shut))
        give_up(from);
}

static void take(uv_stream_t *stream, ssize_t n, const uv_buf_t *got)
{
    struct connection *from = (struct connection *)stream;
    if (n == UV_EOF)
        return pass_end(from);
    if (n < 0)
        return give_up(from);
    uv_buf_t piece = uv_buf_init(got->base, (unsigned)n);
    int written = n ? uv_try_write((uv_stream_t *)from->to, &piece, 1) : 0;
    if (written < 0)
        written = 0; /* an error comes again with the rest */
    if (written < n)
        write_rest(from, got->base + written, (size_t)(n - written));
}

static struct connection *connection_new(void)
{
    struct connection *made = calloc(1, sizeof *made);
    uv_tcp_init(loop, &made->tcp);
    made->to = made;
    return made;
}

static void begin(struct connection *of)
{
    uv_tcp_nodelay(&of->tcp, 1);
    uv_read_start((uv_stream_t *)of, lend, take);
}

static void arrived(uv_stream_t *listener, int status)
{
    struct connection *near = connection_new();
    if (status < 0 || uv_accept(listener, (uv_stream_t *)near))
        return give_up(near);
    if (target) {
        struct connection *far = connection_new();
        if (uv_tcp_open(&far->tcp, connect_to(target)))
            die("uv_tcp_open");
        near->to = far;
        far->to = near;
        begin(far);
    }
    begin(near);
}

int main(int argc, char **argv)
{
    struct sockaddr_in at;
    uv_tcp_t listener;
    target = target_of(argc, argv);
    at = local_address(argv[2]);
    loop = uv_default_loop();
    uv_tcp_init(loop, &listener);
    if (uv_tcp_bind(&listener, (struct sockaddr *)&at, 0) ||
        uv_listen((uv_stream_t *)&listener, 4096, arrived))
        die("listen");
    return uv_run(loop, UV_RUN_DEFAULT);
}
