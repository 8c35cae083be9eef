/* A chat server tells all who listen while it holds the lock of their list. */
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
    weir_locked (&room->lock) {
        for (size_t i = 0; i < room->n; i++)
            // lint-next: must_not_await 17-33
            if (weir_await_write(room->peers[i], "one more\n", 9, &error) != WEIR_READY)
                break;
        if (room->n < PEERS_MAX)
            room->peers[room->n++] = client.writer;
        else
            weir_drop(client.writer);
    }
    weir_drop(client.reader);
}

weir_stream *serve_room(struct room *room, const char *address)
{
    return weir_par_for_each(weir_incoming(address, NULL), &join, room, PEERS_MAX, NULL);
}
