/* What is sorted, as bytes. Keys are compared byte by byte, so all of the order is in how they are
 * written. */

#include "format/sort_entry.h"

#include <math.h>

#include "format/number.h"

static void sort_entry_put(struct weir_sort_room *room, const void *bytes, size_t n)
{
    if (n > (size_t)(room->end - room->at)) {
        room->full = true;
        return;
    }
    if (n)
        memcpy(room->at, bytes, n);
    room->at += n;
}

static void put_byte(struct weir_sort_room *room, unsigned char byte)
{
    sort_entry_put(room, &byte, 1);
}

/* Big endian, so that it is compared as bytes. */
static void sort_entry_put_number(struct weir_sort_room *room, uint64_t number, unsigned bytes)
{
    while (bytes--)
        put_byte(room, (unsigned char)(number >> (8 * bytes)));
}

static uint32_t get_size(const unsigned char *at)
{
    uint32_t size;
    memcpy(&size, at, sizeof size);
    return size;
}

static void put_size(struct weir_sort_room *room, size_t size)
{
    uint32_t small = (uint32_t)size;
    sort_entry_put(room, &small, sizeof small);
}

static void set_head(unsigned char *entry, size_t key_size, size_t item_size)
{
    uint32_t sizes[2] = {(uint32_t)key_size, (uint32_t)item_size};
    memcpy(entry, sizes, sizeof sizes);
}

size_t weir_sort_entry_size(const unsigned char *entry)
{
    return WEIR_SORT_HEAD_BYTES + (size_t)get_size(entry) + get_size(entry + 4);
}

struct weir_sort_entry weir_sort_entry_at(const unsigned char *entry)
{
    struct weir_sort_entry at = {.key = entry + WEIR_SORT_HEAD_BYTES,
                                 .key_size = get_size(entry),
                                 .item_size = get_size(entry + 4)};
    at.item = at.key + at.key_size;
    return at;
}

uint64_t weir_sort_prefix(const unsigned char *key, size_t size)
{
    uint64_t prefix = 0;
    for (size_t i = 0; i < 8; i++)
        prefix = prefix << 8 | (i < size ? key[i] : 0);
    return prefix;
}

int weir_sort_compare(const struct weir_sort_entry *a, const struct weir_sort_entry *b)
{
    size_t shorter = a->key_size < b->key_size ? a->key_size : b->key_size;
    int order = memcmp(a->key, b->key, shorter);
    return order ? order : (a->key_size > b->key_size) - (a->key_size < b->key_size);
}

/* ---- lines ---- */

static size_t sort_entry_digits_in(const char *text, const char *end)
{
    size_t n = 0;
    while (text + n < end && text[n] >= '0' && text[n] <= '9')
        n++;
    return n;
}

/* The number that a line begins with, of any length: how many digits stand before the point, then
 * all of them. */
static void put_decimal(struct weir_sort_room *room, weir_line line)
{
    const char *at = line.data, *end = at + line.size;
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    bool negative = at < end && *at == '-';
    at += negative;
    while (at < end && *at == '0')
        at++;
    size_t whole = sort_entry_digits_in(at, end);
    const char *point = at + whole;
    size_t part = point < end && *point == '.' ? sort_entry_digits_in(point + 1, end) : 0;
    while (part && point[part] == '0')
        part--;
    if (!whole && !part) {
        put_byte(room, 0x80);
        return;
    }
    unsigned char *begin = room->at;
    put_byte(room, 0x81);
    sort_entry_put_number(room, whole, 4);
    sort_entry_put(room, at, whole);
    sort_entry_put(room, point + 1, part);
    put_byte(room, 0);
    for (; negative && begin < room->at; begin++)
        *begin = (unsigned char)~*begin;
}

size_t weir_sort_put_line(struct weir_sort_room room, weir_line line, bool numeric)
{
    unsigned char *entry = room.at;
    sort_entry_put(&room, "\0\0\0\0\0\0\0", WEIR_SORT_HEAD_BYTES);
    if (numeric)
        put_decimal(&room, line);
    else
        sort_entry_put(&room, line.data, line.size);
    if (room.full)
        return 0;
    size_t key_size = (size_t)(room.at - entry) - WEIR_SORT_HEAD_BYTES;
    if (numeric)
        sort_entry_put(&room, line.data, line.size);
    if (room.full)
        return 0;
    set_head(entry, key_size, numeric ? line.size : 0);
    return (size_t)(room.at - entry);
}

/* ---- keys of records ---- */

enum { CLASS_MISSING = 1, CLASS_NULL, CLASS_NUMBER, CLASS_TEXT, CLASS_NESTED };

/* How far a whole number is from the double it is nearest to: less than 2^11. */
static int64_t behind_double(const struct weir_value_number *number, double real)
{
    if (number->kind == WEIR_NUMBER_F64)
        return 0;
    uint64_t whole = number->kind == WEIR_NUMBER_I64 ? (uint64_t)number->is.i64 : number->is.u64;
    uint64_t nearest = real >= 0x1p64 ? 0 : real < 0 ? (uint64_t)(int64_t)real : (uint64_t)real;
    return (int64_t)(whole - nearest); /* both modulo 2^64 */
}

/* By size as a double; whole numbers that are one double are told apart behind it. */
static void put_real(struct weir_sort_room *room, const struct weir_value_number *number)
{
    double real = weir_number_f64(number);
    int64_t behind = behind_double(number, real);
    uint64_t bits;
    real = real == 0 ? 0 : real;
    memcpy(&bits, &real, sizeof bits);
    bits = bits >> 63 ? ~bits : bits | (uint64_t)1 << 63;
    sort_entry_put_number(room, isnan(real) ? 0 : bits, 8);
    sort_entry_put_number(room, (uint64_t)(behind + (1 << 15)), 2);
}

/* With an end that comes before all that may follow in a longer one. */
static void put_ended(struct weir_sort_room *room, weir_text text)
{
    const char *at = text.data, *end = at + text.size;
    while (at < end) {
        const char *zero = memchr(at, 0, (size_t)(end - at));
        const char *stop = zero ? zero : end;
        sort_entry_put(room, at, (size_t)(stop - at));
        if (zero)
            sort_entry_put(room, "\0\377", 2);
        at = zero ? zero + 1 : end;
    }
    sort_entry_put(room, "\0\0", 2);
}

static void put_value_key(struct weir_sort_room *room, const weir_value *value)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text;
    struct weir_value_number number = value->kind == WEIR_VALUE_TEXT
                                          ? weir_number_of_text(value->is.text)
                                          : weir_value_number(value);
    if (weir_value_empty(value)) {
        put_byte(room, CLASS_NULL);
    } else if (number.kind != WEIR_NUMBER_NONE) {
        put_byte(room, CLASS_NUMBER);
        put_real(room, &number);
    } else if (weir_value_text(value, scratch, &text)) {
        put_byte(room, CLASS_TEXT);
        put_ended(room, text);
    } else {
        put_byte(room, CLASS_NESTED);
    }
}

static void put_key(struct weir_sort_room *room, weir_record_view record, struct weir_sort_by *by)
{
    unsigned char *begin = room->at;
    weir_value value;
    if (weir_path_find(&by->path, record, &value))
        put_value_key(room, &value);
    else
        put_byte(room, CLASS_MISSING);
    for (; by->descending && begin < room->at; begin++)
        *begin = (unsigned char)~*begin;
}

/* ---- records ---- */

static size_t sort_entry_put_fields(struct weir_sort_room *room, weir_record_view record,
                                    size_t depth);

/* How many fields are nested in it; SIZE_MAX: too deep. */
static size_t sort_entry_put_value(struct weir_sort_room *room, const weir_value *value,
                                   size_t depth)
{
    put_byte(room, (unsigned char)value->kind);
    switch (value->kind) {
    case WEIR_VALUE_NONE:
    case WEIR_VALUE_NULL:
        return 0;
    case WEIR_VALUE_BOOL:
        put_byte(room, value->is.boolean);
        return 0;
    case WEIR_VALUE_I64:
    case WEIR_VALUE_U64:
    case WEIR_VALUE_F64:
        sort_entry_put(room, &value->is, sizeof(uint64_t));
        return 0;
    case WEIR_VALUE_NUMBER:
    case WEIR_VALUE_TEXT:
    case WEIR_VALUE_WORD:
        put_size(room, value->is.text.size);
        sort_entry_put(room, value->is.text.data, value->is.text.size);
        return 0;
    default:
        return depth == WEIR_RECORD_DEPTH_MAX
                   ? SIZE_MAX
                   : sort_entry_put_fields(room, value->is.record, depth + 1);
    }
}

/* How many there are is known behind the last: a count may promise more than a walk gives. */
static size_t sort_entry_put_fields(struct weir_sort_room *room, weir_record_view record,
                                    size_t depth)
{
    unsigned char *head = room->at;
    uint32_t n = 0;
    size_t all = 0;
    weir_text name;
    weir_value value;
    put_size(room, 0);
    for (weir_record_iter at = {0}; weir_record_next(record, &at, &name, &value) && !room->full;) {
        put_size(room, name.size);
        sort_entry_put(room, name.data, name.size);
        size_t more = sort_entry_put_value(room, &value, depth);
        if (more == SIZE_MAX)
            return SIZE_MAX;
        all += more + 1;
        n++;
    }
    if (!room->full)
        memcpy(head, &n, sizeof n);
    return all;
}

/* JSON that is no object has fields without names, or none: it can only be written as it came. Of
 * an object its fields are enough. */
static void sort_entry_put_text(struct weir_sort_room *room, weir_record_view record)
{
    weir_text text;
    if (!weir_record_no_object(record, &text))
        text = (weir_text){NULL, 0};
    put_size(room, text.size);
    sort_entry_put(room, text.data, text.size);
}

size_t weir_sort_put_record(struct weir_sort_room room, weir_record_view record,
                            struct weir_sort_by *keys, size_t n, size_t *fields)
{
    unsigned char *entry = room.at;
    sort_entry_put(&room, "\0\0\0\0\0\0\0", WEIR_SORT_HEAD_BYTES);
    for (size_t i = 0; i < n; i++)
        put_key(&room, record, &keys[i]);
    unsigned char *item = room.at;
    sort_entry_put_text(&room, record);
    *fields = sort_entry_put_fields(&room, record, 0);
    if (room.full)
        return 0;
    set_head(entry, (size_t)(item - entry) - WEIR_SORT_HEAD_BYTES, (size_t)(room.at - item));
    return (size_t)(room.at - entry);
}

/* Where the next parts are read from, and stand. */
struct sort_entry_rooms {
    const unsigned char *at;
    weir_field *fields;
    weir_fields *nested;
};

static weir_text get_text(struct sort_entry_rooms *rooms)
{
    size_t size = get_size(rooms->at);
    weir_text text = {(const char *)rooms->at + 4, size};
    rooms->at += 4 + size;
    return text;
}

static weir_fields get_fields(struct sort_entry_rooms *rooms);

static weir_value get_value(struct sort_entry_rooms *rooms)
{
    weir_value value = {(weir_value_kind)*rooms->at++, {0}};
    switch (value.kind) {
    case WEIR_VALUE_NONE:
    case WEIR_VALUE_NULL:
        break;
    case WEIR_VALUE_BOOL:
        value.is.boolean = *rooms->at++;
        break;
    case WEIR_VALUE_I64:
    case WEIR_VALUE_U64:
    case WEIR_VALUE_F64:
        memcpy(&value.is, rooms->at, sizeof(uint64_t));
        rooms->at += sizeof(uint64_t);
        break;
    case WEIR_VALUE_NUMBER:
    case WEIR_VALUE_TEXT:
    case WEIR_VALUE_WORD:
        value.is.text = get_text(rooms);
        break;
    default: {
        weir_fields *nested = rooms->nested++;
        *nested = get_fields(rooms);
        value.is.record = (weir_record_view){&weir_type_fields, nested};
    }
    }
    return value;
}

static weir_fields get_fields(struct sort_entry_rooms *rooms)
{
    size_t n = get_size(rooms->at);
    weir_field *field = rooms->fields;
    weir_fields fields = {.fields = field, .n = n};
    rooms->at += 4;
    rooms->fields += n;
    for (size_t i = 0; i < n; i++) {
        field[i].name = get_text(rooms);
        field[i].value = get_value(rooms);
    }
    return fields;
}

weir_fields weir_sort_get_record(const struct weir_sort_entry *entry, weir_field *fields,
                                 weir_fields *nested)
{
    struct sort_entry_rooms rooms = {entry->item, fields, nested};
    weir_text text = get_text(&rooms);
    weir_fields record = get_fields(&rooms);
    record.text = text;
    record.form = text.size ? WEIR_FORM_JSON : WEIR_FORM_NONE;
    return record;
}
