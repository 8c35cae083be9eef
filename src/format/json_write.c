/* Any value as JSON, by what its record shows. */

#include "format/json_write.h"

#include <math.h>
#include <string.h>

#include "format/json_text.h"
#include "weir/json.h"

struct writer {
    weir_json_out to;
    weir_error *error;
    weir_text name; /* of the field, for errors */
    size_t depth;
};

/* ---- errors ---- */

enum { JSON_WRITE_NAME_BYTES = 64 };

/* `what` may have a %zu. */
static bool json_write_wrong(struct writer *self, weir_code code, const char *what, size_t n)
{
    char name[JSON_WRITE_NAME_BYTES], said[WEIR_MESSAGE_BYTES];
    size_t shown = self->name.size < sizeof name ? self->name.size : sizeof name - 1;
    if (shown)
        memcpy(name, self->name.data, shown);
    name[shown] = '\0';
    weir_format(said, sizeof said, what, n);
    weir_error_set(self->error, code, "the field '%s' %s", name, said);
    self->error->fatal = false;
    return false;
}

static bool put_name(struct writer *self, weir_text name)
{
    size_t at;
    self->name = name;
    if (weir_json_put_text(&self->to, name, &at))
        return true;
    weir_error_set(self->error, WEIR_E_CORRUPT, "a field's name is not UTF-8, from its byte %zu on",
                   at + 1);
    self->error->fatal = false;
    return false;
}

/* ---- what is not nested ---- */

static bool json_write_put_text(struct writer *self, weir_text text)
{
    size_t at;
    if (weir_json_put_text(&self->to, text, &at))
        return true;
    json_write_wrong(self, WEIR_E_CORRUPT, "is not UTF-8, as JSON has to be, from its byte %zu on",
                     at + 1);
    self->error->cure = "text that is converted to UTF-8 before, as iconv does";
    return false;
}

static size_t digits(weir_text text, size_t at)
{
    size_t first = at;
    while (at < text.size && (unsigned char)(text.data[at] - '0') < 10)
        at++;
    return at - first;
}

/* A number by JSON's grammar: 1.10 and 1e5 are, 007, +1, .5 and 0x10 are not. */
static bool json_write_is_number(weir_text text)
{
    size_t at = text.size && text.data[0] == '-';
    size_t n = digits(text, at);
    if (!n || (n > 1 && text.data[at] == '0'))
        return false;
    at += n;
    if (at < text.size && text.data[at] == '.') {
        n = digits(text, ++at);
        if (!n)
            return false;
        at += n;
    }
    if (at < text.size && (text.data[at] | 0x20) == 'e') {
        at++;
        at += at < text.size && (text.data[at] == '+' || text.data[at] == '-');
        n = digits(text, at);
        if (!n)
            return false;
        at += n;
    }
    return at == text.size;
}

static bool put_bare(struct writer *self, const weir_value *value)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text;
    if (value->kind == WEIR_VALUE_F64 && !isfinite(value->is.f64))
        return json_write_wrong(self, WEIR_E_CORRUPT, "is infinite or no number: JSON has no such",
                                0);
    if (!weir_value_text(value, scratch, &text))
        return json_write_wrong(self, WEIR_E_ARGUMENT, "has a value of an unknown kind", 0);
    weir_json_put(&self->to, text.data, text.size);
    return true;
}

static bool json_write_put_number(struct writer *self, weir_text text)
{
    if (!json_write_is_number(text))
        return json_write_wrong(self, WEIR_E_CORRUPT, "is no number as JSON writes them", 0);
    weir_json_put(&self->to, text.data, text.size);
    return true;
}

static bool begins_a_number(weir_text text)
{
    return text.size && ((unsigned char)(text.data[0] - '0') < 10 || text.data[0] == '-');
}

static bool put_word(struct writer *self, weir_text text)
{
    if (text.size > WEIR_JSON_DIGITS_MAX || !begins_a_number(text) || !json_write_is_number(text))
        return json_write_put_text(self, text);
    weir_json_put(&self->to, text.data, text.size);
    return true;
}

/* ---- what is ---- */

static bool json_write_put_value(struct writer *self, const weir_value *value);

/* What is missing in a record is left out. */
static bool json_write_put_fields(struct writer *self, weir_record_view record, bool named)
{
    weir_text name;
    weir_value value;
    bool first = true;
    for (weir_record_iter iter = {0}; weir_record_next(record, &iter, &name, &value);) {
        if (named && value.kind == WEIR_VALUE_NONE)
            continue;
        if (!first)
            weir_json_put_byte(&self->to, ',');
        first = false;
        if (named && !put_name(self, name))
            return false;
        if (named)
            weir_json_put_byte(&self->to, ':');
        if (!json_write_put_value(self, &value))
            return false;
    }
    return true;
}

static bool json_write_put_nested(struct writer *self, weir_record_view record, bool named)
{
    if (self->depth == WEIR_RECORD_DEPTH_MAX)
        return json_write_wrong(self, WEIR_E_LIMIT, "is nested deeper than %zu",
                                WEIR_RECORD_DEPTH_MAX);
    self->depth++;
    weir_json_put_byte(&self->to, named ? '{' : '[');
    bool put = json_write_put_fields(self, record, named);
    weir_json_put_byte(&self->to, named ? '}' : ']');
    self->depth--;
    return put;
}

static bool json_write_put_value(struct writer *self, const weir_value *value)
{
    switch (value->kind) {
    case WEIR_VALUE_NONE:
        weir_json_put(&self->to, "null", 4);
        return true;
    case WEIR_VALUE_TEXT:
        return json_write_put_text(self, value->is.text);
    case WEIR_VALUE_NUMBER:
        return json_write_put_number(self, value->is.text);
    case WEIR_VALUE_WORD:
        return put_word(self, value->is.text);
    case WEIR_VALUE_LIST:
        return json_write_put_nested(self, value->is.record, false);
    case WEIR_VALUE_RECORD:
        return json_write_put_nested(self, value->is.record, true);
    default:
        return put_bare(self, value);
    }
}

size_t weir_json_write(const weir_value *value, unsigned char *out, size_t size, weir_error *error)
{
    struct writer self = {.to = {out, size, 0}, .error = error};
    return json_write_put_value(&self, value) ? self.to.n : 0;
}

/* ---- what came as JSON ---- */

static bool json_write_is_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

/* Behind the string that begins at `at`. */
static size_t string_end(weir_text text, size_t at)
{
    for (at++; at < text.size && text.data[at] != '"'; at++)
        at += text.data[at] == '\\';
    return at + 1;
}

/* Without what stands between its values: it is JSON, so that only strings need care. */
static size_t put_compact(weir_json_out *to, weir_text text)
{
    for (size_t at = 0; at < text.size;) {
        size_t end = at + 1;
        if (text.data[at] == '"')
            end = string_end(text, at);
        if (!json_write_is_space(text.data[at]))
            weir_json_put(to, text.data + at, end - at);
        at = end;
    }
    return to->n;
}

size_t weir_json_write_record(weir_record_view record, unsigned char *out, size_t size,
                              weir_error *error)
{
    weir_text text;
    weir_json_out to = {out, size, 0};
    if (!weir_record_text(record, WEIR_FORM_JSON, &text)) {
        weir_value value = {WEIR_VALUE_RECORD, {.record = record}};
        return weir_json_write(&value, out, size, error);
    }
    if (memchr(text.data, '\n', text.size))
        return put_compact(&to, text);
    weir_json_put(&to, text.data, text.size);
    return to.n;
}
