/* Rows: their fields, without quotes, by place and by name; as records. */

#include "format/csv_name.h"
#include "format/csv_table.h"
#include "weir/poll.h"

/* Without the second of two quotes. n > 0. */
static size_t undouble(unsigned char *out, const char *in, size_t n, char quote)
{
    size_t made = 0;
    for (size_t i = 0; i < n; i++) {
        out[made++] = (unsigned char)in[i];
        i += in[i] == quote && i + 1 < n && in[i + 1] == quote;
    }
    return made;
}

/* What stands within quotes at byte `from`. */
static weir_text quoted(const weir_csv_table *table, weir_text inside, size_t from)
{
    char quote = (char)table->dialect.quote;
    if (!inside.size || !memchr(inside.data, quote, inside.size))
        return inside;
    unsigned char *copy = table->scratch + from;
    return (weir_text){(char *)copy, undouble(copy, inside.data, inside.size, quote)};
}

/* The byte that a backslash and this letter stand for; 0: they stand for themselves. */
static unsigned char escaped(char letter)
{
    static const char letters[] = "tnr\\", bytes[] = "\t\n\r\\";
    const char *at = letter ? strchr(letters, letter) : NULL;
    return at ? (unsigned char)bytes[at - letters] : 0;
}

/* A field at byte `from` without escapes. */
static weir_text unescape(const weir_csv_table *table, weir_text field, size_t from)
{
    unsigned char *copy = table->scratch + from;
    size_t made = 0;
    if (!field.size || !memchr(field.data, '\\', field.size))
        return field;
    for (size_t i = 0; i < field.size; i++) {
        bool begins = field.data[i] == '\\' && i + 1 < field.size;
        unsigned char byte = begins ? escaped(field.data[i + 1]) : 0;
        copy[made++] = byte ? byte : (unsigned char)field.data[i];
        i += byte != 0;
    }
    return (weir_text){(char *)copy, made};
}

weir_text weir_row_at(const weir_row *row, size_t i)
{
    const weir_csv_table *table = weir_csv_table_of(row->header);
    uint32_t from = i ? row->ends[i - 1] + 1 : row->begin;
    weir_text field = {row->bytes + from, row->ends[i] - from};
    bool quotes = table->dialect.quotes && field.size > 1;
    if (WEIR_UNLIKELY(table->dialect.escapes))
        return unescape(table, field, from);
    if (WEIR_LIKELY(!quotes || (unsigned char)field.data[0] != table->dialect.quote))
        return field;
    return quoted(table, (weir_text){field.data + 1, field.size - 2}, from + 1);
}

/* It stands elsewhere than last time. */
WEIR_COLD static size_t search(const weir_row *row, weir_name *name)
{
    const weir_text *names = row->header->names;
    size_t i = 0;
    while (i < row->n && !weir_csv_is_name(names[i], name->text))
        i++;
    if (i < row->n)
        name->hint = i;
    return i;
}

size_t weir_row_column(const weir_row *row, weir_name *name)
{
    size_t hint = name->hint;
    if (WEIR_LIKELY(hint < row->n && weir_csv_is_name(row->header->names[hint], name->text)))
        return hint;
    return search(row, name);
}

weir_text weir_row_get(const weir_row *row, weir_name *name)
{
    size_t i = weir_row_column(row, name);
    return i < row->n ? weir_row_at(row, i) : (weir_text){NULL, 0};
}

static size_t row_count(const weir_type *type, const void *item)
{
    (void)type;
    return ((const weir_row *)item)->n;
}

static weir_value csv_row_word(weir_text text)
{
    return (weir_value){.kind = WEIR_VALUE_WORD, .is.text = text};
}

static bool row_next(const weir_type *type, const void *item, weir_record_iter *iter,
                     weir_text *name, weir_value *value)
{
    const weir_row *row = item;
    (void)type;
    if (iter->i >= row->n)
        return false;
    *name = row->header->names[iter->i];
    *value = csv_row_word(weir_row_at(row, iter->i++));
    return true;
}

static bool row_find(const weir_type *type, const void *item, weir_name *name, weir_value *value)
{
    (void)type;
    weir_text text = weir_row_get(item, name);
    *value = text.data ? csv_row_word(text) : (weir_value){.kind = WEIR_VALUE_NONE};
    return text.data;
}

static bool row_text(const weir_type *type, const void *item, weir_record_form form, weir_text *out)
{
    const weir_row *row = item;
    const weir_csv_dialect *by = &weir_csv_table_of(row->header)->dialect;
    (void)type;
    *out = weir_row_text(row);
    return form == WEIR_FORM_CSV && by->separator == ',' && by->quote == '"' && by->quotes &&
           !row->lazy;
}

static const weir_record_ops row_ops = {.size = sizeof row_ops,
                                        .indexed = true,
                                        .count = row_count,
                                        .next = row_next,
                                        .find = row_find,
                                        .text = row_text};

/* ---- the header as a record without values ---- */

static size_t header_count(const weir_type *type, const void *item)
{
    (void)type;
    return ((const weir_csv_header *)item)->n;
}

static bool header_next(const weir_type *type, const void *item, weir_record_iter *iter,
                        weir_text *name, weir_value *value)
{
    const weir_csv_header *header = item;
    (void)type;
    if (iter->i >= header->n)
        return false;
    *name = header->names[iter->i++];
    *value = (weir_value){.kind = WEIR_VALUE_NULL};
    return true;
}

static const weir_record_ops header_ops = {
    .size = sizeof header_ops, .indexed = true, .count = header_count, .next = header_next};
const weir_type weir_csv_header_type = {.name = "weir_csv_header",
                                        .size = sizeof(weir_csv_header),
                                        .align = _Alignof(weir_csv_header),
                                        .lent = true,
                                        .record = &header_ops};

const weir_type weir_type_row = {.name = "weir_row",
                                 .size = sizeof(weir_row),
                                 .align = _Alignof(weir_row),
                                 .lent = true,
                                 .owned = &weir_type_owned_fields,
                                 .own = weir_fields_own,
                                 .record = &row_ops};
