/* The side of weir beside somebody else's TLS, for tests/net/openssl.sh:
 *
 *   tls_peer serve CERTIFICATE KEY        an echo at a port of 127.0.0.1, which it prints
 *   tls_peer dial PORT HOST CA            standard input goes there, what comes to standard output
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

static int fail(const weir_error *error)
{
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(error));
    return 1;
}

static weir_stream *echo(weir_duplex near, void *context)
{
    weir_duplex plain = weir_tls(near, context, NULL);
    return weir_copy(plain.reader, plain.writer);
}
WEIR_THEN_FN(echo_fn, echo, weir_duplex, uint64_t, .from = &weir_type_duplex)

static void tell(const char *address, void *arg)
{
    (void)arg;
    printf("%s\n", strrchr(address, ':') + 1);
    fflush(stdout);
}

static void tell_error(const weir_error *error, void *arg)
{
    (void)arg;
    fail(error);
}

static int serve(const char *certificate, const char *key)
{
    weir_tls_options options = {
        .size = sizeof options, .certificate_file = certificate, .key_file = key};
    weir_tls_context *context = weir_tls_server(&options);
    weir_listen_options listen = {.size = sizeof listen, .on_listening = tell};
    weir_serve_options how = {.size = sizeof how, .on_error = tell_error};
    weir_error error;
    if (weir_tls_context_error(context))
        return fail(weir_tls_context_error(context));
    weir_stream *served =
        weir_serve(weir_incoming("127.0.0.1:0", &listen), &echo_fn, context, &how);
    weir_state state = weir_run(served, NULL, &error);
    weir_tls_context_unref(context);
    return state == WEIR_ERROR ? fail(&error) : 0;
}

/* Both ways at once, until both are over. */
static int dial(const char *port, const char *host, const char *ca)
{
    weir_tls_options options = {.size = sizeof options, .ca_file = ca};
    weir_tls_context *context = weir_tls_client(&options);
    weir_duplex far = weir_tls(weir_tcp("127.0.0.1", (unsigned)atoi(port)), context,
                               &(weir_tls_how){.size = sizeof(weir_tls_how), .host = host});
    weir_tls_context_unref(context);
    weir_error error;
    weir_relayed moved;
    weir_duplex here = {weir_stdin_reader(), weir_stdout_writer()};
    if (weir_run(weir_relay(here, far, NULL), &moved, &error) != WEIR_READY)
        return fail(&error);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 4 && !strcmp(argv[1], "serve"))
        return serve(argv[2], argv[3]);
    if (argc == 5 && !strcmp(argv[1], "dial"))
        return dial(argv[2], argv[3], argv[4]);
    fprintf(stderr, "usage: tls_peer serve CERTIFICATE KEY | dial PORT HOST CA\n");
    return 2;
}
