/* Whoever calls it says what the clients are, and whether one after the other is meant. */
#include <weir.h>

uint64_t echo_each(weir_stream *clients, weir_error *error)
{
    uint64_t bytes = 0;
    weir_for_try (weir_duplex, client, weir_take(clients, 10), *error) {
        uint64_t n = 0;
        weir_error failed;
        if (weir_await(weir_copy(client.reader, client.writer), &n, &failed) == WEIR_READY)
            bytes += n;
    }
    return bytes;
}
