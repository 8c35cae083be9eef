/* Values: as numbers, as text, and which comes first. */

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "format/number.h"

/* ---- as numbers ---- */

/* A double is whole where it says so itself: 1e3 is 1000. Above 2^53 it may stand for a number
 * beside it. */
static bool whole_i64(const struct weir_value_number *number, int64_t *out)
{
    if (number->kind == WEIR_NUMBER_I64) {
        *out = number->is.i64;
        return true;
    }
    double value = number->is.f64;
    if (number->kind != WEIR_NUMBER_F64 || !(fabs(value) <= 0x1p53))
        return false;
    *out = (int64_t)value;
    return (double)*out == value;
}

bool weir_value_i64(const weir_value *value, int64_t *out)
{
    struct weir_value_number number = weir_value_number(value);
    return whole_i64(&number, out);
}

bool weir_value_u64(const weir_value *value, uint64_t *out)
{
    struct weir_value_number number = weir_value_number(value);
    int64_t whole;
    if (number.kind == WEIR_NUMBER_U64) {
        *out = number.is.u64;
        return true;
    }
    if (whole_i64(&number, &whole)) {
        *out = (uint64_t)whole;
        return whole >= 0;
    }
    return false;
}

bool weir_value_f64(const weir_value *value, double *out)
{
    struct weir_value_number number = weir_value_number(value);
    *out = weir_number_f64(&number);
    return number.kind != WEIR_NUMBER_NONE;
}

static bool text_is(weir_text text, const char *word)
{
    return text.size == strlen(word) && memcmp(text.data, word, text.size) == 0;
}

bool weir_value_bool(const weir_value *value, bool *out)
{
    if (value->kind == WEIR_VALUE_BOOL) {
        *out = value->is.boolean;
        return true;
    }
    if (value->kind != WEIR_VALUE_WORD)
        return false;
    *out = text_is(value->is.text, "true");
    return *out || text_is(value->is.text, "false");
}

/* ---- as text ---- */

static weir_text value_word(const char *text)
{
    return (weir_text){text, strlen(text)};
}

/* Backwards from the end of scratch. */
static weir_text digits_of(uint64_t number, bool negative, char scratch[WEIR_VALUE_TEXT_BYTES])
{
    char *end = scratch + WEIR_VALUE_TEXT_BYTES, *at = end;
    do
        *--at = (char)('0' + number % 10);
    while (number /= 10);
    if (negative)
        *--at = '-';
    return (weir_text){at, (size_t)(end - at)};
}

/* The fewest digits that read as the same number again. */
static weir_text double_text(double number, char scratch[WEIR_VALUE_TEXT_BYTES])
{
    int64_t whole;
    struct weir_value_number self = {WEIR_NUMBER_F64, {.f64 = number}};
    bool plain = fabs(number) < 1e15 && !(number == 0 && signbit(number));
    if (plain && whole_i64(&self, &whole))
        return digits_of(whole < 0 ? 0 - (uint64_t)whole : (uint64_t)whole, whole < 0, scratch);
    int n = 0;
    for (int digits = 15; digits <= 17; digits++) {
        n = snprintf(scratch, WEIR_VALUE_TEXT_BYTES, "%.*g", digits, number);
        char *comma = memchr(scratch, ',', (size_t)n); /* the point of some locales */
        if (comma)
            *comma = '.';
        struct weir_value_number again = weir_number_of_text((weir_text){scratch, (size_t)n});
        if (again.kind == WEIR_NUMBER_NONE || weir_number_f64(&again) == number)
            break; /* no number: it is infinite, or none */
    }
    return (weir_text){scratch, (size_t)n};
}

bool weir_value_text(const weir_value *value, char scratch[WEIR_VALUE_TEXT_BYTES], weir_text *out)
{
    switch (value->kind) {
    case WEIR_VALUE_NULL:
        *out = value_word("null");
        return true;
    case WEIR_VALUE_BOOL:
        *out = value_word(value->is.boolean ? "true" : "false");
        return true;
    case WEIR_VALUE_I64: {
        int64_t number = value->is.i64;
        *out = digits_of(number < 0 ? 0 - (uint64_t)number : (uint64_t)number, number < 0, scratch);
        return true;
    }
    case WEIR_VALUE_U64:
        *out = digits_of(value->is.u64, false, scratch);
        return true;
    case WEIR_VALUE_F64:
        *out = double_text(value->is.f64, scratch);
        return true;
    case WEIR_VALUE_NUMBER:
    case WEIR_VALUE_TEXT:
    case WEIR_VALUE_WORD:
        *out = value->is.text;
        return true;
    default:
        return false;
    }
}

/* ---- which comes first ---- */

/* Of two that are one as doubles, which is close to 2^53 and above: the whole one is exact. */
static int compare_whole_to_real(const struct weir_value_number *whole, double real)
{
    if (whole->kind == WEIR_NUMBER_U64) {
        if (real >= 0x1p64)
            return -1;
        uint64_t other = (uint64_t)real;
        return (whole->is.u64 > other) - (whole->is.u64 < other);
    }
    if (real >= 0x1p63)
        return -1;
    int64_t other = (int64_t)real;
    return (whole->is.i64 > other) - (whole->is.i64 < other);
}

static int compare_wholes(const struct weir_value_number *a, const struct weir_value_number *b)
{
    if (a->kind != b->kind)
        return a->kind == WEIR_NUMBER_I64 ? -1 : 1;
    if (a->kind == WEIR_NUMBER_I64)
        return (a->is.i64 > b->is.i64) - (a->is.i64 < b->is.i64);
    return (a->is.u64 > b->is.u64) - (a->is.u64 < b->is.u64);
}

/* Whole numbers are compared as such: a double does not tell the largest apart. One that is no
 * number is before all others, and equal to itself. */
static int compare_numbers(const struct weir_value_number *a, const struct weir_value_number *b)
{
    bool a_real = a->kind == WEIR_NUMBER_F64, b_real = b->kind == WEIR_NUMBER_F64;
    if (!a_real && !b_real)
        return compare_wholes(a, b);
    double x = weir_number_f64(a), y = weir_number_f64(b);
    if (isnan(x) || isnan(y))
        return !!isnan(y) - !!isnan(x);
    if (x != y || (a_real && b_real) || fabs(x) < 0x1p53)
        return (x > y) - (x < y);
    return a_real ? -compare_whole_to_real(b, x) : compare_whole_to_real(a, y);
}

/* The digits of a whole number, without its sign and the zeros before them; NULL: it is none. */
static const char *value_digits_in(const weir_value *value, size_t *n, bool *negative)
{
    weir_text text = value->is.text;
    if (value->kind < WEIR_VALUE_NUMBER || value->kind > WEIR_VALUE_WORD)
        return NULL;
    *negative = text.size && *text.data == '-';
    size_t at = text.size && (*text.data == '-' || *text.data == '+');
    for (size_t i = at; i < text.size; i++)
        if (text.data[i] < '0' || text.data[i] > '9')
            return NULL;
    while (at < text.size && text.data[at] == '0')
        at++;
    *n = text.size - at;
    return text.data + at;
}

/* Of two that are one as numbers: the digits, where they are more than 64 bits hold. */
static int compare_digits(const weir_value *a, const weir_value *b)
{
    size_t n, m;
    bool a_negative, b_negative;
    const char *x = value_digits_in(a, &n, &a_negative), *y = value_digits_in(b, &m, &b_negative);
    if (!x || !y || n < 19 || m < 19)
        return 0;
    int order = n == m ? memcmp(x, y, n) : n < m ? -1 : 1;
    return a_negative ? -order : order; /* they have one sign */
}

static int compare_texts(const weir_value *a, const weir_value *b)
{
    char of_a[WEIR_VALUE_TEXT_BYTES], of_b[WEIR_VALUE_TEXT_BYTES];
    weir_text x, y;
    bool has_x = weir_value_text(a, of_a, &x), has_y = weir_value_text(b, of_b, &y);
    if (!has_x || !has_y)
        return has_x - has_y;
    size_t shorter = x.size < y.size ? x.size : y.size;
    int order = shorter ? memcmp(x.data, y.data, shorter) : 0;
    return order ? order : (x.size > y.size) - (x.size < y.size);
}

/* Here text counts as a number that it says. */
static struct weir_value_number value_number_in(const weir_value *value)
{
    return value->kind == WEIR_VALUE_TEXT ? weir_number_of_text(value->is.text)
                                          : weir_value_number(value);
}

int weir_value_compare(const weir_value *a, const weir_value *b)
{
    struct weir_value_number x = value_number_in(a), y = {WEIR_NUMBER_NONE, {0}};
    if (x.kind != WEIR_NUMBER_NONE)
        y = value_number_in(b);
    if (y.kind == WEIR_NUMBER_NONE)
        return compare_texts(a, b);
    int order = compare_numbers(&x, &y);
    return order ? order : compare_digits(a, b);
}
