/* Written to memory, closed, and read from there: the vec holds it only then. */

#include <string.h>

#include "weir.h"

bool render(const char *name, weir_vec *page, weir_error *error)
{
    weir_writer *out = weir_memory_writer(page, 4096);
    bool well = weir_await(weir_printf(out, "<h1>%s</h1>", name), NULL, error) == WEIR_READY &&
                weir_await(weir_close(out), NULL, error) == WEIR_READY;
    weir_drop(out);
    if (!well)
        weir_vec_drop(page);
    return well;
}

/* Of two writers the one above is closed, which closes the one below. */
bool save_lines(weir_stream *lines, const char *path, weir_error *error)
{
    weir_writer *file = weir_file_writer(path, NULL);
    weir_writer *out = weir_buf_writer(file, 8192);
    bool well = weir_await(weir_send_all(lines, out), NULL, error) == WEIR_READY &&
                weir_await_close(out, error) == WEIR_END;
    weir_drop(out);
    return well;
}
