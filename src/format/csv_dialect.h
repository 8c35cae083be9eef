/* What options say of separators and quotes. */
#ifndef WEIR_FORMAT_CSV_DIALECT_H
#define WEIR_FORMAT_CSV_DIALECT_H

#include "format/csv_scan.h"

/* 0: a comma, a double quote, no comments. */
weir_csv_dialect weir_csv_dialect_of(char separator, char quote, char comment, bool no_quotes,
                                     bool escapes);

/* What it would have to be; NULL: it is. Static text. */
const char *weir_csv_dialect_fault(const weir_csv_dialect *dialect);

/* Both write fields the same way. */
bool weir_csv_dialect_same(const weir_csv_dialect *a, const weir_csv_dialect *b);

#endif
