/* The body prints who came and hangs up: it waits for nothing, so nobody waits for it. */
#include <stdio.h>

#include <weir.h>

static void note(weir_duplex client, uint64_t nth)
{
    const char *peer = weir_peer_address(client.reader);
    printf("%llu %s\n", (unsigned long long)nth, peer ? peer : "nobody");
}

static void hang_up(weir_duplex client, void *refused)
{
    ++*(uint64_t *)refused;
    weir_duplex_abort(client);
}
WEIR_EACH_FN(hang_up_fn, hang_up, weir_duplex)

int main(void)
{
    uint64_t refused = 0;
    weir_error error;
    weir_for_await_indexed (nth, weir_duplex, client, weir_incoming("127.0.0.1:7007", NULL)) {
        note(client, nth);
        weir_duplex_drop(client);
    }
    weir_stream *rest = weir_for_each(weir_incoming("127.0.0.1:7008", NULL), &hang_up_fn, &refused);
    return weir_run(rest, NULL, &error) == WEIR_ERROR;
}
