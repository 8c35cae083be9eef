/* The `?` of a function that may fail: it stands as `return false`, and the error is there. */

#include <stdio.h>
#include <stdlib.h>

#include "weir.h"

static bool parse(weir_line line, int64_t *out, void *arg, weir_error *error)
{
    char digits[24], *end;
    (void)arg;
    if (line.size >= sizeof digits)
        return weir_error_set(error, WEIR_E_USER, "%zu bytes are no number", line.size), false;
    snprintf(digits, sizeof digits, "%.*s", (int)line.size, line.data);
    *out = strtoll(digits, &end, 10);
    if (*end || end == digits)
        return weir_error_set(error, WEIR_E_USER, "'%s' is no number", digits), false;
    return true;
}
WEIR_TRY_MAP_FN(parse_fn, parse, weir_line, int64_t)

/* async fn sum(path: &str) -> Result<i64> */
static bool sum(const char **path, int64_t *out, weir_error *error)
{
    weir_stream *numbers =
        weir_map(weir_lines(weir_file_reader(*path), WEIR_LINE_MAX_DEFAULT), &parse_fn, NULL);
    return weir_await(weir_sum(numbers), out, error) == WEIR_READY;
}
WEIR_FIBER_FN(sum_fn, sum, const char *, int64_t)

int main(void)
{
    static const char *const paths[] = {"numbers", "missing", "access.log"};
    for (int i = 0; i < 3; i++) {
        weir_error error;
        int64_t n;
        if (weir_run(weir_fiber(&sum_fn, &paths[i], NULL), &n, &error) == WEIR_READY)
            printf("%lld\n", (long long)n);
        else
            printf("%s\n", WEIR_ERROR_TEXT(&error));
    }
    return 0;
}
