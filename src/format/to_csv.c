/* to_csv: any records as lines of CSV. A row under the same header leaves as it stands; another
 * record's fields are taken in its own order, if that is the columns', else by their names. */

#include <string.h>

#include "core/stage.h"
#include "format/csv_dialect.h"
#include "format/csv_table.h"
#include "format/json_write.h"
#include "weir/decode.h"

struct column {
    weir_name name;
    bool again; /* one before it has the same name */
};

struct to_csv {
    weir_to_csv_options options;
    const weir_type *type;
    weir_csv_dialect dialect;
    struct column *columns; /* one block, with the slots and the names behind them */
    size_t columns_n;
    uint32_t *slots; /* by a name's hash the first column of it, from 1; 0: none */
    size_t slots_n;  /* a power of two; less than half of them are taken */
    size_t columns_bytes;
    bool chosen;      /* by the caller: other fields are left out */
    bool header_done; /* its line was written, or there shall be none */
    uint64_t same;    /* the table whose header is these columns; 0: none known */
    unsigned char *json;
    size_t json_n;
    bool special[256]; /* what stands in quotes */
};

/* Where text goes: what has no room is counted. */
struct room {
    unsigned char *out;
    size_t size, n;
};

static void put(struct room *room, const void *bytes, size_t n)
{
    if (n && n <= room->size && room->n <= room->size - n)
        memcpy(room->out + room->n, bytes, n);
    room->n += n;
}

static void put_byte(struct room *room, unsigned char byte)
{
    put(room, &byte, 1);
}

/* ---- fields ---- */

static bool is_special(const struct to_csv *self, weir_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (self->special[(unsigned char)text.data[i]])
            return true;
    return false;
}

/* In quotes, its own ones doubled. */
static void put_quoted(struct room *room, weir_text text, unsigned char quote)
{
    put_byte(room, quote);
    while (text.size) {
        const char *found = memchr(text.data, quote, text.size);
        size_t n = found ? (size_t)(found - text.data) + 1 : text.size;
        put(room, text.data, n);
        if (found)
            put_byte(room, quote);
        text.data += n;
        text.size -= n;
    }
    put_byte(room, quote);
}

/* A quoted NUL is as bad as a bare one. */
static bool has_no_form(const struct to_csv *self, weir_text text)
{
    return !self->dialect.quotes || (text.size && memchr(text.data, '\0', text.size));
}

/* `name` is not NUL-terminated: messages say its beginning. */
static size_t refuse_field(weir_error *error, const char *format, weir_text name)
{
    char text[64];
    size_t n = name.size < sizeof text ? name.size : sizeof text - 1;
    if (n)
        memcpy(text, name.data, n);
    text[n] = '\0';
    weir_error_set(error, WEIR_E_CORRUPT, format, text);
    return 0;
}

/* false: error was set. */
static bool put_text(struct to_csv *self, struct room *room, weir_text name, weir_text text,
                     weir_error *error)
{
    if (!is_special(self, text)) {
        put(room, text.data, text.size);
        return true;
    }
    if (has_no_form(self, text)) {
        refuse_field(error, "the field '%s' holds what can not stand in a line", name);
        error->cure = self->dialect.quotes ? "no NUL in it" : "quotes around fields";
        return false;
    }
    put_quoted(room, text, self->dialect.quote);
    return true;
}

/* As JSON, in memory of our own. */
static bool nested(struct to_csv *self, const weir_value *value, weir_text *out, weir_error *error)
{
    size_t n = weir_json_write(value, self->json, self->json_n, error);
    if (n > self->options.record_bytes_max) {
        weir_error_set(error, WEIR_E_LIMIT, "a field is longer than record_bytes_max = %zu bytes",
                       self->options.record_bytes_max);
        return false;
    }
    if (n > self->json_n) {
        weir_release(self->json, self->json_n);
        self->json_n = 0;
        self->json = weir_allocate(n);
        if (!self->json) {
            weir_error_set(error, WEIR_E_MEMORY, "no memory for a field of %zu bytes", n);
            return false;
        }
        self->json_n = n;
        n = weir_json_write(value, self->json, self->json_n, error);
    }
    *out = (weir_text){(const char *)self->json, n};
    return n;
}

static bool put_value(struct to_csv *self, struct room *room, weir_text name,
                      const weir_value *value, weir_error *error)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text;
    if (value->kind == WEIR_VALUE_NONE || value->kind == WEIR_VALUE_NULL)
        return true;
    if (!weir_value_text(value, scratch, &text) && !nested(self, value, &text, error))
        return false;
    return put_text(self, room, name, text, error);
}

/* ---- lines ---- */

/* A line without a byte would be read as none. */
static void end_line(struct to_csv *self, struct room *room, size_t begin)
{
    if (room->n == begin && self->dialect.quotes) {
        put_byte(room, self->dialect.quote);
        put_byte(room, self->dialect.quote);
    }
    put_byte(room, '\n');
}

static bool is_name(weir_text a, weir_text b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* Its fields are the columns, in their order. */
static bool is_in_order(const struct to_csv *self, weir_record_view record)
{
    weir_record_iter iter = {0};
    weir_text name;
    weir_value value;
    size_t i = 0;
    while (weir_record_next(record, &iter, &name, &value))
        if (i == self->columns_n || !is_name(name, self->columns[i++].name.text))
            return false;
    return i == self->columns_n;
}

/* false: error was set. *in_order: its fields are the first columns, and the line stands there. */
static bool put_in_order(struct to_csv *self, struct room *room, weir_record_view record,
                         bool *in_order, weir_error *error)
{
    weir_record_iter iter = {0};
    weir_text name;
    weir_value value;
    size_t i = 0;
    *in_order = false;
    for (; weir_record_next(record, &iter, &name, &value); i++) {
        if (i == self->columns_n || !is_name(name, self->columns[i].name.text))
            return true;
        if (i)
            put_byte(room, self->dialect.separator);
        if (!put_value(self, room, name, &value, error))
            return false;
    }
    for (; i < self->columns_n; i++)
        if (i)
            put_byte(room, self->dialect.separator);
    *in_order = true;
    return true;
}

/* FNV-1a. */
static size_t hash(weir_text text)
{
    uint64_t sum = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.size; i++)
        sum = (sum ^ (unsigned char)text.data[i]) * UINT64_C(0x100000001b3);
    return (size_t)(sum ^ sum >> 32);
}

/* Where the column of that name stands, or shall. */
static uint32_t *slot_of(const struct to_csv *self, weir_text name)
{
    size_t at = hash(name) & (self->slots_n - 1);
    while (self->slots[at] && !is_name(self->columns[self->slots[at] - 1].name.text, name))
        at = (at + 1) & (self->slots_n - 1);
    return &self->slots[at];
}

static bool is_column(const struct to_csv *self, weir_text name)
{
    return *slot_of(self, name);
}

/* Each field has a column; the names of those that have none are looked for only if there are. */
static bool fits(struct to_csv *self, weir_record_view record, size_t found, weir_error *error)
{
    weir_record_iter iter = {0};
    weir_text name;
    weir_value value;
    if (self->chosen || found == weir_record_count(record))
        return true;
    while (weir_record_next(record, &iter, &name, &value))
        if (!is_column(self, name)) {
            refuse_field(error,
                         "the field '%s' is none of the columns, which are the first "
                         "record's",
                         name);
            error->cure = "the columns, if they are known: .header, or columns=";
            return false;
        }
    return true;
}

/* A field has one column: of several of its name the first, or it would be there twice, and be
 * counted for another one that has none. */
static bool put_by_name(struct to_csv *self, struct room *room, weir_record_view record,
                        weir_error *error)
{
    size_t found = 0;
    for (size_t i = 0; i < self->columns_n; i++) {
        struct column *column = &self->columns[i];
        weir_value value;
        if (i)
            put_byte(room, self->dialect.separator);
        if (column->again || !weir_record_find(record, &column->name, &value))
            continue;
        found++;
        if (!put_value(self, room, column->name.text, &value, error))
            return false;
    }
    return fits(self, record, found, error);
}

static bool put_header(struct to_csv *self, struct room *room, weir_error *error)
{
    size_t begin = room->n;
    if (self->header_done)
        return true;
    for (size_t i = 0; i < self->columns_n; i++) {
        weir_text name = self->columns[i].name.text;
        if (i)
            put_byte(room, self->dialect.separator);
        if (!put_text(self, room, name, name, error))
            return false;
    }
    end_line(self, room, begin);
    return true;
}

/* ---- what leaves as it came ---- */

static bool is_usual(const weir_csv_dialect *by)
{
    return by->separator == ',' && by->quotes && by->quote == '"';
}

static bool has_columns(const struct to_csv *self, const weir_csv_header *header)
{
    if (header->n != self->columns_n)
        return false;
    for (size_t i = 0; i < header->n; i++)
        if (!is_name(header->names[i], self->columns[i].name.text))
            return false;
    return true;
}

/* Each table has a number of its own, so that its header is looked at once. */
static bool row_as_it_came(struct to_csv *self, const weir_row *row, weir_text *out)
{
    const weir_csv_table *table = weir_csv_table_of(row->header);
    if (row->n != self->columns_n || row->lazy)
        return false;
    if (WEIR_UNLIKELY(table->id != self->same)) {
        if (!weir_csv_dialect_same(&table->dialect, &self->dialect) ||
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
    return is_usual(&self->dialect) && weir_record_text(record, WEIR_FORM_CSV, out) &&
           is_in_order(self, record);
}

/* ---- the encoder ---- */

/* false: error was set. */
static bool put_fields(struct to_csv *self, struct room *room, weir_record_view record,
                       weir_error *error)
{
    size_t begin = room->n;
    bool in_order;
    weir_text text;
    if (as_it_came(self, record, &text)) {
        put(room, text.data, text.size);
        return true;
    }
    if (!put_in_order(self, room, record, &in_order, error))
        return false;
    if (in_order)
        return true;
    room->n = begin;
    return put_by_name(self, room, record, error);
}

static bool put_line(struct to_csv *self, struct room *room, weir_record_view record,
                     weir_error *error)
{
    size_t begin = room->n;
    if (!put_fields(self, room, record, error))
        return false;
    if (room->n - begin > self->options.record_bytes_max) {
        weir_error_set(error, WEIR_E_LIMIT, "a record is longer than record_bytes_max = %zu bytes",
                       self->options.record_bytes_max);
        error->cure = "a larger limit, if such records are meant";
        return false;
    }
    end_line(self, room, begin);
    return true;
}

static size_t slots_for(size_t n)
{
    size_t slots = 16;
    while (slots < 2 * n + 1)
        slots *= 2;
    return slots;
}

/* Room for n columns whose names take so many bytes. */
static char *columns_new(struct to_csv *self, size_t n, size_t bytes)
{
    size_t slots_n = slots_for(n);
    size_t slots_bytes = slots_n * sizeof *self->slots;
    self->columns_bytes = n * sizeof *self->columns + slots_bytes + bytes;
    self->columns = weir_allocate(self->columns_bytes + 1);
    if (!self->columns)
        return NULL;
    self->columns_n = n;
    self->slots = (uint32_t *)(self->columns + n);
    self->slots_n = slots_n;
    memset(self->slots, 0, slots_bytes);
    return (char *)(self->slots + slots_n);
}

static char *put_column(struct to_csv *self, size_t i, weir_text name, char *at)
{
    uint32_t *slot = slot_of(self, name);
    if (name.size)
        memcpy(at, name.data, name.size);
    self->columns[i] = (struct column){.name = {{at, name.size}, 0}, .again = *slot};
    if (!*slot)
        *slot = (uint32_t)i + 1;
    return at + name.size;
}

static bool no_memory(weir_error *error, size_t n)
{
    weir_error_set(error, WEIR_E_MEMORY, "no memory for the names of %zu columns", n);
    return false;
}

static bool too_many(const struct to_csv *self, size_t n, weir_error *error)
{
    if (n <= self->options.columns_max)
        return false;
    weir_error_set(error, WEIR_E_LIMIT, "a record has %zu fields, columns_max = %zu", n,
                   self->options.columns_max);
    error->cure = "a larger limit, if such records are meant";
    return true;
}

static bool take_header(struct to_csv *self, const weir_csv_header *header, weir_error *error)
{
    size_t bytes = 0;
    for (size_t i = 0; i < header->n; i++)
        bytes += header->names[i].size;
    if (too_many(self, header->n, error))
        return false;
    char *at = columns_new(self, header->n, bytes);
    if (!at)
        return no_memory(error, header->n);
    for (size_t i = 0; i < header->n; i++)
        at = put_column(self, i, header->names[i], at);
    return true;
}

/* The first record's names; of a row that is short its header's. */
static bool take_columns(struct to_csv *self, weir_record_view record, weir_error *error)
{
    const weir_row *row = record.type == &weir_type_row ? record.item : NULL;
    if (row && row->n < row->header->n)
        return take_header(self, row->header, error);
    weir_record_iter iter = {0};
    weir_text name;
    weir_value value;
    size_t n = 0, bytes = 0, i = 0;
    for (; weir_record_next(record, &iter, &name, &value); n++)
        bytes += name.size;
    if (too_many(self, n, error))
        return false;
    char *at = columns_new(self, n, bytes);
    if (!at)
        return no_memory(error, n);
    for (iter = (weir_record_iter){0}; weir_record_next(record, &iter, &name, &value); i++)
        at = put_column(self, i, name, at);
    return true;
}

static size_t encode(void *state, const void *item, unsigned char *out, size_t size,
                     weir_error *error)
{
    struct to_csv *self = state;
    struct room room = {.out = out, .size = size};
    weir_record_view record = {self->type, item};
    if (!self->columns && !take_columns(self, record, error))
        return 0;
    if (!put_header(self, &room, error) || !put_line(self, &room, record, error))
        return 0;
    self->header_done |= room.n <= size;
    return room.n;
}

/* Names that were given, and no record to write them before. */
static size_t end(void *state, unsigned char *out, size_t size)
{
    struct to_csv *self = state;
    struct room room = {.out = out, .size = size};
    weir_error error;
    bool fine = !self->columns || put_header(self, &room, &error);
    self->header_done |= room.n <= size;
    return fine ? room.n : 0;
}

/* ---- beginning and end ---- */

struct begin {
    weir_to_csv_options options;
    const weir_type *type;
};

static weir_to_csv_options all_of(const weir_to_csv_options *given)
{
    weir_to_csv_options all;
    weir_options_take(&all, sizeof all, given, sizeof all);
    if (!all.record_bytes_max)
        all.record_bytes_max = WEIR_CSV_RECORD_MAX_DEFAULT;
    if (!all.columns_max)
        all.columns_max = WEIR_CSV_COLUMNS_MAX_DEFAULT;
    return all;
}

/* The columns that were chosen. */
static bool take_names(struct to_csv *self, weir_error *error)
{
    const weir_to_csv_options *all = &self->options;
    size_t bytes = 0;
    for (size_t i = 0; i < all->header_n; i++)
        bytes += strlen(all->header[i]);
    char *at = columns_new(self, all->header_n, bytes);
    if (!at)
        return no_memory(error, all->header_n);
    for (size_t i = 0; i < all->header_n; i++)
        at = put_column(self, i, (weir_text){all->header[i], strlen(all->header[i])}, at);
    self->options.header = NULL;
    return put_header(self, &(struct room){0}, error); /* it could be written */
}

static bool refuse(weir_error *error, const char *cure, const char *format, size_t n)
{
    weir_error_set(error, WEIR_E_ARGUMENT, format, n);
    error->cure = cure;
    return false;
}

static bool check(const struct to_csv *self, weir_error *error)
{
    const weir_to_csv_options *all = &self->options;
    const char *fault = weir_csv_dialect_fault(&self->dialect);
    if (fault)
        return refuse(error, fault, "to_csv: its separator and quote can not be told apart", 0);
    if (all->record_bytes_max > WEIR_MIN_MAX)
        return refuse(error, "a limit of at most WEIR_MIN_MAX bytes",
                      "to_csv: the limit 'record_bytes_max' is %zu bytes", all->record_bytes_max);
    if (all->columns_max > WEIR_CSV_COLUMNS_MAX)
        return refuse(error, "a limit of at most WEIR_CSV_COLUMNS_MAX columns",
                      "to_csv: the limit 'columns_max' is %zu columns", all->columns_max);
    if (all->header && (!all->header_n || all->header_n > all->columns_max))
        return refuse(error, "from 1 to columns_max names", "to_csv: a header of %zu names",
                      all->header_n);
    return true;
}

static void to_csv_fini(void *state)
{
    struct to_csv *self = state;
    if (self->columns)
        weir_release(self->columns, self->columns_bytes + 1);
    weir_release(self->json, self->json_n);
}

static bool to_csv_init(void *state, const void *options, weir_error *error)
{
    struct to_csv *self = state;
    const struct begin *begin = options;
    self->options = begin->options;
    self->type = begin->type;
    self->dialect = weir_csv_dialect_of(self->options.separator, self->options.quote, 0,
                                        self->options.no_quotes);
    self->header_done = self->options.no_header;
    self->chosen = self->options.header;
    self->special[self->dialect.separator] = self->special['\n'] = self->special['\r'] = true;
    self->special[0] = true;
    if (self->dialect.quotes)
        self->special[self->dialect.quote] = true;
    if (check(self, error) && (!self->chosen || take_names(self, error)))
        return true;
    to_csv_fini(self);
    return false;
}

static size_t to_csv_memory_max(const void *options)
{
    const weir_to_csv_options *all = &((const struct begin *)options)->options;
    size_t n = all->columns_max; /* not checked yet */
    n = n < WEIR_CSV_COLUMNS_MAX ? n : WEIR_CSV_COLUMNS_MAX;
    size_t slots_bytes = slots_for(n) * sizeof(uint32_t);
    return n * sizeof(struct column) + slots_bytes + 2 * all->record_bytes_max + 1;
}

static const weir_encoder encoder = {.size = sizeof encoder,
                                     .name = "to_csv",
                                     .type = &weir_type_row, /* another for each source */
                                     .state_size = sizeof(struct to_csv),
                                     .encode = encode,
                                     .init = to_csv_init,
                                     .fini = to_csv_fini,
                                     .end = end,
                                     .memory_max = to_csv_memory_max};

/* The header and the first record are one frame. */
static size_t frame_max(size_t record_bytes_max)
{
    size_t most = 2 * record_bytes_max + 8;
    return record_bytes_max > WEIR_MIN_MAX / 2 - 8 ? WEIR_MIN_MAX : most;
}

weir_reader *weir_to_csv(weir_stream *source, const weir_to_csv_options *options)
{
    source = weir_expect_record(source, encoder.name);
    struct begin begin = {all_of(options), source->type};
    size_t most = frame_max(begin.options.record_bytes_max);
    if (weir_stage_failed(&source->stage))
        return weir_encode(source, &encoder, &begin, most);
    weir_encoder *own = weir_arena_take(source->stage.arena, sizeof *own, _Alignof(weir_encoder));
    if (!own)
        return weir_reader_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for to_csv", NULL,
                                  NULL, 0);
    *own = encoder;
    own->type = source->type;
    return weir_encode(source, own, &begin, most);
}
