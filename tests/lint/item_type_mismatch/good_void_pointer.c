/* Where an item goes is behind a void pointer: what stands there is not known. */

#include <string.h>

#include "weir.h"

/* One place to receive into, whatever a stream gives. */
struct inbox {
    void *room;
    size_t items;
};

bool receive(struct inbox *self, const char *path, weir_error *error)
{
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    while (weir_await_next(lines, self->room, error) == WEIR_READY)
        self->items++;
    weir_drop(lines);
    return error->code == WEIR_OK;
}

bool receive_raw(const char *path, weir_line *out, weir_error *error)
{
    unsigned char raw[sizeof(weir_line)];
    weir_stream *paths = weir_glob(path);
    bool well = weir_await_next(paths, (void *)raw, error) == WEIR_READY;
    if (well)
        memcpy(out, raw, sizeof raw);
    weir_drop(paths);
    return well;
}
