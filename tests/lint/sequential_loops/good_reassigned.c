/* The variable held connections once; what the loop goes over is something else. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

bool greet_then_read(const char *address, const char *path, weir_writer *log, weir_error *error)
{
    weir_stream *stream = weir_incoming(address, NULL);
    weir_duplex first;
    if (weir_await_next(stream, &first, error) != WEIR_READY) {
        weir_drop(stream);
        return false;
    }
    weir_duplex_drop(first);
    weir_drop(stream);
    stream = weir_lines(weir_file_reader(path), 4096);
    weir_for_try (weir_line, line, stream, *error) {
        if (weir_await_write(log, line.data, line.size, error) != WEIR_READY)
            return false;
    }
    return error->code == WEIR_OK;
}
