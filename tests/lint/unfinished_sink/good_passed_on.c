/* Given to what closes it: a copy, a forward, a writer over it. */

#include <string.h>

#include "weir.h"

bool copy_with_title(const char *title, weir_reader *in, const char *path, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_await_write(out, title, strlen(title), error) != WEIR_READY) {
        weir_drop(out);
        return false;
    }
    return weir_await(weir_copy(in, out), NULL, error) == WEIR_READY;
}

bool forward_lines(weir_stream *lines, const char *path, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_await_write(out, "# lines\n", 8, error) != WEIR_READY)
        return weir_drop(out), weir_drop(lines), false;
    weir_stream *all = weir_forward(lines, weir_buf_writer(out, 4096));
    return weir_await(all, NULL, error) == WEIR_READY;
}
