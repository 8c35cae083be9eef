/* The largest number where it limits nothing that is kept: errors, items that pass, a time. */
#include <weir.h>

WEIR_PAR_FN(serve, weir_duplex, client, void *, arg)
{
    weir_error error;
    (void)arg;
    if (weir_await(weir_copy(client.reader, client.writer), NULL, &error) == WEIR_ERROR)
        weir_error_drop(&error);
}

weir_stream *serve_all(const char *address)
{
    weir_stream *clients = weir_skip_errors(weir_incoming(address, NULL), UINT64_MAX, NULL);
    clients = weir_take(clients, UINT64_MAX);
    return weir_par_for_each(clients, &serve, NULL, 1000,
                             &WEIR_PAR_OPTIONS(.drain_ns = UINT64_MAX));
}

size_t hint(size_t n)
{
    return n == SIZE_MAX ? WEIR_NO_LIMIT : n;
}
