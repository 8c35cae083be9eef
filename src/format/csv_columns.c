/* Columns by name: a table of the hashes of their names. */

#include "format/csv_columns.h"

bool weir_csv_columns_are(const struct weir_csv_columns *columns, weir_record_view record)
{
    weir_record_iter iter = {0};
    weir_text name;
    weir_value value;
    size_t i = 0;
    while (weir_record_next(record, &iter, &name, &value))
        if (i == columns->n || !weir_csv_is_name(name, columns->at[i++].name.text))
            return false;
    return i == columns->n;
}

/* Where the column of that name stands, or shall. */
static uint32_t *csv_columns_slot_of(const struct weir_csv_columns *self, weir_text name)
{
    size_t at = weir_csv_hash(name) & (self->slots_n - 1);
    while (self->slots[at] && !weir_csv_is_name(self->at[self->slots[at] - 1].name.text, name))
        at = (at + 1) & (self->slots_n - 1);
    return &self->slots[at];
}

bool weir_csv_columns_have(const struct weir_csv_columns *columns, weir_text name)
{
    return *csv_columns_slot_of(columns, name);
}

/* Room for n columns whose names take so many bytes. NULL: error was set. */
static char *csv_columns_begin(struct weir_csv_columns *self, size_t n, size_t bytes,
                               weir_error *error)
{
    size_t slots_n = weir_csv_slots_for(n);
    size_t slots_bytes = slots_n * sizeof *self->slots;
    self->bytes = n * sizeof *self->at + slots_bytes + bytes + 1;
    self->at = weir_allocate(self->bytes);
    if (!self->at) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for the names of %zu columns", n);
        return NULL;
    }
    self->n = n;
    self->slots = (uint32_t *)(self->at + n);
    self->slots_n = slots_n;
    memset(self->slots, 0, slots_bytes);
    return (char *)(self->slots + slots_n);
}

static char *csv_columns_put(struct weir_csv_columns *self, size_t i, weir_text name, char *at)
{
    uint32_t *slot = csv_columns_slot_of(self, name);
    if (name.size)
        memcpy(at, name.data, name.size);
    self->at[i] = (struct weir_csv_column){.name = {{at, name.size}, 0}, .again = *slot};
    if (!*slot)
        *slot = (uint32_t)i + 1;
    return at + name.size;
}

static bool csv_columns_too_many(size_t n, size_t columns_max, weir_error *error)
{
    if (n <= columns_max)
        return false;
    weir_error_set(error, WEIR_E_LIMIT, "a record has %zu fields, columns_max = %zu", n,
                   columns_max);
    error->cure = "a larger columns_max, if such records are meant";
    return true;
}

static bool csv_columns_take_header(struct weir_csv_columns *self, const weir_csv_header *header,
                                    size_t columns_max, weir_error *error)
{
    size_t bytes = 0;
    for (size_t i = 0; i < header->n; i++)
        bytes += header->names[i].size;
    if (csv_columns_too_many(header->n, columns_max, error))
        return false;
    char *at = csv_columns_begin(self, header->n, bytes, error);
    for (size_t i = 0; at && i < header->n; i++)
        at = csv_columns_put(self, i, header->names[i], at);
    return at;
}

/* The record's names; of a row that is short its header's. */
bool weir_csv_columns_take(struct weir_csv_columns *columns, weir_record_view record,
                           size_t columns_max, weir_error *error)
{
    const weir_row *row = record.type == &weir_type_row ? record.item : NULL;
    if (row && row->n < row->header->n)
        return csv_columns_take_header(columns, row->header, columns_max, error);
    weir_record_iter iter = {0};
    weir_text name;
    weir_value value;
    size_t n = 0, bytes = 0, i = 0;
    for (; weir_record_next(record, &iter, &name, &value); n++)
        bytes += name.size;
    if (csv_columns_too_many(n, columns_max, error))
        return false;
    char *at = csv_columns_begin(columns, n, bytes, error);
    for (iter = (weir_record_iter){0}; at && weir_record_next(record, &iter, &name, &value); i++)
        at = csv_columns_put(columns, i, name, at);
    return at;
}

bool weir_csv_columns_name(struct weir_csv_columns *columns, const char *const *names, size_t n,
                           weir_error *error)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++)
        bytes += strlen(names[i]);
    char *at = csv_columns_begin(columns, n, bytes, error);
    for (size_t i = 0; at && i < n; i++)
        at = csv_columns_put(columns, i, (weir_text){names[i], strlen(names[i])}, at);
    return at;
}

void weir_csv_columns_fini(struct weir_csv_columns *columns)
{
    if (columns->at)
        weir_release(columns->at, columns->bytes);
}

size_t weir_csv_columns_memory_max(size_t columns_max)
{
    return columns_max * sizeof(struct weir_csv_column) +
           weir_csv_slots_for(columns_max) * sizeof(uint32_t);
}
