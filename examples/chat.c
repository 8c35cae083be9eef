/* What one client says, all are told. Nobody waits for a client that does not read: it loses its
 * oldest lines when it is 64 behind, and is told how many; when it takes nothing for ten seconds it
 * is dropped. So is one that says more than 1000 bytes in a line. Who ends its side leaves.
 *
 *     chat [ADDRESS]      127.0.0.1 and any port, unless it says another one */

#include <stdio.h>
#include <string.h>

#include "weir.h"

enum { BEHIND_MAX = 64, LINE_BYTES_MAX = 1000 };
#define STALLED_NS (10 * 1000000000ull)

/* A line that a client said, to all that are there. */
static void say(weir_line line, void *chat)
{
    char text[LINE_BYTES_MAX + 1];
    memcpy(text, line.data, line.size);
    text[line.size] = '\n';
    weir_owned_line said = weir_owned_line_new(text, line.size + 1);
    if (said.data && weir_broadcast_try_send(chat, &said) != WEIR_SENT)
        weir_owned_line_drop(&said);
}
WEIR_EACH_FN(say_fn, say, weir_line)

static weir_stream *tell_missed(const weir_error *error, void *arg)
{
    char text[64];
    (void)arg;
    snprintf(text, sizeof text, "(you missed %lld lines)\n", (long long)error->number);
    weir_owned_line line = weir_owned_line_new(text, strlen(text));
    return weir_once(&weir_type_owned_line, &line);
}

/* A client writes what all say until its own lines have ended. */
static weir_stream *talk(weir_duplex near, void *chat)
{
    weir_stream *said = weir_for_each(weir_lines(near.reader, LINE_BYTES_MAX), &say_fn, chat);
    weir_stream *heard = weir_or_else(weir_broadcast_subscribe(chat), tell_missed, NULL);
    return weir_forward(weir_take_until(heard, said), near.writer);
}
WEIR_THEN_FN(talk_fn, talk, weir_duplex, uint64_t, .from = &weir_type_duplex)

static void print_address(const char *address, void *arg)
{
    (void)arg;
    printf("listening on %s\n", address);
    fflush(stdout);
}

static void print_error(const weir_error *error, void *arg)
{
    (void)arg;
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(error));
}

int main(int argc, char **argv)
{
    weir_stream *incoming = weir_incoming(argc > 1 ? argv[1] : "127.0.0.1:0",
                                          &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    weir_broadcaster *chat;
    weir_error error;

    weir_drop(weir_broadcast_channel(&weir_type_owned_line, BEHIND_MAX, WEIR_SLOW_LAG, &chat));
    weir_stream *server =
        weir_serve(incoming, &talk_fn, chat,
                   &WEIR_SERVE_OPTIONS(.write_timeout_ns = STALLED_NS, .on_error = print_error));
    weir_state state = weir_run(server, NULL, &error);
    weir_broadcaster_drop(chat);
    if (state != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
