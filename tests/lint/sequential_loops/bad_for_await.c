/* An echo server whose loop serves one client after the other: who connects meanwhile waits. */
#include <stdio.h>

#include <weir.h>

int main(void)
{
    weir_error error;
    // lint-next: sequential_loops 5-19
    weir_for_await (weir_duplex, client, weir_incoming("127.0.0.1:7007", NULL)) {
        weir_error failed;
        if (weir_await(weir_copy(client.reader, client.writer), NULL, &failed) != WEIR_READY)
            fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&failed));
    }
    if (weir_take_error(&error))
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
