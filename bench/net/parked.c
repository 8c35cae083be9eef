/* parked PORT: as echo, but a connection whose bytes went back is parked until more come. */
#include "servers.h"

static void drop_near(void *state)
{
    weir_duplex *near = state;
    if (near->reader)
        weir_duplex_abort(*near);
}

static bool answer(weir_duplex *near, weir_duplex *out, weir_error *error)
{
    weir_state got = weir_await_fill(near->reader, 1, error);
    if (got == WEIR_READY) {
        size_t n;
        const unsigned char *bytes = weir_peek(near->reader, &n);
        got = weir_await_write(near->writer, bytes, n, error);
        weir_consume(near->reader, n);
    }
    if (got == WEIR_ERROR)
        return false;
    *out = *near;
    *near = (weir_duplex){NULL, NULL};
    return true;
}
WEIR_FIBER_FN(answer_fn, answer, weir_duplex, weir_duplex, .to = &weir_type_duplex,
              .drop = drop_near)

static weir_stream *handle(weir_duplex near, void *arg)
{
    (void)arg;
    return weir_fiber(&answer_fn, &near, NULL);
}
WEIR_THEN_FN(handle_fn, handle, weir_duplex, weir_duplex, .from = &weir_type_duplex,
             .to = &weir_type_duplex)

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: parked PORT\n");
        return 2;
    }
    return serve(argv[1], &handle_fn, NULL);
}
