/* A function of weir_for_each answers a client, and waits for its request and its answer. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

static size_t read_request(weir_reader *in, char *request, size_t size)
{
    weir_error error;
    size_t n = 0;
    if (weir_await_read(in, request, size, &n, &error) != WEIR_READY)
        return 0;
    return n;
}

static void answer(weir_duplex client, void *motd)
{
    char request[512];
    if (read_request(client.reader, request, sizeof request)) {
        weir_error error;
        if (weir_await_write(client.writer, motd, strlen(motd), &error) != WEIR_READY)
            fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    }
    weir_duplex_drop(client);
}
WEIR_EACH_FN(answer_fn, answer, weir_duplex)

int main(void)
{
    static char motd[] = "the disk is full again\n";
    weir_error error;
    // lint-next: sequential_loops 25-38
    weir_stream *done = weir_for_each(weir_incoming("[::1]:17", NULL), &answer_fn, motd);
    if (weir_run(done, NULL, &error) == WEIR_ERROR)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
