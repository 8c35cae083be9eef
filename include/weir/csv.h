/* weir/csv.h: tables as text, CSV and TSV: rows of a reader, and any records as rows. */
#ifndef WEIR_CSV_H
#define WEIR_CSV_H

#include "weir/reader.h"
#include "weir/record.h"

WEIR_BEGIN_C

/* The names of a file's columns. */
typedef struct weir_csv_header {
    const weir_text *names;
    size_t n; /* columns that have a name of their own; a longer record's are called _n, _n+1 */
} weir_csv_header;

/* A record of a file: where its fields stand. Lent. Ask for what is in it by the functions below,
 * or as in any record (weir/record.h), where its fields are words. */
typedef struct weir_row {
    const char *bytes;    /* what its places count from */
    const uint32_t *ends; /* where its fields end */
    uint32_t begin;       /* where its first one begins */
    uint32_t n;           /* fields */
    const weir_csv_header *header;
    uint64_t record; /* from 1, behind the header */
    bool lazy;       /* its quotes stand as only .lazy_quotes allows */
} weir_row;

WEIR_API extern const weir_type weir_type_row; /* weir_row, lent; owned it is weir_fields */

/* Field i (< row->n), without quotes. One that holds quotes is copied, when it is asked for.
 *
 * Example:
 *     weir_row row;
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\n"), NULL);
 *     p(answer(weir_await_next(rows, &row, NULL))); // -> READY
 *     p(weir_row_at(&row, 1)); // -> 36
 *     weir_drop(rows);
 */
WEIR_API weir_text weir_row_at(const weir_row *row, size_t i);

/* The field of that name: the first, if there are several. data NULL: the record has none.
 *
 *     static weir_name age = WEIR_NAME("AGE");
 *     weir_text text = weir_row_get(&row, &age);
 *
 * Example:
 *     static weir_name age = WEIR_NAME("age");
 *     weir_row row;
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\n"), NULL);
 *     p(answer(weir_await_next(rows, &row, NULL))); // -> READY
 *     p(weir_row_get(&row, &age)); // -> 36
 *     weir_drop(rows);
 */
WEIR_API weir_text weir_row_get(const weir_row *row, weir_name *name);

/* The record as it stands in the file, without the end of its line.
 *
 * Example:
 *     weir_row row;
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\n"), NULL);
 *     p(answer(weir_await_next(rows, &row, NULL))); // -> READY
 *     p(weir_row_text(&row)); // -> Ada,36
 *     weir_drop(rows);
 */
static inline weir_text weir_row_text(const weir_row *row)
{
    weir_text text = {row->bytes + row->begin, row->ends[row->n - 1] - row->begin};
    return text;
}

#define WEIR_CSV_RECORD_MAX_DEFAULT ((size_t)16 << 20)
enum { WEIR_CSV_COLUMNS_MAX_DEFAULT = 10000, WEIR_CSV_COLUMNS_MAX = 1 << 20 };

/* How CSV is read. All zero: CSV with a header. */
typedef struct weir_csv_options {
    uint32_t size;    /* set by WEIR_CSV_OPTIONS(); 0: the first layout */
    char separator;   /* 0: ',' */
    char quote;       /* 0: '"' */
    char comment;     /* a record that begins with it is left out; 0: there are none */
    bool no_quotes;   /* a quote is a byte like others: no field holds a separator or a newline */
    bool lazy_quotes; /* a quote within a field that has none around it, or within one that has and
                         not doubled, is a byte like others */
    bool strict;      /* each record has as many fields as the header, whose names all differ */
    bool no_header;   /* the first record is one like others; columns are called 0, 1, 2 ... */
    const char *const *header; /* the names, instead of the first record; NULL: it is that */
    size_t header_n;
    size_t record_bytes_max; /* 0: 16 MiB; at most WEIR_MIN_MAX */
    size_t columns_max;      /* 0: 10 000; at most WEIR_CSV_COLUMNS_MAX */
    bool escapes;        /* no quotes: "\t", "\n", "\r" and "\\" in a field are a tab, a newline, a
                            '\r' and a backslash, as IANA's TSV and Miller have it */
    bool number_doubled; /* a name that stands in the header again is called NAME_2, NAME_3 ... */
} weir_csv_options;

/* WEIR_CSV_OPTIONS(.separator = ';'): such options, the size set. WEIR_TSV_OPTIONS(): with tabs;
 * quotes are those of CSV, as spreadsheets write them. */
#define WEIR_CSV_OPTIONS(...) ((weir_csv_options){.size = sizeof(weir_csv_options), __VA_ARGS__})
#define WEIR_TSV_OPTIONS(...) WEIR_CSV_OPTIONS(.separator = '\t', __VA_ARGS__)

/* The records of a file as lent weir_row, by RFC 4180: a field with a separator, a quote or a
 * newline in it stands in quotes, with its own quotes doubled. Lines end with "\n" or "\r\n", also
 * mixed; the last one need not. A byte order mark is dropped, blank lines at the end are too.
 * Records may differ in their number of fields, unless .strict: those that are missing are not
 * there, further ones are called _2, _3 ... by their column, from 0.
 * Shape: gives the complete records in hand, up to the demand; never fills after lending.
 * Fields stand in the reader's bytes. Held: what the largest record needs.
 * Units: record_bytes_max without the line's end. options NULL: the defaults; not kept.
 * Errors, each with its byte, record, line and column. Not fatal, and the next record follows:
 * CORRUPT for a quote in a field that has none around it, a '\r' without its "\n", a NUL, a blank
 * line between records of several fields, what is not as .strict says; LIMIT for more than
 * columns_max fields. Fatal, since nobody knows where the record ends: CORRUPT for text behind a
 * closing quote, TRUNCATED for one that is not closed, at its opening, LIMIT for more than
 * record_bytes_max; and every error in the header.
 * Source: csv-parser, and Rust's csv::Reader, which lets records differ when it is `flexible`.
 *
 * Example:
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\nBob,25\n"), NULL);
 *     p(weir_to_ndjson(rows, NULL)); // -> {"who":"Ada","age":36}\n{"who":"Bob","age":25}\n
 */
WEIR_ITEM(weir_row)
WEIR_LENDS
WEIR_NEW weir_stream *weir_csv(weir_reader *source WEIR_TAKES, const weir_csv_options *options);

/* The same as structs of your own: weir_records(weir_csv(source, options), record). Source: csv's
 * deserialize().
 *
 * Example:
 *     weir_reader *file = text("age,name\n36,Ada\n");
 *     p(weir_to_csv(weir_csv_records(file, &person_record, NULL), NULL)); // -> name,age\nAda,36\n
 */
WEIR_LENDS
WEIR_NEW weir_stream *weir_csv_records(weir_reader *source WEIR_TAKES,
                                       const weir_record *record WEIR_KEEPS,
                                       const weir_csv_options *options);

typedef struct weir_to_csv_options {
    uint32_t size;             /* set by WEIR_TO_CSV_OPTIONS(); 0: the first layout */
    char separator;            /* 0: ',' */
    char quote;                /* 0: '"' */
    bool no_quotes;            /* a field that needs them is an error */
    bool no_header;            /* no line of names */
    const char *const *header; /* the columns, `home.city` too; NULL: the first record's names */
    size_t header_n;
    size_t record_bytes_max; /* 0: 16 MiB; at most WEIR_MIN_MAX */
    size_t columns_max;      /* 0: 10 000; at most WEIR_CSV_COLUMNS_MAX */
    bool escapes;            /* no quotes: what cannot stand in a line is escaped, as there */
} weir_to_csv_options;

#define WEIR_TO_CSV_OPTIONS(...)                                                                   \
    ((weir_to_csv_options){.size = sizeof(weir_to_csv_options), __VA_ARGS__})

/* Any records as CSV: a line of names, then a line each. What is missing or null is empty; what is
 * nested is JSON; quotes stand only around what needs them. A row that comes as it was read, under
 * the same header, leaves as it stands. Without records: the line of names, if they are known
 * (.header, or weir_record_names()), else nothing.
 * The names are the first record's; where that is a row shorter than its file's header, the
 * header's. Columns of one name are filled by place where a record's fields stand in the columns'
 * order; else the first has one field of that name, and the others are empty.
 * Shape: lines are gathered in blocks of 64 KiB; none while it waits.
 * Errors, not fatal, and the next record follows: CORRUPT for a field that is none of the columns,
 * unless .header chose them (then it is left out), or that cannot stand in a line with no_quotes,
 * and for JSON that is no object: but a list is a line where it has no more values than a list
 * before it, whose columns have no names;
 * LIMIT for a longer record than record_bytes_max, or that takes more than twice that with the
 * header, which stands before the first record that can be written.
 * Source: csv::Writer, whose serialize() takes the header from the first struct.
 *
 * Example:
 *     weir_reader *file = text("name;age\nAda;36\n");
 *     weir_stream *rows = weir_csv(file, &WEIR_CSV_OPTIONS(.separator = ';'));
 *     p(weir_to_csv(rows, NULL)); // -> name,age\nAda,36\n
 */
WEIR_NEW weir_reader *weir_to_csv(weir_stream *source WEIR_TAKES,
                                  const weir_to_csv_options *options);

/* The same, each line with its newline as an item, the names in that of the first record: as
 * weir_to_ndjson_each().
 *
 * Example:
 *     weir_stream *rows = weir_csv(text("name,age\nAda,36\n"), NULL);
 *     p(weir_count(weir_to_csv_each(rows, NULL))); // -> 1
 */
WEIR_ITEM(weir_line)
WEIR_LENDS
WEIR_NEW weir_stream *weir_to_csv_each(weir_stream *source WEIR_TAKES,
                                       const weir_to_csv_options *options);

WEIR_END_C

#endif
