/* One record of CSV, a byte at a time: for those that the block scanner gives up. */
#ifndef WEIR_FORMAT_CSV_MACHINE_H
#define WEIR_FORMAT_CSV_MACHINE_H

#include "format/csv_scan.h"

/* What stands where it may not. */
typedef enum weir_csv_wrong {
    WEIR_CSV_RIGHT,
    WEIR_CSV_QUOTE_INSIDE, /* a quote in a field that did not begin with one */
    WEIR_CSV_BEHIND_QUOTE, /* text behind a closing quote */
    WEIR_CSV_BARE_CR,      /* a '\r' without its '\n' */
    WEIR_CSV_NUL,
    WEIR_CSV_NOT_CLOSED /* the input ends within quotes */
} weir_csv_wrong;

typedef enum weir_csv_at {
    WEIR_CSV_RECORD, /* at its first byte */
    WEIR_CSV_FIELD,  /* at the first byte of a field */
    WEIR_CSV_BARE,
    WEIR_CSV_QUOTED,
    WEIR_CSV_QUOTE, /* behind a quote that may have closed the field */
    WEIR_CSV_CR,
    WEIR_CSV_COMMENT
} weir_csv_at;

/* All zero bytes at first but for `lazy`. */
typedef struct weir_csv_machine {
    bool lazy; /* quotes that stand oddly are bytes like others */
    bool lost;
    weir_csv_at at;
    size_t n;      /* bytes that were looked at */
    size_t fields; /* that ended */
    size_t quote;  /* where the latest field's quote opened */
    size_t wrong_at;
    weir_csv_wrong wrong; /* the first that is */
} weir_csv_machine;

typedef enum weir_csv_run {
    WEIR_CSV_NEED, /* all n bytes were looked at; it goes on */
    WEIR_CSV_DONE, /* the record ended with byte machine->n - 1, or with the input */
    WEIR_CSV_LOST  /* where it ends cannot be known */
} weir_csv_run;

/* Looks at bytes[machine->n, n); the record begins at bytes[0]. Writes where its fields end, as the
 * scanner does, as long as there is room. last: the input ends here. */
weir_csv_run weir_csv_machine_run(weir_csv_machine *machine, const weir_csv_dialect *dialect,
                                  const unsigned char *bytes, size_t n, bool last, uint32_t *ends,
                                  size_t room);

#endif
