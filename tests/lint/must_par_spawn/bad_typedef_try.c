/* A typedef is marked, the loop has a variable for errors, and a helper of a helper waits. */
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

static bool keep(struct store *store, const upload *one)
{
    weir_error error;
    weir_duplex server = weir_dial(store->server, NULL);
    weir_drop(server.reader);
    if (!send_file(one->path, server.writer, &error))
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), false;
    store->stored++;
    return true;
}

bool store_all(struct store *store, weir_stream *uploads, weir_error *error)
{
    weir_for_try (upload, one, weir_take(uploads, 1000), *error) { // lint: must_par_spawn 5-17
        if (!one.bytes)
            continue;
        if (!keep(store, &one))
            return false;
    }
    return error->code == WEIR_OK;
}
