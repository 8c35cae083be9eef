/* The same upload as a function that may fail, many at once. */
#include <stdio.h>

#include <weir.h>

typedef struct upload {
    char path[200];
    uint64_t bytes;
} WEIR_MUST_PAR_SPAWN("uploads are of different users") upload;

struct store {
    const char *server;
    uint64_t stored;
};

static bool send_file(const char *path, weir_writer *to, weir_error *error)
{
    return weir_await(weir_copy(weir_file_reader(path), to), NULL, error) == WEIR_READY;
}

WEIR_TRY_PAR_FN(keep, upload, one, struct store *, store, error)
{
    if (!one.bytes)
        return true;
    weir_duplex server = weir_dial(store->server, NULL);
    weir_drop(server.reader);
    if (!send_file(one.path, server.writer, error))
        return false;
    __atomic_add_fetch(&store->stored, 1, __ATOMIC_RELAXED);
    return true;
}

bool store_all(struct store *store, weir_stream *uploads, weir_error *error)
{
    weir_stream *done = weir_par_for_each(weir_take(uploads, 1000), &keep, store, 64, NULL);
    return weir_await(done, NULL, error) != WEIR_ERROR;
}
