/* A function that blocks has a thread's stack, of megabytes, and there are few of them. */

#include <stdio.h>

#include "weir.h"

struct checksum {
    const char *path;
};

static bool checksum(struct checksum *self, uint64_t *out, weir_error *error)
{
    unsigned char buffer[262144];
    size_t n;
    FILE *file = fopen(self->path, "rb");
    if (!file)
        return weir_error_set(error, WEIR_E_USER, "%s cannot be opened", self->path), false;
    *out = 0;
    while ((n = fread(buffer, 1, sizeof buffer, file)) > 0)
        for (size_t i = 0; i < n; i++)
            *out = *out * 31 + buffer[i];
    fclose(file);
    return true;
}
WEIR_BLOCKING_FN(checksum_fn, checksum, struct checksum, uint64_t)

weir_stream *checksum_of(struct checksum *state)
{
    return weir_spawn_blocking(&checksum_fn, state);
}
