/* Where the fields of CSV end: 64 bytes a step. */
#ifndef WEIR_FORMAT_CSV_SCAN_H
#define WEIR_FORMAT_CSV_SCAN_H

#include "weir/base.h"

/* What a file's fields are set apart by. */
typedef struct weir_csv_dialect {
    unsigned char separator;
    unsigned char quote;
    unsigned char comment;
    bool quotes;   /* there is a quote; else it is a byte like others */
    bool comments; /* a record that begins with `comment` is none */
    bool escapes;  /* "\t" is a tab, "\n" a newline, "\r" a CR and "\\" a backslash */
} weir_csv_dialect;

/* What is known of the byte before the next one: bits that are moved into the next step's masks. */
typedef struct weir_csv_before {
    uint64_t inside; /* ~0: within quotes; 0: not */
    uint64_t start;  /* 1: a record begins here */
    uint64_t edge;   /* 1: a field begins here */
    uint64_t closed; /* 1: it was a closing quote */
    uint64_t cr;     /* 1: it was a '\r' outside of quotes */
} weir_csv_before;

#define WEIR_CSV_AT_RECORD ((weir_csv_before){.start = 1, .edge = 1})

enum { WEIR_CSV_STEP = 64 }; /* ends that a step may find */

/* Begin it with all zero bytes but for `ends`, `records`, `room` and `before`. Offsets count from
 * the same byte for as long as a record goes on. */
typedef struct weir_csv_scan {
    uint32_t *ends;         /* where fields end: at a separator or a newline outside of quotes */
    uint32_t *records;      /* which of these are newlines: places in `ends` */
    uint32_t ends_n;        /* at most room */
    uint32_t records_n;     /* at most room */
    uint32_t room;          /* of both */
    uint32_t scanned;       /* bytes that were looked at */
    weir_csv_before before; /* ... and what stands before the next one */
    uint64_t doubled;       /* not 0: a quote within quotes, written twice, was seen */
    uint64_t inner;         /* not 0: so was a newline within quotes */
    bool odd; /* it stopped: the record that goes on here has a quote, a '\r' or a NUL where none
                 may stand, or is a comment. Its ends that were found so far say nothing */
} weir_csv_scan;

/* Looks at bytes[scanned, n) as far as there is room for a step's ends. One for each level of
 * processor (WEIR_CPU_x). It reads nothing past n. */
typedef void (*weir_csv_scanner)(weir_csv_scan *scan, const weir_csv_dialect *dialect,
                                 const unsigned char *bytes, size_t n);

weir_csv_scanner weir_csv_scanner_at(int cpu_level);

#endif
