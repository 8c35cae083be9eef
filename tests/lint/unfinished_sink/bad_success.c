/* Closed on one way, and all went well on another where it is not. */
#include <weir.h>

weir_state by_state(const char *path, bool brief, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_await_write(out, "a", 1, error) == WEIR_ERROR) {
        weir_drop(out);
        return WEIR_ERROR;
    }
    if (brief) {
        weir_drop(out); // lint: unfinished_sink 9-18
        return WEIR_END;
    }
    weir_state closed = weir_await_close(out, error);
    weir_drop(out);
    return closed;
}

int by_number(const char *path, int brief, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_await_write(out, "a", 1, error) == WEIR_ERROR) {
        weir_drop(out);
        return -1;
    }
    if (brief == 2) {
        weir_drop(out); // lint: unfinished_sink 9-18
        return 0;
    }
    if (brief == 1) {
        weir_drop(out);
        return 1;
    }
    weir_state closed = weir_await_close(out, error);
    weir_drop(out);
    return closed == WEIR_END ? 0 : -1;
}
