/* print: records as a table for people. The first records say which columns there are and how wide
 * they are; what comes later stands under them, and what has another name behind them. */
#include <stdlib.h>
#include <string.h>

#include "pipeline/columns.h"
#include "pipeline/records.h"
#include "pipeline/text.h"

enum {
    ROWS = 100,   /* that are looked at before the first is shown */
    COLUMNS = 64, /* further fields stand behind them, with their names */
    CELLS = 4096, /* of those rows */
    TEXT_BYTES = 128 << 10,
    WIDEST = 40,      /* a longer cell is cut */
    CELL_BYTES = 256, /* of a value that are looked at */
    OTHER_BYTES = 2 * CELL_BYTES,
    ROW_BYTES = 32 << 10
};
#define PATIENCE_NS UINT64_C(200000000) /* for the next record, while rows are held */

static const char left_out[] = "  \xe2\x80\xa6"; /* ends a row that has more than it shows */

struct cell {
    uint32_t row;
    uint16_t column; /* COLUMNS: of none, and its name stands in it */
    uint16_t size;
    uint32_t at; /* in the text */
};

struct column {
    weir_name name;
    char bytes[WIDEST * 4 + 4];
    size_t size; /* of the name as it is shown */
    size_t width;
    bool text; /* a cell is no number: they stand to the left */
};

struct table {
    weir_reader reader;
    struct column columns[COLUMNS];
    size_t columns_n;
    struct cell cells[CELLS];
    size_t cells_n;
    char text[TEXT_BYTES];
    size_t text_n;
    uint32_t rows;
    size_t most_cells, most_text; /* that one of them took */
    bool cut[ROWS];               /* not all of it is held */
    void *item;                   /* one of the source's */
    bool shown;                   /* the head is: rows are given as they come */
    bool waits, ended;
    uint32_t next_row; /* of those that were held */
    size_t next_cell;
    weir_timer timer;
    char row[ROW_BYTES];
    size_t row_n;
    bool row_cut;
};

static struct table *table_of(weir_reader *reader)
{
    return WEIR_CONTAINER(reader, struct table, reader);
}

/* ---- text ---- */

/* Harmless, and no wider than a cell. Returns its bytes. */
static size_t put_cell(weir_text text, char out[CELL_BYTES])
{
    char raw[CELL_BYTES];
    size_t n = text.size < sizeof raw - 1 ? text.size : sizeof raw - 1;
    bool cut = n < text.size;

    if (n)
        memcpy(raw, text.data, n);
    raw[n] = 0;
    for (size_t i = 0; i < n; i++)
        if (!raw[i])
            raw[i] = '\1'; /* shown as what it is not, but shown */
    char harmless[4 * CELL_BYTES];
    weir_pl_text_put_harmless(raw, harmless);
    size_t fits = weir_pl_columns_cut(harmless, WIDEST, CELL_BYTES - 4);
    cut |= harmless[fits] != 0;
    if (cut)
        fits = weir_pl_columns_cut(harmless, WIDEST - 1, CELL_BYTES - 4);
    memcpy(out, harmless, fits);
    if (cut) {
        memcpy(out + fits, "\xe2\x80\xa6", 3);
        fits += 3;
    }
    return fits;
}

static size_t put_value(const weir_value *value, char out[CELL_BYTES])
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text;

    if (value->kind == WEIR_VALUE_NONE)
        return 0;
    if (weir_value_text(value, scratch, &text))
        return put_cell(text, out);
    if (weir_record_text(value->is.record, WEIR_FORM_JSON, &text))
        return put_cell(text, out);
    return put_cell(
        value->kind == WEIR_VALUE_LIST ? (weir_text){"[...]", 5} : (weir_text){"{...}", 5}, out);
}

static size_t width_of(const char *text, size_t n)
{
    char whole[CELL_BYTES + 1];

    memcpy(whole, text, n);
    whole[n] = 0;
    return weir_pl_columns(whole);
}

/* ---- the first rows ---- */

static bool is_name_of(const struct column *column, weir_text name)
{
    weir_text other = column->name.text;

    return other.size == name.size && (!name.size || !memcmp(other.data, name.data, name.size));
}

/* COLUMNS: it has none, and there is no room for another. */
static size_t column_of(struct table *self, weir_text name)
{
    char shown[CELL_BYTES];

    for (size_t i = 0; i < self->columns_n; i++)
        if (is_name_of(&self->columns[i], name))
            return i;
    if (self->columns_n == COLUMNS || self->text_n + name.size > TEXT_BYTES)
        return COLUMNS;
    struct column *column = &self->columns[self->columns_n];
    char *copy = self->text + self->text_n;
    if (name.size)
        memcpy(copy, name.data, name.size);
    self->text_n += name.size;
    column->name.text = (weir_text){copy, name.size};
    column->size = put_cell(name, shown);
    memcpy(column->bytes, shown, column->size);
    column->width = width_of(shown, column->size);
    return self->columns_n++;
}

/* false: there is no room, and the row says so. */
static bool hold_cell(struct table *self, size_t column, const char *cell, size_t n)
{
    if (self->cells_n == CELLS || self->text_n + n > TEXT_BYTES) {
        self->cut[self->rows] = true;
        return false;
    }
    memcpy(self->text + self->text_n, cell, n);
    self->cells[self->cells_n++] = (struct cell){.row = self->rows,
                                                 .column = (uint16_t)column,
                                                 .size = (uint16_t)n,
                                                 .at = (uint32_t)self->text_n};
    self->text_n += n;
    return true;
}

static void hold_value(struct table *self, size_t column, const weir_value *value)
{
    struct column *of = &self->columns[column];
    char cell[CELL_BYTES];
    double number;
    size_t n = put_value(value, cell), width = width_of(cell, n);

    if (!hold_cell(self, column, cell, n))
        return;
    of->width = width > of->width ? width : of->width;
    of->text |= value->kind != WEIR_VALUE_NULL && n && !weir_value_f64(value, &number);
}

/* A field that no column is of, with its name. Returns its bytes. */
static size_t put_other(weir_text name, const weir_value *value, char out[OTHER_BYTES])
{
    size_t n = put_cell(name, out);

    out[n++] = '=';
    return n + put_value(value, out + n);
}

static size_t more(size_t a, size_t b)
{
    return a > b ? a : b;
}

static const weir_text no_name = {"", 0};

/* JSON that is no object is one value without a name: as it came. */
static bool is_plain(weir_record_view record, weir_value *value)
{
    weir_text text;

    if (!weir_record_text(record, WEIR_FORM_JSON, &text) || !text.size || text.data[0] == '{')
        return false;
    *value = (weir_value){WEIR_VALUE_WORD, {.text = text}};
    return true;
}

static void hold_field(struct table *self, weir_text name, const weir_value *value)
{
    char other[OTHER_BYTES];
    size_t column = column_of(self, name);

    if (column < COLUMNS)
        hold_value(self, column, value);
    else
        hold_cell(self, COLUMNS, other, put_other(name, value, other));
}

static void hold(struct table *self, weir_record_view record)
{
    size_t cells_n = self->cells_n, text_n = self->text_n;
    weir_text name;
    weir_value value;

    if (is_plain(record, &value))
        hold_field(self, no_name, &value);
    else
        for (weir_record_iter at = {0}; weir_record_next(record, &at, &name, &value);)
            hold_field(self, name, &value);
    self->most_cells = more(self->most_cells, self->cells_n - cells_n);
    self->most_text = more(self->most_text, self->text_n - text_n);
    self->rows++;
}

/* One more as large as those before might not fit. */
static bool is_full(const struct table *self)
{
    return self->rows == ROWS || self->cells_n + more(COLUMNS, self->most_cells) > CELLS ||
           self->text_n + more(COLUMNS * CELL_BYTES, self->most_text) > TEXT_BYTES;
}

/* ---- rows as they are shown ---- */

static void add(struct table *self, const char *bytes, size_t n)
{
    self->row_cut |= self->row_n + n + sizeof left_out > ROW_BYTES;
    if (self->row_cut)
        return;
    memcpy(self->row + self->row_n, bytes, n);
    self->row_n += n;
}

static void add_blanks(struct table *self, size_t n)
{
    for (; n; n--)
        add(self, " ", 1);
}

static void add_cell(struct table *self, size_t i, const char *bytes, size_t n)
{
    const struct column *column = &self->columns[i];
    size_t width = width_of(bytes, n), room = column->width > width ? column->width - width : 0;

    if (i)
        add_blanks(self, 2);
    if (!column->text)
        add_blanks(self, room);
    add(self, bytes, n);
    if (column->text)
        add_blanks(self, room);
}

static void end_row(struct table *self)
{
    while (self->row_n && self->row[self->row_n - 1] == ' ')
        self->row_n--;
    if (self->row_cut) {
        memcpy(self->row + self->row_n, left_out, sizeof left_out - 1);
        self->row_n += sizeof left_out - 1;
    }
    self->row[self->row_n++] = '\n';
    self->row_cut = false;
}

static void make_head(struct table *self)
{
    self->row_n = 0;
    for (size_t i = 0; i < self->columns_n; i++)
        add_cell(self, i, self->columns[i].bytes, self->columns[i].size);
    end_row(self);
}

static void make_held(struct table *self)
{
    const struct cell *cell = &self->cells[self->next_cell];
    const struct cell *end = &self->cells[self->cells_n];

    self->row_n = 0;
    for (size_t i = 0; i < self->columns_n; i++) {
        const struct cell *at = cell;
        while (at < end && at->row == self->next_row && at->column != i)
            at++;
        if (at < end && at->row == self->next_row)
            add_cell(self, i, self->text + at->at, at->size);
        else
            add_cell(self, i, "", 0);
    }
    for (; cell < end && cell->row == self->next_row; cell++, self->next_cell++)
        if (cell->column == COLUMNS) {
            add(self, "  ", 2);
            add(self, self->text + cell->at, cell->size);
        }
    self->row_cut |= self->cut[self->next_row++];
    end_row(self);
}

/* A field that no column is of stands behind them. */
static void add_other(struct table *self, weir_text name, const weir_value *value)
{
    char other[OTHER_BYTES];

    for (size_t i = 0; i < self->columns_n; i++)
        if (is_name_of(&self->columns[i], name))
            return;
    add(self, "  ", 2);
    add(self, other, put_other(name, value, other));
}

static void make_plain(struct table *self, const weir_value *value)
{
    char cell[CELL_BYTES];

    self->row_n = 0;
    for (size_t i = 0; i < self->columns_n; i++)
        add_cell(self, i, cell,
                 is_name_of(&self->columns[i], no_name) ? put_value(value, cell) : 0);
    add_other(self, no_name, value);
    end_row(self);
}

static void make_row(struct table *self, weir_record_view record)
{
    char cell[CELL_BYTES];
    weir_text name;
    weir_value value;

    if (is_plain(record, &value)) {
        make_plain(self, &value);
        return;
    }
    self->row_n = 0;
    for (size_t i = 0; i < self->columns_n; i++) {
        weir_record_find(record, &self->columns[i].name, &value);
        add_cell(self, i, cell, put_value(&value, cell));
    }
    for (weir_record_iter at = {0}; weir_record_next(record, &at, &name, &value);)
        add_other(self, name, &value);
    end_row(self);
}

/* ---- the reader ---- */

/* Of a table of nothing. */
static void hold_names(struct table *self, const weir_stream *source)
{
    weir_record_view names;
    weir_text name;
    weir_value value;

    if (!weir_record_names(source, &names))
        return;
    for (weir_record_iter at = {0}; weir_record_next(names, &at, &name, &value);)
        column_of(self, name);
}

/* READY: all are held that the head is made of. */
static weir_poll gather(struct table *self, weir_cx *cx)
{
    weir_stream *source = (weir_stream *)self->reader.stage.source;
    void *item = self->item;

    while (!self->ended && !is_full(self)) {
        weir_poll got = weir_poll_next(source, cx, item, 1);
        self->ended = got.state == WEIR_END;
        if (got.n) {
            hold(self, (weir_record_view){source->type, item});
            weir_type_drop_items(source->type, item, got.n);
        }
        if (got.state == WEIR_ERROR)
            return got;
        if (got.state != WEIR_PENDING)
            continue;
        if (!self->rows)
            return got;
        if (!self->waits)
            weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), PATIENCE_NS));
        self->waits = true;
        if (weir_timer_poll(cx, &self->timer).state == WEIR_PENDING)
            return got;
        break;
    }
    weir_timer_stop(&self->timer);
    self->shown = true;
    if (!self->rows)
        hold_names(self, source);
    if (self->columns_n)
        make_head(self);
    return (weir_poll){0, WEIR_READY};
}

/* READY: a row was made. */
static weir_poll next_row(struct table *self, weir_cx *cx)
{
    weir_stream *source = (weir_stream *)self->reader.stage.source;
    void *item = self->item;

    if (!self->shown) {
        weir_poll got = gather(self, cx);
        if (got.state != WEIR_READY || self->row_n)
            return got;
    }
    if (self->next_row < self->rows) {
        make_held(self);
        return (weir_poll){0, WEIR_READY};
    }
    if (self->ended)
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_poll_next(source, cx, item, 1);
    self->ended = got.state == WEIR_END;
    if (!got.n)
        return got;
    make_row(self, (weir_record_view){source->type, item});
    weir_type_drop_items(source->type, item, got.n);
    return (weir_poll){0, WEIR_READY};
}

static weir_poll fill(struct table *self, weir_cx *cx, size_t min)
{
    weir_reader *reader = &self->reader;

    while (reader->end - reader->begin < min) {
        weir_poll got = next_row(self, cx);
        if (got.state != WEIR_READY)
            return got;
        unsigned char *out = weir_reader_room(reader, self->row_n);
        if (!out)
            return weir_fail(cx, WEIR_E_MEMORY, "no memory for a row");
        memcpy(out, self->row, self->row_n);
        reader->end += self->row_n;
        self->row_n = 0;
    }
    return (weir_poll){0, WEIR_READY};
}

static weir_poll table_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_poll got = fill(table_of(reader), cx, min);

    if (got.state == WEIR_PENDING && reader->begin == reader->end)
        weir_reader_release(reader);
    return got;
}

static void table_fini(weir_reader *reader)
{
    weir_timer_stop(&table_of(reader)->timer);
}

static size_t table_memory_max(const weir_reader *reader)
{
    return weir_reader_room_max(reader, ROW_BYTES);
}

static const weir_reader_ops table_ops = {.size = sizeof table_ops,
                                          .name = "print",
                                          .poll_fill = table_poll_fill,
                                          .fini = table_fini,
                                          .memory_max = table_memory_max};

weir_reader *weir_pl_records_to_table(weir_stream *stream)
{
    const weir_type *type = stream->type;
    weir_reader *reader = weir_reader_over_stream(stream, sizeof(struct table), &table_ops);

    if (weir_stage_failed(&reader->stage))
        return reader;
    void *item = weir_arena_take(reader->stage.arena, type->size, type->align);
    table_of(reader)->item = item;
    return item ? reader
                : weir_reader_refuse(&reader->stage, WEIR_E_MEMORY, NULL, "no memory for a table",
                                     NULL, NULL, 0);
}
