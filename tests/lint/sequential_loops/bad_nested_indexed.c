/* A log collector: an indexed loop over senders, and within it one over the lines of a sender. */
#include <stdio.h>

#include <weir.h>

enum { SENDERS_MAX = 100 };

static bool is_comment(weir_line line)
{
    return line.size && *(const char *)line.data == '#';
}

int main(void)
{
    weir_stream *senders = weir_take(weir_incoming("0.0.0.0:5140", NULL), SENDERS_MAX);
    weir_for_await_indexed (nth, weir_duplex, sender, senders) { // lint: sequential_loops 5-27
        weir_drop(sender.writer);
        if (nth % 10 == 0)
            fprintf(stderr, "sender %llu\n", (unsigned long long)nth);
        weir_for_await (weir_line, line, weir_lines(sender.reader, 8192)) {
            if (is_comment(line))
                continue;
            printf("%llu: %.*s\n", (unsigned long long)nth, (int)line.size,
                   (const char *)line.data);
        }
    }
    return 0;
}
