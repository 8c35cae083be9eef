/* Rows over connections of HTTP: each item is a request, and what its answer is made of. */

#include <stdlib.h>

#include "laws.h"

#include "bytes/lent.h"
#include "weir/http.h"

static bool to_request(struct tracked item, weir_owned_line *out, void *arg, weir_error *error)
{
    char text[64];
    (void)arg;
    size_t n = weir_format(text, sizeof text, "GET /%lld HTTP/1.1\r\nHost: a\r\n\r",
                           (long long)item.value);
    tracked_drop(item);
    *out = weir_owned_line_new(text, n);
    if (!out->data)
        weir_error_set(error, WEIR_E_MEMORY, "no memory for a request");
    return out->data != NULL;
}
WEIR_TRY_MAP_FN(to_request_fn, to_request, struct tracked, weir_owned_line, .from = &tracked_type,
                .to = &weir_type_owned_line)

static int64_t number_of(unsigned char unit, void *number)
{
    (void)unit;
    return (int64_t)(intptr_t)number;
}
WEIR_MAP_FN(number_of_fn, number_of, unsigned char, int64_t, .from = &weir_type_unit)

/* The number of its path, when it was answered. */
static weir_stream *answer(weir_exchange *x, void *arg)
{
    static const weir_response ok = WEIR_RESPONSE(200, "");
    long long number = strtoll(weir_exchange_request(x)->path + 1, NULL, 10);
    (void)arg;
    return weir_map(weir_respond_bytes(x, &ok, "", 0), &number_of_fn, (void *)(intptr_t)number);
}
WEIR_THEN_FN(answer_fn, answer, weir_exchange *, int64_t, .from = &weir_type_exchange)

static weir_stream *count_one(weir_exchange *x, void *arg)
{
    static const weir_response ok = WEIR_RESPONSE(200, "");
    (void)arg;
    return weir_respond_bytes(x, &ok, "", 0);
}
WEIR_THEN_FN(count_one_fn, count_one, weir_exchange *, unsigned char, .from = &weir_type_exchange,
             .to = &weir_type_unit)

/* ---- what goes wrong with a connection ---- */

/* It is told to on_error, and ends the connection without an error: here it is one of the stage. */
static weir_error told;
static bool is_told;

static void note(const weir_error *error, void *arg)
{
    (void)arg;
    told = is_told ? told : *error;
    is_told = true;
}

struct telling {
    weir_stream stream;
};

static weir_poll telling_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    if (!is_told || (got.state != WEIR_END && got.state != WEIR_ERROR))
        return got;
    if (got.n && !stream->stage.one)
        return (weir_poll){got.n, WEIR_READY};
    is_told = false;
    cx->error = told;
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

static const weir_stream_ops telling_ops = {
    .size = sizeof telling_ops, .name = "telling", .poll_next = telling_poll_next};

static weir_stream *telling(weir_stream *source)
{
    bool one = source->stage.one;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct telling), &telling_ops, source->type);
    stream->stage.one = one;
    return stream;
}

/* Nobody is told that a client went away between two requests. */
static weir_poll noting_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_reader *source = (weir_reader *)reader->stage.source;
    weir_reader_lend(reader, source);
    weir_poll got = weir_poll_fill(source, cx, min);
    weir_reader_lend(reader, source);
    if (got.state == WEIR_ERROR)
        note(&cx->error, NULL);
    return got;
}

static const weir_reader_ops noting_ops = {.size = sizeof noting_ops,
                                           .name = "noting",
                                           .poll_fill = noting_poll_fill,
                                           .fini = weir_lent_fini,
                                           .reserve = weir_lent_reserve};

static weir_duplex connection(weir_stream *requests)
{
    is_told = false;
    requests = weir_map(requests, &to_request_fn, NULL);
    weir_reader *reader =
        weir_reader_over(weir_to_lines(requests), sizeof(weir_reader), &noting_ops);
    if (!weir_stage_failed(&reader->stage))
        weir_lent_begin(reader);
    return (weir_duplex){reader, weir_null_writer()};
}

static const weir_http_options options = {.size = sizeof options, .on_error = note};

/* ---- how each is built ---- */

static weir_stream *build_http_exchanges(struct run *run, weir_stream *a, weir_stream *b)
{
    (void)run, (void)b;
    weir_stream *exchanges = weir_http_exchanges(connection(a), &options);
    /* weir-lint: allow(sequential_loops) the contract looks at one exchange at a time */
    return telling(weir_then(exchanges, &answer_fn, NULL));
}

static weir_stream *build_http_serve(struct run *run, weir_stream *a, weir_stream *b)
{
    (void)run, (void)b;
    weir_stream *served = weir_http_serve(connection(a), &count_one_fn, NULL, &options);
    return telling(weir_map(served, &number_of_fn, (void *)(intptr_t)7));
}

static int64_t number_of_connection(weir_duplex near, void *number)
{
    weir_duplex_abort(near);
    return (int64_t)(intptr_t)number;
}
WEIR_MAP_FN(number_of_connection_fn, number_of_connection, weir_duplex, int64_t,
            .from = &weir_type_duplex)

/* This one cannot be parked, and is served to its end. */
static weir_stream *build_http_serve_next(struct run *run, weir_stream *a, weir_stream *b)
{
    (void)run, (void)b;
    weir_stream *served = weir_http_serve_next(connection(a), &count_one_fn, NULL, &options);
    return telling(weir_map(served, &number_of_connection_fn, (void *)(intptr_t)7));
}

/* What is fatal to a connection is told to on_error, and ends it: no client ends a server's loop.
 */
static const struct row rows[] = {
    {"http_exchanges", build_http_exchanges, 1, TAKES_MORE | HOLDS_UNSEEN | OWN_ERRORS | CATCHES,
     "1 2 3 4 5 6 7 8 $"},
    {"http_serve", build_http_serve, 1, FUTURE | TAKES_MORE | HOLDS_UNSEEN | OWN_ERRORS | CATCHES,
     "7 $"},
    {"http_serve_next", build_http_serve_next, 1,
     FUTURE | TAKES_MORE | HOLDS_UNSEEN | OWN_ERRORS | CATCHES, "$"},
};
const struct rows rows_http = {rows, sizeof rows / sizeof *rows};
