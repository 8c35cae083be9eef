/* The stage csv, for its own files. */
#ifndef WEIR_FORMAT_CSV_STAGE_H
#define WEIR_FORMAT_CSV_STAGE_H

#include "format/csv_machine.h"
#include "format/csv_table.h"

struct csv {
    weir_stream stream;
    weir_reader *source;
    weir_csv_options options;
    weir_csv_scanner scanner;
    weir_csv_table table;

    /* Places in hand; all are told again when bytes are consumed. */
    weir_csv_scan scan;
    uint32_t at;    /* the next of scan.records */
    uint32_t first; /* where in scan.ends its fields begin */
    uint32_t begin; /* where the record begins; what stands before it was given */

    weir_csv_machine machine; /* reads the record at 0, where machine_on */
    uint32_t usual_n;         /* a record of so many fields needs no look; 0: each does */
    bool begun;               /* behind a byte order mark */
    bool named;               /* the header is known */
    bool machine_on;
    bool last;    /* the input is over */
    bool by_hand; /* the batch is a record that the machine read */
    bool blank;   /* a blank line came, and no record since: */
    uint64_t blank_byte, blank_line;
    weir_line bad;   /* the record that this poll refused; data NULL: none */
    uint64_t record; /* that were given or refused */
    uint64_t line;   /* lines before the first byte in hand */
};

/* The lines that end in the n bytes. */
uint64_t weir_csv_lines(const unsigned char *bytes, size_t n);

/* Each makes the error of a record, which counts as one, and answers it: where it is the header, it
 * is fatal. */
weir_poll weir_csv_refuse_wrong(struct csv *self, weir_cx *cx, bool fatal);
weir_poll weir_csv_refuse_size(struct csv *self, weir_cx *cx);
weir_poll weir_csv_refuse_columns(struct csv *self, weir_cx *cx);
weir_poll weir_csv_refuse_count(struct csv *self, weir_cx *cx, size_t n);
weir_poll weir_csv_refuse_blank(struct csv *self, weir_cx *cx);
/* The name of column i is empty, or another's. */
weir_poll weir_csv_refuse_name(struct csv *self, weir_cx *cx, size_t i);
weir_poll weir_csv_no_memory(struct csv *self, weir_cx *cx);

#endif
