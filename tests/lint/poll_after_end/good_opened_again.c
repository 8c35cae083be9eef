/* The variable has another stream by the time it is asked again. */

#include "weir.h"

/* As `tail -F`: the file is opened again when it is over. */
bool follow(const char *path, uint64_t rounds, uint64_t *n, weir_error *error)
{
    weir_line line;
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    while (rounds) {
        weir_state state = weir_await_next(lines, &line, error);
        if (state == WEIR_READY)
            ++*n;
        if (state == WEIR_ERROR)
            break;
        if (state == WEIR_END) {
            weir_drop(lines);
            if (weir_await(weir_sleep(1000000), NULL, error) != WEIR_READY)
                return false;
            lines = weir_lines(weir_file_reader(path), 4096);
            rounds--;
        }
    }
    weir_drop(lines);
    return error->code == WEIR_OK;
}
