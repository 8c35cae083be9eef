/* A field stands as it is, or in quotes where something in it would be taken for another thing. */

#include "format/csv_put.h"

#include "format/json_write.h"

static bool is_special(const struct weir_csv_put *self, weir_text text)
{
    for (size_t i = 0; i < text.size; i++)
        if (self->special[(unsigned char)text.data[i]])
            return true;
    return false;
}

/* In quotes, its own ones doubled. */
static void put_quoted(struct weir_csv_room *room, weir_text text, unsigned char quote)
{
    weir_csv_put_byte(room, quote);
    while (text.size) {
        const char *found = memchr(text.data, quote, text.size);
        size_t n = found ? (size_t)(found - text.data) + 1 : text.size;
        weir_csv_put_bytes(room, text.data, n);
        if (found)
            weir_csv_put_byte(room, quote);
        text.data += n;
        text.size -= n;
    }
    weir_csv_put_byte(room, quote);
}

static void csv_put_escaped(const struct weir_csv_put *self, struct weir_csv_room *room,
                            weir_text text)
{
    for (size_t i = 0; i < text.size; i++) {
        unsigned char byte = (unsigned char)text.data[i];
        if (self->special[byte])
            weir_csv_put_byte(room, '\\');
        weir_csv_put_byte(room, byte == '\t'   ? 't'
                                : byte == '\n' ? 'n'
                                : byte == '\r' ? 'r'
                                               : byte);
    }
}

/* A quoted or escaped NUL is as bad as a bare one; of separators only a tab is escaped. */
static bool has_no_form(const struct weir_csv_put *self, weir_text text)
{
    unsigned char separator = self->dialect.separator;
    if (self->dialect.escapes && separator != '\t' && text.size &&
        memchr(text.data, separator, text.size))
        return true;
    return (!self->dialect.quotes && !self->dialect.escapes) ||
           (text.size && memchr(text.data, '\0', text.size));
}

bool weir_csv_refuse_field(weir_error *error, const char *format, weir_text name)
{
    char text[64];
    size_t n = name.size < sizeof text ? name.size : sizeof text - 1;
    if (n)
        memcpy(text, name.data, n);
    text[n] = '\0';
    weir_error_set(error, WEIR_E_CORRUPT, format, text);
    return false;
}

bool weir_csv_put_text(struct weir_csv_put *put, struct weir_csv_room *room, weir_text name,
                       weir_text text, weir_error *error)
{
    if (!is_special(put, text)) {
        weir_csv_put_bytes(room, text.data, text.size);
        return true;
    }
    if (has_no_form(put, text)) {
        weir_csv_refuse_field(error, "the field '%s' holds what can not stand in a line", name);
        error->cure = put->dialect.quotes    ? "no NUL in it"
                      : put->dialect.escapes ? "no NUL in it, and no separator but a tab"
                                             : "quotes around fields";
        return false;
    }
    if (put->dialect.escapes)
        csv_put_escaped(put, room, text);
    else
        put_quoted(room, text, put->dialect.quote);
    return true;
}

/* As JSON, in memory of our own. */
static bool nested(struct weir_csv_put *self, const weir_value *value, weir_text *out,
                   weir_error *error)
{
    size_t n = weir_json_write(value, self->json, self->json_n, error);
    if (n > self->bytes_max) {
        weir_error_set(error, WEIR_E_LIMIT, "a field is longer than record_bytes_max = %zu bytes",
                       self->bytes_max);
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

bool weir_csv_put_value(struct weir_csv_put *put, struct weir_csv_room *room, weir_text name,
                        const weir_value *value, weir_error *error)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text;
    if (value->kind == WEIR_VALUE_NONE || value->kind == WEIR_VALUE_NULL)
        return true;
    if (!weir_value_text(value, scratch, &text) && !nested(put, value, &text, error))
        return false;
    return weir_csv_put_text(put, room, name, text, error);
}

void weir_csv_put_init(struct weir_csv_put *put, weir_csv_dialect dialect, size_t bytes_max)
{
    *put = (struct weir_csv_put){.dialect = dialect, .bytes_max = bytes_max};
    put->special[dialect.separator] = put->special['\n'] = put->special['\r'] = true;
    put->special[0] = true;
    if (dialect.quotes)
        put->special[dialect.quote] = true;
    if (dialect.escapes)
        put->special['\t'] = put->special['\\'] = true;
}

void weir_csv_put_fini(struct weir_csv_put *put)
{
    weir_release(put->json, put->json_n);
}
