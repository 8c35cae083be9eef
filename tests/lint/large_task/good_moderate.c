/* Several buffers that are together less than a task may have. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

struct greeting {
    weir_duplex client;
    char name[256];
};

static bool greet(struct greeting *self, bool *out, weir_error *error)
{
    char request[4096], answer[4096], path[1024];
    size_t n;
    if (weir_await_read(self->client.reader, request, sizeof request, &n, error) != WEIR_READY)
        return false;
    snprintf(path, sizeof path, "greetings/%s", self->name);
    int size = snprintf(answer, sizeof answer, "%s: %zu bytes\n", path, n);
    *out = true;
    return weir_await_write(self->client.writer, answer, (size_t)size, error) == WEIR_READY;
}
WEIR_FIBER_FN(greet_fn, greet, struct greeting, bool)

weir_stream *greeting(struct greeting *state)
{
    return weir_fiber(&greet_fn, state, NULL);
}
