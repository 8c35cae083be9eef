/* The same, closed before it is dropped. */
#include <weir.h>

static bool fits(const weir_line *line)
{
    return line->size < 4096;
}

/* By the library's own futures, which are waited for here or by a variable. */
bool by_futures(const char *path, weir_line line, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    weir_stream *written;
    if (!out)
        return false;
    if (out == NULL || !fits(&line))
        goto end;
    written = weir_write_all(out, line.data, line.size, NULL);
    if (weir_await(written, NULL, error) == WEIR_ERROR)
        goto end;
    if (weir_await(weir_printf(out, "%s\n", "end"), NULL, error) == WEIR_ERROR)
        goto end;
    if (weir_await(weir_flush(out), NULL, error) == WEIR_ERROR)
        goto end;
    if (weir_await_close(out, error) == WEIR_ERROR)
        goto end;
    weir_drop(out);
    return true;
end:
    weir_drop(out);
    return false;
}

/* What the answer is compared with, either way round. */
bool by_answer(const char *path, weir_line line, weir_error *error)
{
    weir_writer *out = weir_file_writer(path, NULL);
    weir_state state = weir_await_write(out, line.data, line.size, error);
    if (state != WEIR_ERROR && out && (out ? line.size : 0)) {
        bool closed = weir_await_close(out, error) == WEIR_END;
        weir_drop(out);
        return closed;
    }
    weir_drop(out);
    return state == WEIR_READY;
}
