/* It stays open: in a struct, in a task's state, with the caller. */

#include <string.h>

#include "weir.h"

struct journal {
    weir_writer *out;
    uint64_t entries;
};

bool journal_open(struct journal *self, const char *path, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, &WEIR_FILE_OPTIONS(.append = true));
    if (weir_await_write(out, "open\n", 5, error) != WEIR_READY) {
        weir_drop(out);
        return false;
    }
    self->out = out;
    return true;
}

weir_writer *open_titled(const char *path, const char *title, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_await_write(out, title, strlen(title), error) == WEIR_READY)
        return out;
    weir_drop(out);
    return NULL;
}

bool open_into(weir_writer **slot, const char *path, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    bool well = weir_await_write(out, "\n", 1, error) == WEIR_READY;
    *slot = out;
    return well;
}
