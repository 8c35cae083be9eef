/* What CSV costs: `csv make ROWS` writes a table, `csv read FILE` goes through its records and
 * prints how many there are and the bytes of one column, `csv filter FILE` writes those whose
 * status is 500, `csv again FILE` all of them with one column renamed, so that none leaves as it
 * came. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <weir.h>

#include "tables.h"

struct sum {
    uint64_t records, bytes;
};

static weir_name status = WEIR_NAME("status");

static void add(struct sum *sum, weir_row row, void *arg)
{
    (void)arg;
    sum->records++;
    sum->bytes += weir_row_get(&row, &status).size;
}
WEIR_FOLD_FN(add_fn, add, struct sum, weir_row, .of = &weir_type_row, .detached = true)

static bool failed(weir_row row, void *arg)
{
    (void)arg;
    weir_text text = weir_row_get(&row, &status);
    return text.size == 3 && memcmp(text.data, "500", 3) == 0;
}
WEIR_FILTER_FN(failed_fn, failed, weir_row, .of = &weir_type_row)

static weir_stream *rows(const char *path)
{
    return weir_csv(weir_file_reader(path), NULL);
}

static int read_all(const char *path)
{
    struct sum sum = {0};
    weir_error error;
    if (weir_run(weir_fold(rows(path), &add_fn, &sum, NULL), &sum, &error) != WEIR_READY)
        return tell(&error);
    printf("%llu %llu\n", (unsigned long long)sum.records, (unsigned long long)sum.bytes);
    return 0;
}

static int write_all(weir_stream *records)
{
    uint64_t bytes;
    weir_error error;
    weir_stream *copy = weir_copy(weir_to_csv(records, NULL), weir_stdout_writer());
    return weir_run(copy, &bytes, &error) == WEIR_READY ? 0 : tell(&error);
}

/* Ten columns; one always in quotes, each tenth time with quotes and a comma in it. */
static int make(long n)
{
    static const char *const words[] = {"alpha",   "bravo", "charlie", "delta", "echo",
                                        "foxtrot", "golf",  "hotel",   "india", "juliet"};
    static const int codes[] = {200, 200, 200, 200, 301, 404, 500};
    uint64_t seed = 1;
    puts("id,name,city,zip,status,amount,when,comment,path,agent");
#define WORD words[drawn(&seed, 10)]
    for (long i = 0; i < n; i++) {
        printf("%ld,%s,%s,%05u,%d,%u.%02u,", i, WORD, WORD, drawn(&seed, 99999),
               codes[drawn(&seed, 7)], drawn(&seed, 9999), drawn(&seed, 100));
        printf("2026-11-%02uT%02u:%02u:%02uZ,", drawn(&seed, 30) + 1, drawn(&seed, 24),
               drawn(&seed, 60), drawn(&seed, 60));
        printf(i % 10 ? "\"%s %s\"," : "\"he said \"\"%s\"\", %s\",", WORD, WORD);
        printf("/%s/%s/%u,Mozilla/5.0 (%s)\n", WORD, WORD, drawn(&seed, 1000), WORD);
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
        return write_all(weir_filter(rows(argv[2]), &failed_fn, NULL));
    if (strcmp(what, "again") == 0)
        return write_all(weir_rename(rows(argv[2]), "id", "number"));
    fprintf(stderr, "usage: csv make ROWS | csv read|filter|again FILE\n");
    return 2;
}
