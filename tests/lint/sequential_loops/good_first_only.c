/* It waits for one client, serves that one and leaves the loop: there is no next one to wait. */
#include <weir.h>

static bool serve_one(const char *address, weir_error *error)
{
    weir_for_try (weir_duplex, client, weir_incoming(address, NULL), *error) {
        weir_state got = weir_await(weir_copy(client.reader, client.writer), NULL, error);
        return got == WEIR_READY;
    }
    return false;
}

int main(int argc, char **argv)
{
    weir_error error;
    return !serve_one(argc > 1 ? argv[1] : "127.0.0.1:7007", &error);
}
