/* Thrown away in passing: in the third part of a for, before a comma, and in a case of a switch. */
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
        // lint-next: ignored_poll 51-67
        for (uint32_t i = 0; i < command->n; i++, weir_await_flush(peer.writer, error))
            if (weir_await_write(peer.writer, ".", 1, error) != WEIR_READY)
                return false;
        break;
    case 'd':
        weir_await_fill(peer.reader, command->n, error); // lint: ignored_poll 9-24
        weir_consume(peer.reader, command->n);
        break;
    default:
        // lint-next: ignored_poll 16-31
        return weir_await_read(peer.reader, &byte, 1, &n, error), byte == '!';
    }
    return true;
}
