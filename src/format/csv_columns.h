/* The columns of a table that is written: their names, and which field stands in which. */
#ifndef WEIR_FORMAT_CSV_COLUMNS_H
#define WEIR_FORMAT_CSV_COLUMNS_H

#include "format/csv_name.h"
#include "weir/csv.h"

struct weir_csv_column {
    weir_name name;
    bool again; /* one before it has the same name */
};

/* All zero: none are known. */
struct weir_csv_columns {
    struct weir_csv_column *at; /* one block, with the slots and the names behind them */
    size_t n;
    uint32_t *slots; /* by a name's hash the first column of it, from 1; 0: none */
    size_t slots_n;  /* a power of two; less than half of them are taken */
    size_t bytes;
};

/* The names of a record. false: error was set. */
bool weir_csv_columns_take(struct weir_csv_columns *columns, weir_record_view record,
                           size_t columns_max, weir_error *error);

/* Names that are given. */
bool weir_csv_columns_name(struct weir_csv_columns *columns, const char *const *names, size_t n,
                           weir_error *error);

bool weir_csv_columns_have(const struct weir_csv_columns *columns, weir_text name);

/* The record's fields are the columns, in their order. */
bool weir_csv_columns_are(const struct weir_csv_columns *columns, weir_record_view record);

void weir_csv_columns_fini(struct weir_csv_columns *columns);

/* The most that it allocates, but for the names. */
size_t weir_csv_columns_memory_max(size_t columns_max);

#endif
