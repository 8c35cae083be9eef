/* A function that blocks has to go to a thread: waiting for it at once is what it is for. */

#include <string.h>
#include <unistd.h>

#include "weir.h"

struct flush {
    int fd;
};

static bool sync_file(struct flush *self, bool *out, weir_error *error)
{
    if (fsync(self->fd)) {
        weir_error_set(error, WEIR_E_USER, "fsync failed");
        return false;
    }
    return *out = true;
}
WEIR_BLOCKING_FN(sync_file_fn, sync_file, struct flush, bool)

bool flush(int fd, weir_error *error)
{
    struct flush state = {fd};
    weir_stream *task = weir_spawn_blocking(&sync_file_fn, &state);
    return weir_await(task, NULL, error) == WEIR_READY;
}
