/* weir/sort.h: lines and records in order, however many they are: what does not fit in memory goes
 * to temporary files. */
#ifndef WEIR_SORT_H
#define WEIR_SORT_H

#include "weir/record.h"

WEIR_BEGIN_C

/* What is compared. Of lines there is one key, without a field. */
typedef struct weir_sort_key {
    const char *field; /* `age`, or `home.city`, as for weir_where() */
    bool numeric;      /* of lines: by the number they begin with; none is 0. `sort -n` */
    bool descending;   /* the largest first; what is equal stays as it came */
} weir_sort_key;

#define WEIR_SORT_MEMORY_DEFAULT ((size_t)64 << 20)
#define WEIR_SORT_MEMORY_MIN ((size_t)1 << 20)
enum { WEIR_SORT_KEYS_MAX = 16, WEIR_SORT_FIELDS_MAX = 1 << 16 };

typedef struct weir_sort_options {
    uint32_t size;             /* set by WEIR_SORT_OPTIONS(); 0: the first layout */
    const weir_sort_key *keys; /* the first counts most. None: lines, by their bytes */
    size_t keys_n;
    size_t memory_bytes;   /* 0: 64 MiB; at least 1 MiB */
    const char *directory; /* of the temporary files; NULL: $TMPDIR, or /tmp */
} weir_sort_options;

/* WEIR_SORT_OPTIONS(.memory_bytes = 1 << 28): such options, the size set. */
#define WEIR_SORT_OPTIONS(...) ((weir_sort_options){.size = sizeof(weir_sort_options), __VA_ARGS__})

/* Items in order; equal ones stay in the order in which they came. Of lines (weir_line, lent or
 * owned) what comes out is weir_line, lent, and the order is that of their bytes: `LC_ALL=C sort
 * -s`. Of records it is weir_fields, lent; a field is compared by class first: missing, null (and
 * an empty field of CSV), numbers by their size (text that is one too), text by its bytes, what is
 * nested. Shape: gives nothing before the source has ended, however long that takes. Held:
 * memory_bytes, and the fields of one record. What is more is written, sorted, to files that have
 * no name and go with the program; 16 of them at most are merged at once. Writing and reading them,
 * and the sorting of what fits in memory, stop the thread while they last. Units: one item takes at
 * most a seventeenth of memory_bytes. options NULL: the defaults; copied. Errors: those of the
 * source where they come; LIMIT, fatal, for an item that is too large, and for a record of more
 * than WEIR_SORT_FIELDS_MAX fields; SYSTEM for a temporary file, with its directory (the disk is
 * full). Marks stand behind all; over a source that gives some and may have no end it is refused.
 * One that ends must allow all of them to be open at once (marks_max, receipts_max of a broker's):
 * LIMIT, fatal, where it waits for one that is held here.
 * Source: sort(1); Rust's extsort.
 *
 * Example:
 *     p(weir_sort(lines("b\nc\na"), NULL)); // -> a b c
 */
WEIR_NEW weir_stream *weir_sort(weir_stream *source WEIR_TAKES, const weir_sort_options *options);

WEIR_END_C

#endif
