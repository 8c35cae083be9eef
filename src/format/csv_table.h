/* What the rows of a file share: the names of its columns, and room for fields without their
 * doubled quotes. */
#ifndef WEIR_FORMAT_CSV_TABLE_H
#define WEIR_FORMAT_CSV_TABLE_H

#include "format/csv_scan.h"
#include "weir/csv.h"

typedef struct weir_csv_table {
    weir_csv_header header; /* first: rows point to it */
    weir_csv_dialect dialect;
    uint64_t id;   /* no other table of the program has it */
    bool numbered; /* columns are called 0, 1, 2 ...; else what has no name of its own _0, _1 ... */
    size_t known;  /* names there are, those that were made included */
    size_t room;   /* ... and may be */
    void *names;   /* the block they stand in */
    char *text;    /* ... and what the file's own point to */
    size_t text_n;
    char *numbered_text; /* ... and those that were doubled */
    size_t numbered_n;
    /* A copy of the field at byte i stands at byte i: it is as long at most. */
    unsigned char *scratch;
    size_t scratch_n;
} weir_csv_table;

/* A weir_csv_header as a record without values. */
extern const weir_type weir_csv_header_type;

static inline weir_csv_table *weir_csv_table_of(const weir_csv_header *header)
{
    return (weir_csv_table *)(uintptr_t)header;
}

/* Which column has that name; row->n: none that the record has. */
size_t weir_row_column(const weir_row *row, weir_name *name);

/* A number that no table has. */
uint64_t weir_csv_table_id(void);

/* The header, of a record; row's own header is the table's. false: no memory. */
bool weir_csv_table_take(weir_csv_table *table, const weir_row *row, size_t columns_max);

/* The header, of names that are given. */
bool weir_csv_table_name(weir_csv_table *table, const char *const *names, size_t n,
                         size_t columns_max);

/* A name that stands there before is called name_2, name_3 ... false: no memory. */
bool weir_csv_table_number(weir_csv_table *table);

/* Columns [0, n) have names: those behind the header's are made. false: no memory. */
bool weir_csv_table_extend(weir_csv_table *table, size_t n, size_t columns_max);

/* The first column whose name is empty or stands before; header.n: none. false: no memory. */
bool weir_csv_table_unclear(const weir_csv_table *table, size_t *i);

/* Room for fields of n bytes in hand. false: no memory. */
bool weir_csv_table_scratch(weir_csv_table *table, size_t n);

void weir_csv_table_fini(weir_csv_table *table);

/* The most that it allocates. */
size_t weir_csv_table_memory_max(size_t record_bytes_max, size_t columns_max, size_t in_hand_max);

#endif
