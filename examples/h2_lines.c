/* Three loops: the connections in parallel, the exchanges of each (one after the other on HTTP/1.1,
 * in parallel on HTTP/2), and the lines of a body in sequence. Prints each line with its number.
 *
 *     h2_lines [ADDRESS [CERTIFICATE KEY]]      127.0.0.1 and any port, in clear text
 */

#include <stdio.h>
#include <string.h>

#include "weir.h"

enum { CONNECTIONS = 1000, EXCHANGES = 100, LINE_BYTES_MAX = 64 << 10 };

static const weir_response ok = WEIR_RESPONSE(200, "content-type: text/plain\r\n");

WEIR_PAR_FN(handle, weir_exchange *, x, void *, arg)
{
    weir_error error = {0};
    uint64_t index = 0;
    char answer[64];
    (void)arg;
    weir_for_try (weir_line, line, weir_lines(weir_exchange_body(x), LINE_BYTES_MAX), error)
        printf("%llu %.*s\n", (unsigned long long)index++, (int)line.size, line.data);
    if (error.code)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    fflush(stdout);
    snprintf(answer, sizeof answer, "%llu lines\n", (unsigned long long)index);
    weir_await(weir_respond_bytes(x, &ok, answer, strlen(answer)), NULL, &error);
}

WEIR_PAR_FN(serve, weir_duplex, connection, weir_tls_context *, tls)
{
    weir_error error;
    if (tls)
        connection = weir_tls(connection, tls, NULL);
    weir_stream *exchanges = weir_http_exchanges(connection, NULL);
    if (weir_await(weir_par_for_each(exchanges, &handle, NULL, EXCHANGES, NULL), NULL, &error) ==
        WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
}

static void print_address(const char *address, void *arg)
{
    (void)arg;
    printf("listening on %s\n", address);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const char *const protocols[] = {"h2", "http/1.1", NULL};
    weir_tls_options files = {.size = sizeof files, .alpn = protocols};
    weir_tls_context *tls = NULL;
    weir_error error;

    if (argc > 3) {
        files.certificate_file = argv[2];
        files.key_file = argv[3];
        tls = weir_tls_server(&files);
    }
    if (tls && weir_tls_context_error(tls))
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(weir_tls_context_error(tls))), 1;
    weir_stream *incoming = weir_incoming(argc > 1 ? argv[1] : "127.0.0.1:0",
                                          &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    incoming = weir_skip_errors(incoming, UINT64_MAX, NULL);
    weir_stream *server = weir_par_for_each(incoming, &serve, tls, CONNECTIONS, NULL);
    if (weir_run(server, NULL, &error) == WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    weir_tls_context_unref(tls);
    return 1;
}
