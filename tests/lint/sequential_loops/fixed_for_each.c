/* A function that waits is a WEIR_PAR_FN, and weir_par_for_each runs many of it. */
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

WEIR_PAR_FN(answer_fn, weir_duplex, item, void *, arg)
{
    answer(item, arg);
}

int main(void)
{
    static char motd[] = "the disk is full again\n";
    weir_error error;
    weir_stream *done =
        weir_par_for_each(weir_incoming("[::1]:17", NULL), &answer_fn, motd, 64, NULL);
    if (weir_run(done, NULL, &error) == WEIR_ERROR)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
