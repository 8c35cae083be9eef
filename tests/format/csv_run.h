/* What comes of a table, as text: `name=value|name=value;` a row, `!CORRUPT@12 2:3 #1` an error at
 * byte 12, line 2, column 3 in record 1 (`!!` a fatal one), `$` the end. */
#ifndef WEIR_TESTS_CSV_RUN_H
#define WEIR_TESTS_CSV_RUN_H

#include "weir/csv.h"

struct story {
    char *text;
    size_t n, room;
    weir_error error; /* the last one */
};

void story_put(struct story *story, const char *bytes, size_t n);
void story_fini(struct story *story);

/* Any stream of records, to its end; each is looked at before the next poll. */
void story_run(struct story *story, weir_stream *rows WEIR_TAKES, size_t demand);

/* The bytes of a reader, and each error where it stands; `$` where there was one. */
void story_write(struct story *story, weir_reader *reader WEIR_TAKES);

/* The first `at` bytes, and then the others, each time in a block of just that size. */
weir_reader *split_reader(const char *bytes WEIR_KEEPS, size_t n, size_t at);

#endif
