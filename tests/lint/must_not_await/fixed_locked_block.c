/* The list is copied under the lock, and told of when it is free again. */
#include <string.h>

#include <weir.h>

enum { PEERS_MAX = 64 };

struct room {
    weir_lock lock;
    weir_writer *peers[PEERS_MAX];
    size_t n;
};

WEIR_PAR_FN(join, weir_duplex, client, struct room *, room)
{
    weir_error error;
    weir_writer *peers[PEERS_MAX];
    size_t n = 0;
    weir_locked (&room->lock) {
        n = room->n;
        memcpy(peers, room->peers, n * sizeof *peers);
        if (room->n < PEERS_MAX)
            room->peers[room->n++] = client.writer;
        else
            weir_drop(client.writer);
    }
    for (size_t i = 0; i < n; i++)
        if (weir_await_write(peers[i], "one more\n", 9, &error) != WEIR_READY)
            break;
    weir_drop(client.reader);
}

weir_stream *serve_room(struct room *room, const char *address)
{
    return weir_par_for_each(weir_incoming(address, NULL), &join, room, PEERS_MAX, NULL);
}
