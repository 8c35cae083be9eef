/* The senders are read at once; the loop over the lines of one of them stays as it was. */
#include <stdio.h>

#include <weir.h>

enum { SENDERS_MAX = 100 };

static bool is_comment(weir_line line)
{
    return line.size && *(const char *)line.data == '#';
}

WEIR_PAR_FN(collect, weir_duplex, sender, uint64_t *, senders)
{
    uint64_t nth = __atomic_fetch_add(senders, 1, __ATOMIC_RELAXED);
    weir_drop(sender.writer);
    if (nth % 10 == 0)
        fprintf(stderr, "sender %llu\n", (unsigned long long)nth);
    weir_for_await (weir_line, line, weir_lines(sender.reader, 8192)) {
        if (is_comment(line))
            continue;
        printf("%llu: %.*s\n", (unsigned long long)nth, (int)line.size, (const char *)line.data);
    }
}

int main(void)
{
    uint64_t n = 0;
    weir_error error;
    weir_stream *senders = weir_take(weir_incoming("0.0.0.0:5140", NULL), SENDERS_MAX);
    return weir_run(weir_par_for_each(senders, &collect, &n, 64, NULL), NULL, &error) == WEIR_ERROR;
}
