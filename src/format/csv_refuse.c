/* What is wrong with a record, and where. */

#include <string.h>

#include "codec/newline.h"
#include "format/csv_stage.h"
#include "format/place.h"
#include "weir/fn.h"

uint64_t weir_csv_lines(const unsigned char *bytes, size_t n)
{
    return weir_newline_at(weir_cpu_level())->count(bytes, n);
}

/* Of the byte in hand `at`. */
static void csv_refuse_place(const struct csv *self, size_t at, weir_error *error)
{
    const unsigned char *bytes = weir_peek(self->source, &(size_t){0});
    size_t line = weir_newline_at(weir_cpu_level())->last(bytes, at);
    error->line = self->line + weir_csv_lines(bytes, at) + 1;
    error->column = at - line + 1;
    error->byte = self->source->offset + at;
    weir_reader_place(self->source, error);
}

static weir_poll at_place(struct csv *self, weir_cx *cx, size_t at)
{
    cx->error.fatal = !self->named;
    if (self->named)
        cx->error.record = self->record;
    csv_refuse_place(self, at, &cx->error);
    return (weir_poll){0, WEIR_ERROR};
}

/* A row is lent: the bytes in hand are those that it was found in. */
void weir_csv_place(const weir_row *row, const char *field, weir_error *error)
{
    const struct csv *self = WEIR_CONTAINER(weir_csv_table_of(row->header), struct csv, table);
    weir_name name = {{field, field ? strlen(field) : 0}, 0};
    size_t i = field ? weir_row_column(row, &name) : row->n;
    error->record = row->record;
    csv_refuse_place(self, i && i < row->n ? row->ends[i - 1] + 1 : row->begin, error);
}

struct wrong {
    weir_code code;
    const char *text, *cure;
};

static const struct wrong wrongs[] = {
    [WEIR_CSV_QUOTE_INSIDE] = {WEIR_E_CORRUPT, "a quote inside of a field that has none around it",
                               "lazy quotes, if it is a part of the text"},
    [WEIR_CSV_BEHIND_QUOTE] = {WEIR_E_CORRUPT, "text behind the quote that closes a field",
                               "lazy quotes, if quotes within fields are not doubled"},
    [WEIR_CSV_BARE_CR] = {WEIR_E_CORRUPT, "a carriage return without a newline behind it",
                          "newlines instead, where it ends a line"},
    [WEIR_CSV_NUL] = {WEIR_E_CORRUPT, "a byte of zero", "a file in UTF-8: this may be UTF-16"},
    [WEIR_CSV_NOT_CLOSED] = {WEIR_E_TRUNCATED, "the quote that opens here is not closed",
                             "a look at this quote"},
};

/* What the machine found in the record at `begin`. */
weir_poll weir_csv_refuse_wrong(struct csv *self, weir_cx *cx, bool fatal)
{
    const struct wrong *wrong = &wrongs[self->machine.wrong];
    weir_fail(cx, wrong->code, "%s", wrong->text);
    cx->error.cure = wrong->cure;
    self->record++;
    at_place(self, cx, self->begin + self->machine.wrong_at);
    cx->error.fatal |= fatal;
    return (weir_poll){0, WEIR_ERROR};
}

/* The machine looked at as much of the record at `begin` as is allowed. */
weir_poll weir_csv_refuse_size(struct csv *self, weir_cx *cx)
{
    bool open = self->machine.at == WEIR_CSV_QUOTED;
    const char *text = open ? "the quote that opens here is not closed within the record_bytes_max "
                              "= %zu bytes of a record"
                            : "a record is longer than record_bytes_max = %zu bytes";
    weir_fail(cx, WEIR_E_LIMIT, text, self->options.record_bytes_max);
    cx->error.cure = open ? "a look at this quote" : "a larger limit, if such records are meant";
    self->record++;
    at_place(self, cx, self->begin + (open ? self->machine.quote : 0));
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

weir_poll weir_csv_refuse_columns(struct csv *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_LIMIT, "a record has more than columns_max = %zu fields",
              self->options.columns_max);
    cx->error.cure = "a larger columns_max, if such records are meant";
    self->record++;
    return at_place(self, cx, self->begin);
}

weir_poll weir_csv_refuse_count(struct csv *self, weir_cx *cx, size_t n)
{
    weir_fail(cx, WEIR_E_CORRUPT, "a record of %zu fields, where the header has %zu", n,
              self->table.header.n);
    cx->error.cure = "leave strict out, if records may differ";
    self->record++;
    return at_place(self, cx, self->begin);
}

/* Of the blank lines that stand before the record in hand. */
weir_poll weir_csv_refuse_blank(struct csv *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_CORRUPT, "a blank line between records");
    cx->error.byte = self->blank_byte;
    cx->error.line = self->blank_line;
    cx->error.column = 1;
    cx->error.fatal = false;
    if (self->named)
        cx->error.record = ++self->record;
    weir_reader_place(self->source, &cx->error);
    self->blank = false;
    return (weir_poll){0, WEIR_ERROR};
}

weir_poll weir_csv_no_memory(struct csv *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_MEMORY, "no memory for the fields of a record");
    at_place(self, cx, self->begin);
    cx->error.fatal = true;
    return (weir_poll){0, WEIR_ERROR};
}

weir_poll weir_csv_refuse_name(struct csv *self, weir_cx *cx, size_t i)
{
    bool empty = !self->table.header.names[i].size;
    weir_fail(cx, WEIR_E_CORRUPT, "the name of column %zu is %s", i + 1,
              empty ? "empty" : "that of a column before it");
    cx->error.cure = "leave strict out, or say names of your own";
    return at_place(self, cx, i ? self->scan.ends[self->first + i - 1] + 1 : self->begin);
}
