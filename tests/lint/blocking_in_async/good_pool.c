/* What blocks runs on a thread of the pool, where it may. */
#include <netdb.h>
#include <stdlib.h>
#include <time.h>

#include <weir.h>

struct name {
    char text[64];
    int tries_max;
};

static bool exists(struct name *name, bool *out, weir_error *error)
{
    struct timespec pause = {0, 100000000};
    struct addrinfo *found;
    (void)error;
    *out = false;
    for (int i = 0; i < name->tries_max && !*out; i++) {
        *out = getaddrinfo(name->text, NULL, NULL, &found) == 0;
        if (*out)
            freeaddrinfo(found);
        else
            nanosleep(&pause, NULL);
    }
    return true;
}
WEIR_BLOCKING_FN(exists_fn, exists, struct name, bool)

weir_stream *name_exists(const struct name *name)
{
    return weir_spawn_blocking(&exists_fn, name);
}
