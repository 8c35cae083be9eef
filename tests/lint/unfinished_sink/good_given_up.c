/* Given up where something was found to be wrong, or where it was not to be kept: a drop without a
 * close is meant there. */

#include <stdio.h>

#include "weir.h"

int copy_lines(const char *path, weir_stream *lines, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    weir_line line;
    weir_state state;
    while ((state = weir_await_next(lines, &line, error)) == WEIR_READY)
        if (weir_await_write(out, line.data, line.size, error) != WEIR_READY) {
            state = WEIR_ERROR;
            break;
        }
    if (state == WEIR_END)
        state = weir_await_close(out, error);
    weir_drop(lines);
    weir_drop(out);
    return state == WEIR_END ? 0 : -1;
}

int save_id(const char *path, int id, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_await_write(out, &id, sizeof id, error) == WEIR_READY) {
        if (id < 0) {
            fprintf(stderr, "%d is no id\n", id);
            weir_drop(out);
            return -1;
        }
        if (weir_await_close(out, error) == WEIR_END) {
            weir_drop(out);
            return 0;
        }
    }
    weir_drop(out);
    return -1;
}

void save_draft(const char *path, bool keep, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    bool well = weir_await_write(out, "draft", 5, error) == WEIR_READY;
    if (well && keep)
        (void)!weir_await_close(out, error);
    weir_drop(out);
}
