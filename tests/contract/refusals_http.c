/* Requests that cannot be sent, and connections that cannot be served, say so. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "laws.h"

#include "weir/http.h"
#include "weir/http_client.h"
#include "weir/http_events.h"

static weir_stream *handle_number(int64_t item, void *arg)
{
    (void)arg;
    fail_msg("a handler of numbers was called with %ld", (long)item);
    return NULL;
}
WEIR_THEN_FN(handle_number_fn, handle_number, int64_t, int64_t)

static weir_duplex connection(void)
{
    return (weir_duplex){weir_empty_reader(), weir_null_writer()};
}

static void test_urls(void)
{
    static const struct {
        const char *url, *fact;
    } rows[] = {
        {"ftp://a/", "does not begin with http://"},
        {"http:///x", "host"},
        {"http://a:99999/", "65535"},
        {"http://a b/", "percent"},
        {"http://user@a/", "name and password"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        expect_refusal(weir_http_get(rows[i].url, NULL), WEIR_E_ARGUMENT, rows[i].fact, "", NULL);
        expect_refusal(weir_http_events(rows[i].url, NULL), WEIR_E_ARGUMENT, rows[i].fact, "",
                       NULL);
        expect_refusal(weir_copy(weir_http_reader(rows[i].url, NULL), weir_null_writer()),
                       WEIR_E_ARGUMENT, rows[i].fact, "", NULL);
    }
}

static void refuse_request(const char *method, const char *name, const char *value,
                           const char *fact, const char *cure)
{
    const weir_header field = {name, value};
    const weir_http_request_spec request = {.size = sizeof request,
                                            .method = method,
                                            .url = "http://a/",
                                            .headers = &field,
                                            .headers_n = 1};
    expect_refusal(weir_http_send(&request, weir_empty_reader(), NULL), WEIR_E_ARGUMENT, fact, "",
                   cure);
}

static void test_requests(void)
{
    refuse_request("CONNECT", "a", "b", "'CONNECT' is no method", "GET");
    refuse_request("GE T", "a", "b", "'GE T' is no method", "GET");
    refuse_request("PUT", "a b", "c", "'a b' is no name", NULL);
    refuse_request("PUT", "Content-Length", "1", "'Content-Length' is not the caller's", NULL);
    refuse_request("PUT", "a", "b\r\nc: d", "the value of 'a'", NULL);
}

static void test_handlers(void)
{
    expect_refusal(weir_http_serve(connection(), &handle_number_fn, NULL, NULL), WEIR_E_TYPE,
                   "http serve 'handle_number'", "int64_t', but", NULL);
}

void test_refusals_http(void **state)
{
    (void)state;
    test_urls();
    test_requests();
    test_handlers();
}
