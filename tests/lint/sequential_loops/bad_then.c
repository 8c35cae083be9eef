/* Futures one after the other: weir_then begins the next copy when the one before is over. */
#include <stdio.h>

#include <weir.h>

static weir_stream *echo(weir_duplex client, void *arg)
{
    (void)arg;
    return weir_copy(client.reader, client.writer);
}
WEIR_THEN_FN(echo_fn, echo, weir_duplex, uint64_t, .from = &weir_type_duplex)

int main(int argc, char **argv)
{
    const char *address = argc > 1 ? argv[1] : "127.0.0.1:7007";
    weir_error error;
    // lint-next: sequential_loops 27-36
    weir_stream *copied = weir_then(weir_incoming(address, NULL), &echo_fn, NULL);
    weir_for_try (uint64_t, bytes, copied, error)
        printf("%llu bytes\n", (unsigned long long)bytes);
    return error.code != WEIR_OK;
}
