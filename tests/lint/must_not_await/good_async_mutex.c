/* The mutex of weir/channel.h may be held while its holder waits: others wait without a thread. */
#include <weir.h>

struct connection {
    weir_mutex *turn;
    weir_duplex server;
};

bool request(struct connection *connection, uint64_t question, uint64_t *answer, weir_error *error)
{
    weir_mutex_guard guard;
    if (weir_await(weir_mutex_lock(connection->turn), &guard, error) != WEIR_READY)
        return false;
    weir_stream *sent = weir_write_u64_be(connection->server.writer, question);
    bool fine =
        weir_await(sent, NULL, error) != WEIR_ERROR &&
        weir_await(weir_read_u64_be(connection->server.reader), answer, error) == WEIR_READY;
    weir_mutex_unlock(&guard);
    return fine;
}
