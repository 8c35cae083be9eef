/* Parallel loops of three kinds over connections: fibers, futures, and a server. */
#include <stdio.h>

#include <weir.h>

WEIR_PAR_FN(serve, weir_duplex, client, void *, arg)
{
    weir_error failed;
    (void)arg;
    if (weir_await(weir_copy(client.reader, client.writer), NULL, &failed) != WEIR_READY)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&failed));
}

static weir_stream *echo(weir_duplex client, void *arg)
{
    (void)arg;
    return weir_copy(client.reader, client.writer);
}
WEIR_THEN_FN(echo_fn, echo, weir_duplex, uint64_t, .from = &weir_type_duplex)

int main(void)
{
    weir_error error;
    weir_stream *first = weir_take(weir_incoming(":7007", NULL), 100);
    if (weir_run(weir_par_for_each(first, &serve, NULL, 64, NULL), NULL, &error) == WEIR_ERROR)
        return 1;
    first = weir_take(weir_incoming(":7008", NULL), 100);
    if (weir_run(weir_par_for_each(first, &echo_fn, NULL, 64, NULL), NULL, &error) == WEIR_ERROR)
        return 1;
    return weir_run(weir_serve(weir_incoming(":7009", NULL), &echo_fn, NULL, NULL), NULL, &error) ==
           WEIR_ERROR;
}
