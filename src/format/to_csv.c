/* to_csv: any records as lines of CSV. A row under the same header leaves as it stands; another
 * record's fields are taken in its own order, if that is the columns', else by their names. */

#include "core/stage.h"
#include "format/csv_columns.h"
#include "format/csv_dialect.h"
#include "format/csv_put.h"
#include "format/csv_table.h"
#include "format/path.h"
#include "weir/decode.h"

struct to_csv {
    weir_to_csv_options options;
    const weir_type *type;
    const weir_stream *source;
    struct weir_csv_put put;
    struct weir_csv_columns columns;
    bool chosen;      /* by the caller: other fields are left out */
    bool nested;      /* and one of them may be a field in a record: a.b */
    bool header_done; /* its line was written, or there shall be none */
    uint64_t same;    /* the table whose header is these columns; 0: none known */
};

/* ---- lines ---- */

/* A line without a byte would be read as none. */
static void to_csv_end_line(struct to_csv *self, struct weir_csv_room *room, size_t begin)
{
    if (room->n == begin && self->put.dialect.quotes) {
        weir_csv_put_byte(room, self->put.dialect.quote);
        weir_csv_put_byte(room, self->put.dialect.quote);
    }
    weir_csv_put_byte(room, '\n');
}

/* false: error was set. *in_order: its fields are the first columns, and the line stands there. */
static bool put_in_order(struct to_csv *self, struct weir_csv_room *room, weir_record_view record,
                         bool *in_order, weir_error *error)
{
    weir_record_iter iter = {0};
    weir_text name;
    weir_value value;
    size_t i = 0;
    *in_order = false;
    for (; weir_record_next(record, &iter, &name, &value); i++) {
        if (i == self->columns.n || !weir_csv_is_name(name, self->columns.at[i].name.text))
            return true;
        if (i)
            weir_csv_put_byte(room, self->put.dialect.separator);
        if (!weir_csv_put_value(&self->put, room, name, &value, error))
            return false;
    }
    for (; i < self->columns.n; i++)
        if (i)
            weir_csv_put_byte(room, self->put.dialect.separator);
    *in_order = true;
    return true;
}

/* Each field has a column; the names of those that have none are looked for only if there are. */
static bool to_csv_fits(struct to_csv *self, weir_record_view record, size_t found,
                        weir_error *error)
{
    weir_record_iter iter = {0};
    weir_text name;
    weir_value value;
    if (self->chosen || found == weir_record_count(record))
        return true;
    while (weir_record_next(record, &iter, &name, &value))
        if (!weir_csv_columns_have(&self->columns, name)) {
            weir_csv_refuse_field(error,
                                  "the field '%s' is none of the columns, which are the first "
                                  "record's",
                                  name);
            error->cure = "the columns, if they are known: .header, or columns=";
            return false;
        }
    return true;
}

static bool to_csv_find(const struct to_csv *self, weir_record_view record, weir_name *name,
                        weir_value *value)
{
    return weir_record_find(record, name, value) ||
           (self->nested && weir_path_find_text(name->text, record, value));
}

/* A field has one column: of several of its name the first, or it would be there twice, and be
 * counted for another one that has none. */
static bool put_by_name(struct to_csv *self, struct weir_csv_room *room, weir_record_view record,
                        weir_error *error)
{
    size_t found = 0;
    for (size_t i = 0; i < self->columns.n; i++) {
        struct weir_csv_column *column = &self->columns.at[i];
        weir_value value;
        if (i)
            weir_csv_put_byte(room, self->put.dialect.separator);
        if (column->again || !to_csv_find(self, record, &column->name, &value))
            continue;
        found++;
        if (!weir_csv_put_value(&self->put, room, column->name.text, &value, error))
            return false;
    }
    return to_csv_fits(self, record, found, error);
}

static bool put_header(struct to_csv *self, struct weir_csv_room *room, weir_error *error)
{
    size_t begin = room->n;
    if (self->header_done)
        return true;
    for (size_t i = 0; i < self->columns.n; i++) {
        weir_text name = self->columns.at[i].name.text;
        if (i)
            weir_csv_put_byte(room, self->put.dialect.separator);
        if (!weir_csv_put_text(&self->put, room, name, name, error))
            return false;
    }
    to_csv_end_line(self, room, begin);
    return true;
}

/* ---- what leaves as it came ---- */

static bool is_usual(const weir_csv_dialect *by)
{
    return by->separator == ',' && by->quotes && by->quote == '"';
}

static bool has_columns(const struct to_csv *self, const weir_csv_header *header)
{
    if (header->n != self->columns.n)
        return false;
    for (size_t i = 0; i < header->n; i++)
        if (!weir_csv_is_name(header->names[i], self->columns.at[i].name.text))
            return false;
    return true;
}

/* Each table has a number of its own, so that its header is looked at once. */
static bool row_as_it_came(struct to_csv *self, const weir_row *row, weir_text *out)
{
    const weir_csv_table *table = weir_csv_table_of(row->header);
    if (row->n != self->columns.n || row->lazy)
        return false;
    if (WEIR_UNLIKELY(table->id != self->same)) {
        if (!weir_csv_dialect_same(&table->dialect, &self->put.dialect) ||
            !has_columns(self, row->header))
            return false;
        self->same = table->id;
    }
    *out = weir_row_text(row);
    return true;
}

static bool as_it_came(struct to_csv *self, weir_record_view record, weir_text *out)
{
    if (record.type == &weir_type_row)
        return row_as_it_came(self, record.item, out);
    return is_usual(&self->put.dialect) && weir_record_text(record, WEIR_FORM_CSV, out) &&
           weir_csv_columns_are(&self->columns, record);
}

/* ---- what has no names ---- */

static bool to_csv_refuse_plain(weir_error *error)
{
    weir_error_set(error, WEIR_E_CORRUPT, "the value is no object, and has no fields");
    error->cure = "objects, or weir_to_ndjson(), which writes any value";
    return false;
}

/* In the columns' order it would be a line; else nobody knows which value belongs where. */
static bool to_csv_refuse_list(const struct to_csv *self, weir_record_view list, weir_error *error)
{
    weir_error_set(error, WEIR_E_CORRUPT, "a list of %zu values is no record of %zu columns",
                   weir_record_count(list), self->columns.n);
    error->cure = "objects, or weir_to_ndjson(), which writes any value";
    return false;
}

/* ---- the encoder ---- */

/* false: error was set. */
static bool to_csv_put_fields(struct to_csv *self, struct weir_csv_room *room,
                              weir_record_view record, weir_error *error)
{
    size_t begin = room->n;
    bool in_order;
    weir_text text;
    if (as_it_came(self, record, &text)) {
        weir_csv_put_bytes(room, text.data, text.size);
        return true;
    }
    if (!put_in_order(self, room, record, &in_order, error))
        return false;
    if (in_order && !self->nested)
        return true;
    if (weir_record_no_object(record, &text))
        return to_csv_refuse_list(self, record, error);
    room->n = begin;
    return put_by_name(self, room, record, error);
}

static bool to_csv_put_line(struct to_csv *self, struct weir_csv_room *room,
                            weir_record_view record, weir_error *error)
{
    size_t begin = room->n;
    if (!to_csv_put_fields(self, room, record, error))
        return false;
    if (room->n - begin > self->options.record_bytes_max) {
        weir_error_set(error, WEIR_E_LIMIT, "a record is longer than record_bytes_max = %zu bytes",
                       self->options.record_bytes_max);
        error->cure = "a larger limit, if such records are meant";
        return false;
    }
    to_csv_end_line(self, room, begin);
    return true;
}

static size_t to_csv_encode(void *state, const void *item, unsigned char *out, size_t size,
                            weir_error *error)
{
    struct to_csv *self = state;
    struct weir_csv_room room = {.out = out, .size = size};
    weir_record_view record = {self->type, item};
    weir_text text;
    if (weir_record_no_object(record, &text) && text.data[0] != '[')
        return to_csv_refuse_plain(error), 0;
    if (!self->columns.at &&
        !weir_csv_columns_take(&self->columns, record, self->options.columns_max, error))
        return 0;
    if (!put_header(self, &room, error) || !to_csv_put_line(self, &room, record, error))
        return 0;
    self->header_done |= room.n <= size;
    return room.n;
}

/* Names that are known, and no record to write them before. */
static size_t to_csv_end(void *state, unsigned char *out, size_t size)
{
    struct to_csv *self = state;
    struct weir_csv_room room = {.out = out, .size = size};
    weir_error error;
    weir_record_view names;
    if (!self->columns.at && weir_record_names(self->source, &names) && weir_record_count(names))
        weir_csv_columns_take(&self->columns, names, self->options.columns_max, &error);
    bool fine = !self->columns.at || put_header(self, &room, &error);
    self->header_done |= room.n <= size;
    return fine ? room.n : 0;
}

/* ---- beginning and end ---- */

struct begin {
    weir_to_csv_options options;
    const weir_stream *source;
};

static weir_to_csv_options to_csv_all_of(const weir_to_csv_options *given)
{
    weir_to_csv_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    if (!all.record_bytes_max)
        all.record_bytes_max = WEIR_CSV_RECORD_MAX_DEFAULT;
    if (!all.columns_max)
        all.columns_max = WEIR_CSV_COLUMNS_MAX_DEFAULT;
    return all;
}

static bool has_dot(weir_text name)
{
    return name.size && memchr(name.data, '.', name.size);
}

/* The columns that were chosen. */
static bool take_names(struct to_csv *self, weir_error *error)
{
    const weir_to_csv_options *all = &self->options;
    bool fine = weir_csv_columns_name(&self->columns, all->header, all->header_n, error);
    self->options.header = NULL;
    for (size_t i = 0; fine && i < self->columns.n; i++)
        self->nested |= has_dot(self->columns.at[i].name.text);
    return fine && put_header(self, &(struct weir_csv_room){0}, error); /* it could be written */
}

static bool to_csv_refuse(weir_error *error, const char *cure, const char *format, size_t n)
{
    weir_error_set(error, WEIR_E_ARGUMENT, format, n);
    error->cure = cure;
    return false;
}

static bool to_csv_check(const struct to_csv *self, weir_error *error)
{
    const weir_to_csv_options *all = &self->options;
    const char *fault = weir_csv_dialect_fault(&self->put.dialect);
    if (fault)
        return to_csv_refuse(error, fault, "to_csv: its separator and quote can not be told apart",
                             0);
    if (all->record_bytes_max > WEIR_MIN_MAX)
        return to_csv_refuse(error, "a limit of at most WEIR_MIN_MAX bytes",
                             "to_csv: the limit 'record_bytes_max' is %zu bytes",
                             all->record_bytes_max);
    if (all->columns_max > WEIR_CSV_COLUMNS_MAX)
        return to_csv_refuse(error, "a limit of at most WEIR_CSV_COLUMNS_MAX columns",
                             "to_csv: the limit 'columns_max' is %zu columns", all->columns_max);
    if (all->header && (!all->header_n || all->header_n > all->columns_max))
        return to_csv_refuse(error, "from 1 to columns_max names", "to_csv: a header of %zu names",
                             all->header_n);
    return true;
}

static void to_csv_fini(void *state)
{
    struct to_csv *self = state;
    weir_csv_columns_fini(&self->columns);
    weir_csv_put_fini(&self->put);
}

static bool to_csv_init(void *state, const void *options, weir_error *error)
{
    struct to_csv *self = state;
    const struct begin *begin = options;
    self->options = begin->options;
    self->source = begin->source;
    self->type = begin->source->type;
    weir_csv_put_init(&self->put,
                      weir_csv_dialect_of(self->options.separator, self->options.quote, 0,
                                          self->options.no_quotes, self->options.escapes),
                      self->options.record_bytes_max);
    self->header_done = self->options.no_header;
    self->chosen = self->options.header;
    if (to_csv_check(self, error) && (!self->chosen || take_names(self, error)))
        return true;
    to_csv_fini(self);
    return false;
}

static size_t to_csv_memory_max(const void *options)
{
    const weir_to_csv_options *all = &((const struct begin *)options)->options;
    size_t n = all->columns_max; /* not checked yet */
    n = n < WEIR_CSV_COLUMNS_MAX ? n : WEIR_CSV_COLUMNS_MAX;
    return weir_csv_columns_memory_max(n) + 2 * all->record_bytes_max + 1;
}

static const weir_encoder to_csv_encoder = {.size = sizeof to_csv_encoder,
                                            .name = "to_csv",
                                            .type = &weir_type_row, /* another for each source */
                                            .state_size = sizeof(struct to_csv),
                                            .encode = to_csv_encode,
                                            .init = to_csv_init,
                                            .fini = to_csv_fini,
                                            .end = to_csv_end,
                                            .memory_max = to_csv_memory_max};

/* The header and the first record are one frame. */
static size_t frame_max(size_t record_bytes_max)
{
    size_t most = 2 * record_bytes_max + 8;
    return record_bytes_max > WEIR_MIN_MAX / 2 - 8 ? WEIR_MIN_MAX : most;
}

/* In the arena: its type is another for each source. NULL: no memory. */
static const weir_encoder *to_csv_encoder_of(const weir_stream *source)
{
    weir_encoder *own = weir_arena_take(source->stage.arena, sizeof *own, _Alignof(weir_encoder));
    if (!own)
        return NULL;
    *own = to_csv_encoder;
    own->type = source->type;
    return own;
}

weir_reader *weir_to_csv(weir_stream *source, const weir_to_csv_options *options)
{
    source = weir_expect_record(source, to_csv_encoder.name);
    struct begin begin = {to_csv_all_of(options), source};
    size_t most = frame_max(begin.options.record_bytes_max);
    if (weir_stage_failed(&source->stage))
        return weir_encode(source, &to_csv_encoder, &begin, most);
    const weir_encoder *own = to_csv_encoder_of(source);
    if (!own)
        return weir_reader_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for to_csv", NULL,
                                  NULL, 0);
    return weir_encode(source, own, &begin, most);
}

weir_stream *weir_to_csv_each(weir_stream *source, const weir_to_csv_options *options)
{
    source = weir_expect_record(source, to_csv_encoder.name);
    struct begin begin = {to_csv_all_of(options), source};
    if (weir_stage_failed(&source->stage))
        return source;
    const weir_encoder *own = to_csv_encoder_of(source);
    if (!own)
        return weir_stream_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for to_csv", NULL,
                                  NULL, 0);
    return weir_encode_each(source, own, &begin, frame_max(begin.options.record_bytes_max));
}
