/* The time, once a second, as events for a browser: GET /time is the feed, / a page that shows it.
 *
 *     sse_clock [ADDRESS]      127.0.0.1 and any port, unless it says another one
 */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "weir.h"

static const weir_response page = WEIR_RESPONSE(200, "content-type: text/html; charset=utf-8\r\n");
static const char html[] =
    "<!doctype html><title>clock</title><p id=now>...</p><script>"
    "new EventSource('/time').onmessage = e => "
    "document.getElementById('now').textContent = e.data + ' #' + e.lastEventId</script>\n";

/* False: no memory. */
static bool tick(uint64_t n, weir_owned_sse_event *out, void *arg, weir_error *error)
{
    char now[32], id[24];
    time_t seconds = time(NULL);
    struct tm at;
    (void)arg;
    strftime(now, sizeof now, "%H:%M:%S", gmtime_r(&seconds, &at));
    snprintf(id, sizeof id, "%llu", (unsigned long long)n);
    weir_sse_event event = {.data = {now, strlen(now)}, .id = {id, strlen(id)}, .retry_ms = -1};
    if (weir_owned_sse_event_new(out, &event))
        return true;
    weir_error_set(error, WEIR_E_MEMORY, "no memory for an event");
    return false;
}
WEIR_TRY_MAP_FN(tick_fn, tick, uint64_t, weir_owned_sse_event, .to = &weir_type_owned_sse_event)

static weir_stream *answer(weir_exchange *x, void *arg)
{
    (void)arg;
    if (strcmp(weir_exchange_request(x)->path, "/time") != 0)
        return weir_respond_bytes(x, &page, html, sizeof html - 1);
    weir_stream *seconds = weir_interval(1000000000, WEIR_MISSED_SKIP);
    return weir_respond_events(x, weir_map(seconds, &tick_fn, NULL), NULL);
}
WEIR_HTTP_FN(answer_fn, answer)

static weir_stream *serve(weir_duplex connection, void *arg)
{
    return weir_http_serve(connection, &answer_fn, arg, NULL);
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
    weir_stream *incoming = weir_incoming(argc > 1 ? argv[1] : "127.0.0.1:0",
                                          &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    weir_stream *server = weir_par_for_each(incoming, &serve_fn, NULL, 1000, NULL);
    if (weir_run(server, NULL, &error) != WEIR_ERROR)
        return 0;
    return fprintf(stderr, "sse_clock: %s\n", WEIR_ERROR_TEXT(&error)), 1;
}
