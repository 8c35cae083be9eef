/* Each stage takes what the one before it makes, though it is not what the source yields. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

struct request {
    char method[8];
    uint64_t bytes;
};

static bool parse(weir_line line, struct request *out, void *arg)
{
    unsigned long long bytes;
    char text[256];
    (void)arg;
    snprintf(text, sizeof text, "%.*s", (int)line.size, line.data);
    if (sscanf(text, "%7s %llu", out->method, &bytes) != 2)
        return false;
    out->bytes = bytes;
    return true;
}
WEIR_FILTER_MAP_FN(parse_fn, parse, weir_line, struct request, .detached = true)

static bool is_get(struct request request, void *arg)
{
    (void)arg;
    return !strcmp(request.method, "GET");
}
WEIR_FILTER_FN(is_get_fn, is_get, struct request)

static void add_bytes(uint64_t *sum, struct request request, void *arg)
{
    (void)arg;
    *sum += request.bytes;
}
WEIR_FOLD_FN(add_bytes_fn, add_bytes, uint64_t, struct request)

bool sum_gets(const char *path, uint64_t *sum, weir_error *error)
{
    uint64_t zero = 0;
    weir_stream *lines = weir_lines(weir_file_reader(path), 4096);
    weir_stream *requests = weir_filter_map(lines, &parse_fn, NULL);
    weir_stream *gets = weir_filter(requests, &is_get_fn, NULL);
    return weir_await(weir_fold(gets, &add_bytes_fn, &zero, NULL), sum, error) == WEIR_READY;
}
