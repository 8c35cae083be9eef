/* echo PORT: each connection's bytes go back to it. */
#include "servers.h"

static weir_stream *echo(weir_duplex near, void *arg)
{
    (void)arg;
    return weir_copy(near.reader, near.writer);
}
WEIR_THEN_FN(echo_fn, echo, weir_duplex, uint64_t, .from = &weir_type_duplex)

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: echo PORT\n");
        return 2;
    }
    return serve(argv[1], &echo_fn, NULL);
}
