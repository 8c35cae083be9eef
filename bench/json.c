/* What JSON costs: `json make LINES` writes NDJSON, `json read FILE` goes through its values and
 * prints how many there are and the bytes of one field, `json filter FILE` writes those whose
 * status is 500, `json again FILE` all of them with one field renamed, so that none leaves as it
 * came, `json csv FILE` makes NDJSON of CSV. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir.h>

#include "tables.h"

struct sum {
    uint64_t values, bytes;
};

static weir_name status = WEIR_NAME("status");

static weir_text status_of(weir_json json)
{
    weir_value value;
    weir_record_view view = {&weir_type_json, &json};
    bool number = weir_record_find(view, &status, &value) && value.kind == WEIR_VALUE_NUMBER;
    return number ? value.is.text : (weir_text){NULL, 0};
}

static void add(struct sum *sum, weir_json json, void *arg)
{
    (void)arg;
    sum->values++;
    sum->bytes += status_of(json).size;
}
WEIR_FOLD_FN(add_fn, add, struct sum, weir_json, .of = &weir_type_json, .detached = true)

static bool failed(weir_json json, void *arg)
{
    (void)arg;
    weir_text text = status_of(json);
    return text.size == 3 && memcmp(text.data, "500", 3) == 0;
}
WEIR_FILTER_FN(failed_fn, failed, weir_json, .of = &weir_type_json)

static weir_stream *values(const char *path)
{
    return weir_ndjson(weir_file_reader(path), NULL);
}

static int read_all(const char *path)
{
    struct sum sum = {0};
    weir_error error;
    if (weir_run(weir_fold(values(path), &add_fn, &sum, NULL), &sum, &error) != WEIR_READY)
        return tell(&error);
    printf("%llu %llu\n", (unsigned long long)sum.values, (unsigned long long)sum.bytes);
    return 0;
}

static int write_all(weir_stream *records)
{
    uint64_t bytes;
    weir_error error;
    weir_stream *copy = weir_copy(weir_to_ndjson(records, NULL), weir_stdout_writer());
    return weir_run(copy, &bytes, &error) == WEIR_READY ? 0 : tell(&error);
}

/* About 234 bytes a line: an object in it, escapes, numbers. */
static int make(long n)
{
    static const char *const words[] = {"alpha",   "bravo", "charlie", "delta", "echo",
                                        "foxtrot", "golf",  "hotel",   "india", "juliet"};
    static const int codes[] = {200, 200, 200, 200, 301, 404, 500};
    uint64_t seed = 1;
#define WORD words[drawn(&seed, 10)]
    for (long i = 0; i < n; i++) {
        printf("{\"id\":%ld,\"when\":\"2026-11-%02uT%02u:%02u:%02uZ\",\"method\":\"GET\",", i,
               drawn(&seed, 30) + 1, drawn(&seed, 24), drawn(&seed, 60), drawn(&seed, 60));
        printf("\"path\":\"/%s/%s/%u\",\"status\":%d,", WORD, WORD, drawn(&seed, 1000),
               codes[drawn(&seed, 7)]);
        printf("\"client\":{\"ip\":\"10.%u.%u.%u\",\"agent\":\"Mozilla/5.0 (%s)\"},",
               drawn(&seed, 256), drawn(&seed, 256), drawn(&seed, 256), WORD);
        printf("\"took\":%u.%02u,\"cached\":%s,\"note\":\"said \\\"%s\\\" \\u00e9\"}\n",
               drawn(&seed, 900), drawn(&seed, 100), i % 3 ? "false" : "true", WORD);
    }
    return 0;
}

int main(int argc, char **argv)
{
    const char *what = argc > 2 ? argv[1] : "";
    if (strcmp(what, "make") == 0)
        return make(atol(argv[2]));
    if (strcmp(what, "read") == 0)
        return read_all(argv[2]);
    if (strcmp(what, "filter") == 0)
        return write_all(weir_filter(values(argv[2]), &failed_fn, NULL));
    if (strcmp(what, "again") == 0)
        return write_all(weir_rename(values(argv[2]), "id", "number"));
    if (strcmp(what, "csv") == 0)
        return write_all(weir_csv(weir_file_reader(argv[2]), NULL));
    fprintf(stderr, "usage: json make LINES | json read|filter|again|csv FILE\n");
    return 2;
}
