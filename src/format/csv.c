/* csv: the records of a reader as rows, lent from its buffer. The scanner finds a batch of them;
 * the batch is given row by row, and its bytes are consumed when none of it is left. A record that
 * the scanner gives up is read again from its first byte by the machine. */

#include <string.h>

#include "core/stage.h"
#include "format/csv_dialect.h"
#include "format/csv_stage.h"
#include "weir/fn.h"

/* What is scanned at once stays in the cache until it is looked at. */
enum { RUN_BYTES = 32 << 10, ENDS_FIRST = 2048, LINE_END_BYTES = 2 };

static struct csv *csv_of(const weir_stream *stream)
{
    return WEIR_SELF(struct csv, stream);
}

static const unsigned char *csv_bytes_of(const struct csv *self)
{
    return weir_peek(self->source, &(size_t){0});
}

/* Says which records can be given without a look. */
static void look_at_each(struct csv *self)
{
    bool look = !self->named || self->blank;
    self->usual_n = look ? 0 : (uint32_t)self->table.header.n;
}

/* ---- the records of a batch ---- */

/* Behind the record at `at`. */
static void csv_pass(struct csv *self, uint32_t next)
{
    self->first = self->scan.records[self->at++] + 1;
    self->begin = next;
}

static weir_row row_at(struct csv *self, const unsigned char *bytes)
{
    uint32_t last = self->scan.records[self->at];
    return (weir_row){.bytes = (const char *)bytes,
                      .ends = self->scan.ends + self->first,
                      .begin = self->begin,
                      .n = last + 1 - self->first,
                      .header = &self->table.header,
                      .record = self->record + 1,
                      .lazy = self->by_hand};
}

/* A record ends before the '\r' of its line's end. */
static uint32_t without_cr(const unsigned char *bytes, uint32_t begin, uint32_t end)
{
    return end > begin && bytes[end - 1] == '\r' ? end - 1 : end;
}

/* Gives records as long as nothing is to be said about them. */
static size_t csv_give(struct csv *self, weir_row *out, size_t demand)
{
    const unsigned char *bytes = csv_bytes_of(self);
    size_t made = 0;
    for (; made < demand && self->at < self->scan.records_n; made++) {
        weir_row row = row_at(self, bytes);
        uint32_t *end = &self->scan.ends[self->scan.records[self->at]];
        if (row.n != self->usual_n || *end - row.begin > self->options.record_bytes_max)
            break;
        csv_pass(self, *end + 1);
        *end = without_cr(bytes, row.begin, *end);
        self->record++;
        out[made] = row;
    }
    return made;
}

static weir_poll note_blank(struct csv *self, uint32_t next)
{
    if (!self->blank) {
        self->blank_byte = self->source->offset + self->begin;
        self->blank_line = self->line + weir_csv_lines(csv_bytes_of(self), self->begin) + 1;
    }
    self->blank = true;
    look_at_each(self);
    csv_pass(self, next);
    return (weir_poll){0, WEIR_READY};
}

/* The blank lines before the record in hand are an error, since it is not the end that follows. */
static weir_poll pass_blank(struct csv *self, weir_cx *cx)
{
    weir_poll got = weir_csv_refuse_blank(self, cx);
    self->bad = (weir_line){"", 0};
    look_at_each(self);
    return got;
}

static weir_poll check_names(struct csv *self, weir_cx *cx)
{
    size_t i = self->table.header.n;
    if (self->options.strict && !weir_csv_table_unclear(&self->table, &i))
        return weir_csv_no_memory(self, cx);
    bool fine = i == self->table.header.n;
    return fine ? (weir_poll){0, WEIR_READY} : weir_csv_refuse_name(self, cx, i);
}

static weir_poll csv_take_header(struct csv *self, weir_cx *cx, const weir_row *row, uint32_t next)
{
    if (!weir_csv_table_take(&self->table, row, self->options.columns_max))
        return weir_csv_no_memory(self, cx);
    weir_poll got = check_names(self, cx);
    if (got.state != WEIR_READY)
        return got;
    if (self->options.number_doubled && !weir_csv_table_number(&self->table))
        return weir_csv_no_memory(self, cx);
    self->named = true;
    look_at_each(self);
    if (!self->options.no_header)
        csv_pass(self, next);
    return got;
}

/* A record whose number of fields is not the usual one. */
static weir_poll csv_give_other(struct csv *self, weir_cx *cx, const weir_row *row, uint32_t next)
{
    bool many = row->n > self->options.columns_max;
    if (many || (self->options.strict && row->n != self->table.header.n)) {
        weir_poll got =
            many ? weir_csv_refuse_columns(self, cx) : weir_csv_refuse_count(self, cx, row->n);
        self->bad = weir_row_text(row);
        csv_pass(self, next);
        return got;
    }
    if (!weir_csv_table_extend(&self->table, row->n, self->options.columns_max))
        return weir_csv_no_memory(self, cx);
    self->record++;
    csv_pass(self, next);
    return (weir_poll){1, WEIR_READY};
}

static weir_poll csv_too_long(struct csv *self, weir_cx *cx, size_t size)
{
    size_t most = self->options.record_bytes_max + LINE_END_BYTES;
    self->machine = (weir_csv_machine){.lazy = self->options.lazy_quotes};
    weir_csv_machine_run(&self->machine, &self->table.dialect, csv_bytes_of(self) + self->begin,
                         size < most ? size : most, false, NULL, 0);
    return weir_csv_refuse_size(self, cx);
}

static weir_poll csv_look_at(struct csv *self, weir_cx *cx, const weir_row *row, uint32_t next)
{
    size_t size = weir_row_text(row).size;
    bool several = !self->named || self->table.header.n != 1;
    if (size > self->options.record_bytes_max)
        return csv_too_long(self, cx, size);
    if (row->n == 1 && !size && several)
        return note_blank(self, next);
    if (self->blank)
        return pass_blank(self, cx);
    if (self->named || row->n > self->options.columns_max)
        return csv_give_other(self, cx, row, next);
    return csv_take_header(self, cx, row, next);
}

/* The record that stopped csv_give(). {0, READY}: it was no row, or is to be looked at again. */
static weir_poll csv_look(struct csv *self, weir_cx *cx, weir_row *out)
{
    uint32_t at = self->at;
    uint32_t *end = &self->scan.ends[self->scan.records[at]];
    uint32_t next = *end + 1;
    *out = row_at(self, csv_bytes_of(self));
    *end = without_cr(csv_bytes_of(self), out->begin, *end);
    weir_poll got = csv_look_at(self, cx, out, next);
    if (self->at == at)
        *end = next - 1;
    return got;
}

/* ---- the next batch ---- */

/* The lines of what was given. Mostly each record of a batch is one. */
static uint64_t csv_lines_of(struct csv *self, const unsigned char *bytes, uint32_t used)
{
    weir_csv_scan *scan = &self->scan;
    if (self->by_hand || !self->at || scan->inner || self->last)
        return weir_csv_lines(bytes, used);
    return self->at;
}

/* Consumes what was given, and what it held; a record that goes on begins at 0. */
static void csv_settle(struct csv *self)
{
    if (!self->begin)
        return;
    weir_csv_scan *scan = &self->scan;
    size_t n;
    const unsigned char *bytes = weir_peek(self->source, &n);
    uint32_t used = self->begin < n ? self->begin : (uint32_t)n; /* the last newline may be none */
    self->line += csv_lines_of(self, bytes, used);
    if (scan->inner) /* of the record that goes on there may be some too */
        scan->inner = weir_csv_lines(bytes + used, scan->scanned - used);
    weir_consume(self->source, used);
    uint32_t left = scan->ends_n - self->first;
    for (uint32_t i = 0; i < left; i++)
        scan->ends[i] = scan->ends[self->first + i] - used;
    scan->ends_n = left;
    scan->records_n = 0;
    scan->scanned -= used;
    self->at = self->first = self->begin = 0;
    self->by_hand = false;
}

/* Room for the ends of that many fields, and of a step or two. */
static size_t csv_room_for(size_t fields)
{
    return fields + 2 * (size_t)WEIR_CSV_STEP;
}

static size_t room_max(const struct csv *self)
{
    size_t most = self->options.columns_max;
    return csv_room_for(most < ENDS_FIRST ? ENDS_FIRST : most);
}

/* One block for both lists. false: no memory. */
static bool csv_grow(weir_csv_scan *scan, size_t room)
{
    uint32_t *ends = weir_allocate(2 * room * sizeof *ends);
    if (!ends)
        return false;
    if (scan->ends_n)
        memcpy(ends, scan->ends, scan->ends_n * sizeof *ends);
    weir_release(scan->ends, 2 * scan->room * sizeof *ends);
    scan->ends = ends;
    scan->records = ends + room;
    scan->room = (uint32_t)room;
    return true;
}

static void begin_machine(struct csv *self)
{
    self->machine = (weir_csv_machine){.lazy = self->options.lazy_quotes};
    self->machine_on = true;
}

/* The machine is at the end of a record: the scanner goes on behind it. */
static void end_machine(struct csv *self)
{
    self->machine_on = false;
    self->scan.odd = false;
    self->scan.before = WEIR_CSV_AT_RECORD;
    self->scan.ends_n = 0;
    self->scan.scanned = (uint32_t)self->machine.n;
    self->begin = self->scan.scanned;
}

/* The record that was read is the batch. */
static weir_poll batch_of_one(struct csv *self, weir_cx *cx)
{
    self->begin = 0;
    self->by_hand = true;
    self->scan.doubled = true;
    self->scan.ends_n = (uint32_t)self->machine.fields;
    self->scan.records[self->scan.records_n++] = self->scan.ends_n - 1;
    if (!weir_csv_table_scratch(&self->table, self->scan.scanned))
        return weir_csv_no_memory(self, cx);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll machine_done(struct csv *self, weir_cx *cx, const unsigned char *bytes)
{
    const weir_csv_machine *machine = &self->machine;
    size_t n = machine->n;
    if (machine->at == WEIR_CSV_COMMENT) {
        end_machine(self);
        return (weir_poll){0, WEIR_READY};
    }
    uint32_t end = (uint32_t)n - (bytes[n - 1] == '\n');
    weir_poll got = {0, WEIR_READY};
    bool few = machine->fields <= self->options.columns_max;
    if (few && machine->fields > self->scan.room) {
        begin_machine(self); /* once more, with room for all of them */
        return csv_grow(&self->scan, room_max(self)) ? got : weir_csv_no_memory(self, cx);
    }
    if (machine->wrong)
        got = weir_csv_refuse_wrong(self, cx, false);
    else if (without_cr(bytes, 0, end) > self->options.record_bytes_max)
        got = weir_csv_refuse_size(self, cx);
    else if (!few)
        got = weir_csv_refuse_columns(self, cx);
    end_machine(self);
    if (got.state == WEIR_READY)
        return batch_of_one(self, cx);
    self->bad = (weir_line){(const char *)bytes, without_cr(bytes, 0, end)};
    return got;
}

static weir_poll csv_fill(struct csv *self, weir_cx *cx, size_t n)
{
    weir_poll got = weir_poll_fill(self->source, cx, n + 1);
    self->last = got.state == WEIR_END;
    return (weir_poll){0, self->last ? WEIR_READY : got.state};
}

/* Reads the record at 0 byte by byte. */
static weir_poll run_machine(struct csv *self, weir_cx *cx, const unsigned char *bytes, size_t n)
{
    const weir_csv_dialect *by = &self->table.dialect;
    size_t most = self->options.record_bytes_max + LINE_END_BYTES;
    size_t may = n < most ? n : most;
    if (self->blank && !(by->comments && bytes[0] == by->comment))
        return pass_blank(self, cx);
    switch (weir_csv_machine_run(&self->machine, by, bytes, may, self->last && may == n,
                                 self->scan.ends, self->scan.room)) {
    case WEIR_CSV_DONE:
        return machine_done(self, cx, bytes);
    case WEIR_CSV_LOST:
        return weir_csv_refuse_wrong(self, cx, true);
    default:
        if (may < most)
            return csv_fill(self, cx, n);
        return self->machine.wrong ? weir_csv_refuse_wrong(self, cx, true)
                                   : weir_csv_refuse_size(self, cx);
    }
}

static weir_poll run_scanner(struct csv *self, weir_cx *cx, const unsigned char *bytes, size_t n)
{
    weir_csv_scan *scan = &self->scan;
    size_t to = n - scan->scanned > RUN_BYTES ? scan->scanned + RUN_BYTES : n;
    self->scanner(scan, &self->table.dialect, bytes, to);
    bool copies = scan->doubled || self->table.dialect.escapes;
    if (copies && !weir_csv_table_scratch(&self->table, scan->scanned))
        return weir_csv_no_memory(self, cx);
    return (weir_poll){0, WEIR_READY};
}

static bool csv_is_full(const weir_csv_scan *scan)
{
    return scan->room - scan->ends_n < WEIR_CSV_STEP;
}

/* The scanner can not go on with the record at 0. */
static bool csv_is_stuck(const struct csv *self)
{
    const weir_csv_scan *scan = &self->scan;
    return scan->odd || csv_is_full(scan) ||
           scan->scanned >= self->options.record_bytes_max + LINE_END_BYTES;
}

/* What is left behind the last newline is a record too. */
static weir_poll last_record(struct csv *self, size_t n)
{
    weir_csv_scan *scan = &self->scan;
    if (scan->before.inside || scan->before.cr) {
        begin_machine(self);
        return (weir_poll){0, WEIR_READY};
    }
    scan->records[scan->records_n++] = scan->ends_n;
    scan->ends[scan->ends_n++] = (uint32_t)n;
    return (weir_poll){0, WEIR_READY};
}

static bool may_be_mark(const unsigned char *bytes, size_t n)
{
    return memcmp(bytes, "\xef\xbb\xbf", n) == 0;
}

/* Passes over a byte order mark, which may come in parts. */
static weir_poll csv_begin(struct csv *self, weir_cx *cx, const unsigned char *bytes, size_t n)
{
    enum { MARK_BYTES = 3 };
    size_t look = n < MARK_BYTES ? n : MARK_BYTES;
    bool may = !look || may_be_mark(bytes, look);
    if (may && look < MARK_BYTES && !self->last)
        return csv_fill(self, cx, n);
    self->begun = true;
    if (may && look == MARK_BYTES)
        weir_consume(self->source, MARK_BYTES);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll csv_more(struct csv *self, weir_cx *cx)
{
    csv_settle(self);
    size_t n;
    const unsigned char *bytes = weir_peek(self->source, &n);
    if (!self->begun)
        return csv_begin(self, cx, bytes, n);
    if (csv_is_full(&self->scan) && self->scan.room < room_max(self) &&
        !csv_grow(&self->scan, room_max(self)))
        return weir_csv_no_memory(self, cx);
    if (!self->machine_on && csv_is_stuck(self))
        begin_machine(self);
    if (self->machine_on)
        return run_machine(self, cx, bytes, n);
    if (self->scan.scanned < n)
        return run_scanner(self, cx, bytes, n);
    if (!self->last)
        return csv_fill(self, cx, n);
    return n ? last_record(self, n) : (weir_poll){0, WEIR_END};
}

static weir_poll csv_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct csv *self = csv_of(stream);
    self->bad = (weir_line){0};
    for (;;) {
        size_t made = csv_give(self, out, demand);
        if (made)
            return (weir_poll){(uint32_t)made, WEIR_READY};
        bool stopped = self->at < self->scan.records_n;
        weir_poll got = stopped ? csv_look(self, cx, out) : csv_more(self, cx);
        if (got.n || got.state != WEIR_READY)
            return got;
        if (!weir_spend(cx))
            return weir_wait_turn(cx);
    }
}

/* ---- beginning and end ---- */

/* What was lent counts as used: a source that is read on by somebody else goes on behind it. */
static void csv_fini(weir_stream *stream)
{
    struct csv *self = csv_of(stream);
    size_t n;
    weir_peek(self->source, &n);
    weir_consume(self->source, self->begin < n ? self->begin : n);
    weir_release(self->scan.ends, 2 * self->scan.room * sizeof *self->scan.ends);
    weir_csv_table_fini(&self->table);
}

static bool csv_rejected(const weir_stream *stream, weir_line *out)
{
    *out = csv_of(stream)->bad;
    return out->data;
}

static size_t csv_memory_max(const weir_stream *stream)
{
    const struct csv *self = csv_of(stream);
    size_t record = self->options.record_bytes_max + LINE_END_BYTES;
    size_t table = weir_csv_table_memory_max(record, self->options.columns_max, record + RUN_BYTES);
    size_t rooms = csv_room_for(ENDS_FIRST) + room_max(self); /* the old one beside the new one */
    return table + 2 * rooms * sizeof *self->scan.ends;
}

static bool csv_names(const weir_stream *stream, weir_record_view *out)
{
    const struct csv *self = csv_of(stream);
    *out = (weir_record_view){&weir_csv_header_type, &self->table.header};
    return self->named;
}

static const weir_stream_ops csv_ops = {.size = sizeof csv_ops,
                                        .name = "csv",
                                        .poll_next = csv_poll_next,
                                        .fini = csv_fini,
                                        .marks = WEIR_MARKS_PASS,
                                        .memory_max = csv_memory_max,
                                        .rejected = csv_rejected,
                                        .names = csv_names};

static void csv_take_options(struct csv *self, const weir_csv_options *options)
{
    weir_csv_options *all = &self->options;
    weir_options_take(all, sizeof *all, options, sizeof *all);
    if (!all->record_bytes_max)
        all->record_bytes_max = WEIR_CSV_RECORD_MAX_DEFAULT;
    if (!all->columns_max)
        all->columns_max = WEIR_CSV_COLUMNS_MAX_DEFAULT;
    self->table.id = weir_csv_table_id();
    self->table.numbered = all->no_header;
    self->table.dialect =
        weir_csv_dialect_of(all->separator, all->quote, all->comment, all->no_quotes, all->escapes);
}

static weir_stream *csv_refuse(struct csv *self, const char *cure, const char *text, size_t n)
{
    return weir_stream_refuse(&self->stream.stage, WEIR_E_ARGUMENT, cure, text, NULL, NULL, n);
}

static weir_stream *csv_no_room(struct csv *self, const char *text, size_t n)
{
    return weir_stream_refuse(&self->stream.stage, WEIR_E_MEMORY, "a smaller limit", text, NULL,
                              NULL, n);
}

static weir_stream *check_options(struct csv *self)
{
    const weir_csv_options *all = &self->options;
    const char *why = weir_csv_dialect_fault(&self->table.dialect);
    if (why)
        return csv_refuse(self, why, "csv: its separator, quote and comment can not be told apart",
                          0);
    if (all->record_bytes_max > WEIR_MIN_MAX)
        return csv_refuse(self, "a limit of at most WEIR_MIN_MAX bytes",
                          "csv: the limit 'record_bytes_max' is %zu bytes", all->record_bytes_max);
    if (all->columns_max > WEIR_CSV_COLUMNS_MAX)
        return csv_refuse(self, "a limit of at most WEIR_CSV_COLUMNS_MAX columns",
                          "csv: the limit 'columns_max' is %zu columns", all->columns_max);
    if (all->header && (!all->header_n || all->header_n > all->columns_max))
        return csv_refuse(self, "from 1 to columns_max names", "csv: a header of %zu names",
                          all->header_n);
    if (all->header && all->no_header)
        return csv_refuse(self, "one of both", "csv: a header, and .no_header", 0);
    return NULL;
}

weir_stream *weir_csv(weir_reader *source, const weir_csv_options *options)
{
    weir_stream *stream = weir_stream_over(source, sizeof(struct csv), &csv_ops, &weir_type_row);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct csv *self = csv_of(stream);
    self->source = source;
    self->scanner = weir_csv_scanner_at(weir_cpu_level());
    csv_take_options(self, options);
    weir_stream *refused = check_options(self);
    if (refused)
        return refused;
    const weir_csv_options *all = &self->options;
    if (!weir_reader_reserve(source, all->record_bytes_max + LINE_END_BYTES))
        return csv_no_room(self, "csv: no room for a record of %zu bytes", all->record_bytes_max);
    self->scan.before = WEIR_CSV_AT_RECORD;
    if (!csv_grow(&self->scan, csv_room_for(ENDS_FIRST)))
        return csv_no_room(self, "csv: no memory for the places of %zu fields", ENDS_FIRST);
    self->named = all->header;
    if (all->header &&
        (!weir_csv_table_name(&self->table, all->header, all->header_n, all->columns_max) ||
         (all->number_doubled && !weir_csv_table_number(&self->table))))
        return csv_no_room(self, "csv: no memory for %zu names", all->header_n);
    look_at_each(self);
    self->options.header = NULL; /* copied */
    return stream;
}

weir_stream *weir_csv_records(weir_reader *source, const weir_record *record,
                              const weir_csv_options *options)
{
    return weir_records(weir_csv(source, options), record);
}
