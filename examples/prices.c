/* A function of one's own that fails with a place: the sum of a list of prices, twice. Once the
 * first error ends it; once what is wrong is told, and the rest counts. */

#include <stdio.h>
#include <string.h>

#include "weir.h"

static const char list[] = "apple 120\n"
                           "bread two\n"
                           "milk 95\n"
                           "cake\n"
                           "tea 310\n";

struct source {
    const char *name;
    uint64_t line;
};

/* What is not known is left as weir_error_set() has it. */
static bool fail_at(weir_error *error, const struct source *source, size_t column)
{
    weir_format(error->place, sizeof error->place, "%s", source->name);
    error->line = source->line;
    error->column = column + 1;
    error->cure = "a name, a blank and cents, as in 'apple 120'";
    return false;
}

static bool cents_of(weir_line line, int64_t *out, void *arg, weir_error *error)
{
    struct source *source = arg;
    source->line++;
    const char *blank = memchr(line.data, ' ', line.size);
    if (!blank) {
        weir_error_set(error, WEIR_E_USER, "a line of %zu bytes has no price", line.size);
        return fail_at(error, source, line.size);
    }
    *out = 0;
    for (size_t i = (size_t)(blank - line.data) + 1; i < line.size; i++) {
        if (line.data[i] < '0' || line.data[i] > '9') {
            weir_error_set(error, WEIR_E_USER, "'%c' is no digit", line.data[i]);
            return fail_at(error, source, i);
        }
        *out = *out * 10 + (line.data[i] - '0');
    }
    return true;
}
WEIR_TRY_MAP_FN(cents_fn, cents_of, weir_line, int64_t)

static weir_stream *prices(struct source *source)
{
    *source = (struct source){"prices.txt", 0};
    return weir_map(weir_lines(weir_memory_reader(list, strlen(list)), 100), &cents_fn, source);
}

static void tell(const weir_error *error, void *arg)
{
    (void)arg;
    printf("left out: %s\n", WEIR_ERROR_TEXT(error));
}

int main(void)
{
    struct source source;
    weir_error error;
    int64_t sum;
    if (weir_run(weir_sum(prices(&source)), &sum, &error) != WEIR_READY)
        printf("%s\n\n", WEIR_ERROR_TEXT(&error));

    weir_stream *told = weir_inspect_err(prices(&source), tell, NULL);
    uint64_t skipped = 0;
    if (weir_run(weir_sum(weir_skip_errors(told, 10, &skipped)), &sum, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%lld, and %llu were left out\n", (long long)sum, (unsigned long long)skipped);
    return 0;
}
