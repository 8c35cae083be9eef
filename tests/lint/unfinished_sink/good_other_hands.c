/* Writers that are somebody else's too: nothing is known of them here. */
#include <weir.h>

struct log {
    weir_writer *out;
    bool (*end)(weir_writer *out);
};

static weir_writer *everywhere;

bool by_pointer(struct log *log, const char *path, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    bool well = weir_await_write(out, "a", 1, error) == WEIR_READY;
    return log->end(out) && well;
}

bool by_choice(struct log *log, const char *path, weir_error *error)
{
    weir_writer *out = log->out ? log->out : weir_file_writer(path, NULL);
    bool well = weir_await_write(out, "a", 1, error) == WEIR_READY;
    weir_drop(out);
    return well;
}

bool by_address(const char *path, weir_error *error, void (*keep)(weir_writer **out))
{
    weir_writer *out = weir_file_writer(path, NULL);
    keep(&out);
    bool well = weir_await_write(out, "a", 1, error) == WEIR_READY && sizeof out > 0;
    weir_drop(out);
    return well;
}

bool by_global(const char *path, weir_error *error)
{
    everywhere = weir_file_writer(path, NULL);
    bool well = weir_await_write(everywhere, "a", 1, error) == WEIR_READY;
    weir_drop(everywhere);
    return well;
}

weir_stream *by_future(const char *path)
{
    weir_writer *out = weir_file_writer(path, NULL);
    weir_stream *written = weir_write_all(out, "a", 1, NULL), *again = NULL;
    weir_drop(again);
    return written;
}

/* Nothing was written, or what was written is given up on purpose. */
int as_it_went(const char *path, int n, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    weir_state state = WEIR_READY;
    if (n < 1) {
        weir_drop(out);
        return 1;
    }
    while (n-- > 0 && state == WEIR_READY)
        state = weir_await_write(out, "a", 1, error);
    if (state == WEIR_READY)
        state = weir_await_close(out, error);
    weir_drop(out);
    return state == WEIR_END ? 0 : 1;
}

weir_state until_it_fails(const char *path, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    weir_state state = weir_await_write(out, "a", 1, error);
    if (WEIR_READY != state) {
        weir_drop(out);
        return state;
    }
    if (weir_await_write(out, "b", 1, error) <= WEIR_PENDING) {
        weir_drop(out);
        return WEIR_ERROR;
    }
    weir_stream *closed = weir_close(out);
    state = weir_await(closed, NULL, error);
    weir_drop(out);
    return state;
}

void by_return(const char *path, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    if (weir_await_write(out, "b", 1, error) == WEIR_ERROR) {
        weir_drop(out);
        return;
    }
    weir_ignore(weir_await_close(out, error));
    weir_drop(out);
}
