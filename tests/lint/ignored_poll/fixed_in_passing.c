/* Each answer decides how it goes on. */
#include <stdio.h>

#include <weir.h>

struct command {
    char verb;
    uint32_t n;
};

bool run_command(const struct command *command, weir_duplex peer, weir_error *error)
{
    unsigned char byte = 0;
    size_t n = 0;
    switch (command->verb) {
    case 's':
        for (uint32_t i = 0; i < command->n; i++)
            if (weir_await_write(peer.writer, ".", 1, error) != WEIR_READY ||
                weir_await_flush(peer.writer, error) != WEIR_READY)
                return false;
        break;
    case 'd':
        if (weir_await_fill(peer.reader, command->n, error) != WEIR_READY)
            return false;
        weir_consume(peer.reader, command->n);
        break;
    default:
        return weir_await_read(peer.reader, &byte, 1, &n, error) == WEIR_READY && byte == '!';
    }
    return true;
}
