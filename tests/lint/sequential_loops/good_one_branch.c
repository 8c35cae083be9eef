/* Clients of the network, or the one of standard input: the stream need not be of independent ones.
 */
#include <weir.h>

static weir_stream *standard(void)
{
    weir_duplex both = {weir_stdin_reader(), weir_stdout_writer()};
    return weir_once(&weir_type_duplex, &both);
}

int main(int argc, char **argv)
{
    weir_stream *clients = standard();
    uint64_t failures = 0;
    if (argc > 1) {
        weir_drop(clients);
        clients = weir_incoming(argv[1], NULL);
    }
    weir_for_await (weir_duplex, client, clients) {
        weir_error failed;
        if (weir_await(weir_copy(client.reader, client.writer), NULL, &failed) != WEIR_READY)
            failures++;
    }
    return failures != 0;
}
