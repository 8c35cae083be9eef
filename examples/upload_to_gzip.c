/* Keeps what is uploaded: PUT /NAME becomes DIR/NAME.gz, which is there when all of it came, and
 * not before. A client that sends faster than the disk writes is stopped by its own window: nothing
 * is held here but a block on each side of the compressor.
 *
 *     upload_to_gzip DIR [ADDRESS]      127.0.0.1 and any port, unless it says another one
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "weir.h"

static const weir_response created = WEIR_RESPONSE(201, "content-type: text/plain\r\n");
static const weir_response refused = WEIR_RESPONSE(400, "content-type: text/plain\r\n");
static const weir_response failed = WEIR_RESPONSE(500, "content-type: text/plain\r\n");
static const weir_response unknown = WEIR_RESPONSE(405, "allow: PUT\r\n");

/* One component of a path, which hides nothing. */
static bool is_name(const char *name)
{
    return *name && *name != '.' && *name != '-' && !strpbrk(name, "/?%");
}

static void answer(weir_exchange *x, const weir_response *with, const char *text)
{
    weir_error error;
    if (weir_await(weir_respond_bytes(x, with, text, strlen(text)), NULL, &error) == WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
}

static void keep(weir_exchange *x, const char *dir, const char *name)
{
    char path[PATH_MAX];
    weir_error error;

    snprintf(path, sizeof path, "%s/%s.gz", dir, name);
    weir_reader *packed = weir_gzip(weir_exchange_body(x), 6);
    if (weir_await(weir_copy(packed, weir_file_writer(path, NULL)), NULL, &error) != WEIR_ERROR) {
        answer(x, &created, "kept\n");
    } else {
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
        answer(x, &failed, "not kept\n");
    }
}

WEIR_PAR_FN(upload, weir_exchange *, x, const char *, dir)
{
    const weir_request *request = weir_exchange_request(x);
    if (strcmp(request->method, "PUT") != 0)
        answer(x, &unknown, "PUT it\n");
    else if (!is_name(request->path + 1))
        answer(x, &refused, "that is no name\n");
    else
        keep(x, dir, request->path + 1);
}

static weir_stream *serve(weir_duplex connection, void *dir)
{
    return weir_par_for_each(weir_http_exchanges(connection, NULL), &upload, dir, 100, NULL);
}
WEIR_CONNECTION_FN(serve_fn, serve)

static void print_address(const char *address, void *arg)
{
    (void)arg;
    printf("listening on %s\n", address);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    weir_error error;
    if (argc < 2)
        return fprintf(stderr, "upload_to_gzip DIR [ADDRESS]\n"), 2;
    weir_stream *incoming = weir_incoming(argc > 2 ? argv[2] : "127.0.0.1:0",
                                          &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    weir_stream *server = weir_par_for_each(incoming, &serve_fn, argv[1], 1000, NULL);
    if (weir_run(server, NULL, &error) != WEIR_ERROR)
        return 0;
    return fprintf(stderr, "upload_to_gzip: %s\n", WEIR_ERROR_TEXT(&error)), 1;
}
