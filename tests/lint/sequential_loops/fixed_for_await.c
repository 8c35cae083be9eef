/* The body is a function, and sixty-four clients are served at once. */
#include <stdio.h>

#include <weir.h>

WEIR_PAR_FN(serve, weir_duplex, client, void *, arg)
{
    weir_error failed;
    (void)arg;
    if (weir_await(weir_copy(client.reader, client.writer), NULL, &failed) != WEIR_READY)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&failed));
}

int main(void)
{
    weir_error error;
    if (weir_run(weir_par_for_each(weir_incoming("127.0.0.1:7007", NULL), &serve, NULL, 64, NULL),
                 NULL, &error) == WEIR_ERROR)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
