/* Who asked most? Reads a log of a web server, packed or not, takes the lines that hold a text,
 * counts them by one of their columns, and prints the ten that came most often. It was a loop over
 * getline() and a table of its own; the table is still there.
 *
 *     log_processor LOGFILE TEXT [COLUMN]       column 1, unless it says another one */

#define _GNU_SOURCE /* memmem */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

enum { KEY_BYTES = 64, SLOTS = 1 << 16, KEYS_MAX = SLOTS / 2, TOP = 10, LINE_MAX_BYTES = 1 << 20 };

struct slot {
    char key[KEY_BYTES]; /* "": free */
    uint64_t n;
};

struct table {
    struct slot *slots;
    size_t used;
};

/* ---- the table ---- */

static bool table_open(struct table *table)
{
    table->used = 0;
    table->slots = calloc(SLOTS, sizeof *table->slots);
    return table->slots != NULL;
}

static uint32_t hash(const char *key, size_t n)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < n; i++)
        h = (h ^ (unsigned char)key[i]) * 16777619u;
    return h;
}

/* NULL: there are too many keys. */
static struct slot *table_find(struct table *table, const char *key, size_t n)
{
    size_t at = hash(key, n) % SLOTS;
    while (table->slots[at].key[0]) {
        struct slot *slot = &table->slots[at];
        if (strlen(slot->key) == n && !memcmp(slot->key, key, n))
            return slot;
        at = (at + 1) % SLOTS;
    }
    if (table->used == KEYS_MAX)
        return NULL;
    table->used++;
    memcpy(table->slots[at].key, key, n);
    return &table->slots[at];
}

static int by_count(const void *a, const void *b)
{
    const struct slot *one = a, *other = b;
    if (one->n != other->n)
        return one->n < other->n ? 1 : -1;
    return strcmp(one->key, other->key);
}

static void table_print(struct table *table, size_t most)
{
    qsort(table->slots, SLOTS, sizeof *table->slots, by_count);
    for (size_t i = 0; i < most && table->slots[i].n; i++)
        printf("%8llu %s\n", (unsigned long long)table->slots[i].n, table->slots[i].key);
}

/* ---- the lines ---- */

static bool holds(weir_line line, void *text)
{
    return memmem(line.data, line.size, text, strlen(text)) != NULL;
}
WEIR_FILTER_FN(holds_fn, holds, weir_line)

/* The column'th word of a line; false: it has not so many. */
static bool word_of(weir_line line, size_t column, const char **word, size_t *n)
{
    const char *p = line.data, *end = p + line.size;
    for (;;) {
        while (p < end && *p == ' ')
            p++;
        const char *start = p;
        while (p < end && *p != ' ')
            p++;
        if (p == start)
            return false;
        if (--column == 0) {
            *word = start;
            *n = (size_t)(p - start);
            return true;
        }
    }
}

static bool count(const char *path, char *text, size_t column, struct table *table,
                  weir_error *error)
{
    weir_stream *lines = weir_lines(weir_open(path), LINE_MAX_BYTES);
    lines = weir_filter(lines, &holds_fn, text);
    weir_for_try (weir_line, line, lines, *error) {
        const char *word;
        size_t n;
        if (!word_of(line, column, &word, &n))
            continue;
        struct slot *slot = table_find(table, word, n < KEY_BYTES ? n : KEY_BYTES - 1);
        if (!slot) {
            weir_error_set(error, WEIR_E_LIMIT, "more than %d different words", KEYS_MAX);
            return false;
        }
        slot->n++;
    }
    return error->code == WEIR_OK;
}

int main(int argc, char **argv)
{
    struct table table;
    weir_error error;
    size_t column = argc == 4 ? strtoul(argv[3], NULL, 10) : 1;
    if (argc < 3 || argc > 4 || column == 0)
        return fprintf(stderr, "usage: log_processor LOGFILE TEXT [COLUMN]\n"), 2;
    if (!table_open(&table))
        return fprintf(stderr, "no memory\n"), 1;

    bool well = count(argv[1], argv[2], column, &table, &error);
    if (well)
        table_print(&table, TOP);
    else
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    free(table.slots);
    weir_thread_end();
    return well ? 0 : 1;
}
