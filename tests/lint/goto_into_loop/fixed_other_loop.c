/* The first loop is left by break, and the second begins at its beginning. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

static bool is_head_end(weir_line line)
{
    return line.size == 0;
}

WEIR_PAR_FN(serve, weir_duplex, client, FILE *, log)
{
    weir_drop(client.writer);
    weir_reader *in = client.reader;
    weir_for_await (weir_line, line, weir_lines(in, 4096)) {
        if (is_head_end(line))
            break;
        fprintf(log, "head %zu\n", line.size);
    }
    weir_for_await_indexed (i, int64_t, n, weir_range(0, 10)) {
        if (i == 5)
            continue;
        fprintf(log, "body %lld\n", (long long)n);
    }
}

weir_stream *serve_all(const char *address, FILE *log)
{
    return weir_par_for_each(weir_incoming(address, NULL), &serve, log, 8, NULL);
}
