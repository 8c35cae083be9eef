/* Numbers out of text, by hand where that is exact, else by the C library. */

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "format/number.h"

/* The parts of a number: [sign] digits [. digits] [e [sign] digits]. */
struct value_number_parts {
    bool negative;
    bool whole;       /* no point, no exponent */
    bool exact;       /* digits holds all of them */
    uint64_t digits;  /* without the point */
    int64_t exponent; /* of ten, for digits */
    size_t n;         /* how many there were */
};

static const char *take_sign(const char *at, const char *end, bool *negative)
{
    *negative = at < end && *at == '-';
    return at < end && (*at == '-' || *at == '+') ? at + 1 : at;
}

static bool is_digit(const char *at, const char *end)
{
    return at < end && (unsigned char)(*at - '0') < 10;
}

static const char *take_digits(const char *at, const char *end, struct value_number_parts *parts)
{
    for (; is_digit(at, end); at++, parts->n++) {
        uint64_t digit = (uint64_t)(*at - '0');
        parts->exact = parts->exact && parts->digits <= (UINT64_MAX - digit) / 10;
        if (parts->exact)
            parts->digits = parts->digits * 10 + digit;
    }
    return at;
}

static const char *take_exponent(const char *at, const char *end, struct value_number_parts *parts)
{
    bool negative;
    const char *first = take_sign(at, end, &negative);
    int64_t exponent = 0;
    for (at = first; is_digit(at, end); at++)
        if (exponent < INT32_MAX)
            exponent = exponent * 10 + (*at - '0');
    parts->exponent += negative ? -exponent : exponent;
    return at > first ? at : NULL;
}

static bool take_parts(weir_text text, struct value_number_parts *parts)
{
    const char *at = text.data, *end = at + text.size;
    *parts = (struct value_number_parts){.whole = true, .exact = true};
    at = take_digits(take_sign(at, end, &parts->negative), end, parts);
    if (at < end && *at == '.') {
        const char *point = at;
        at = take_digits(at + 1, end, parts);
        parts->exponent = -(at - point - 1);
        parts->whole = false;
    }
    if (!parts->n)
        return false;
    if (at < end && (*at | 0x20) == 'e') {
        at = take_exponent(at + 1, end, parts);
        parts->whole = false;
    }
    return at == end;
}

/* Powers of ten that a double says exactly. */
static const double exact_tens[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
enum { EXACT_TENS = sizeof exact_tens / sizeof *exact_tens };

/* One rounding of two exact doubles is the nearest. */
static bool small_f64(const struct value_number_parts *parts, double *out)
{
    int64_t ten = parts->exponent < 0 ? -parts->exponent : parts->exponent;
    if (!parts->exact || parts->digits > (uint64_t)1 << 53 || ten >= EXACT_TENS)
        return false;
    double digits = (double)parts->digits;
    double value = parts->exponent < 0 ? digits / exact_tens[ten] : digits * exact_tens[ten];
    *out = parts->negative ? -value : value;
    return true;
}

/* The point of the C library's numbers is the user's locale's: this one is not asked. */
static locale_t plain_locale(void)
{
    static locale_t made;
    locale_t known = __atomic_load_n(&made, __ATOMIC_ACQUIRE);
    if (known)
        return known;
    known = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    locale_t none = (locale_t)0;
    if (!__atomic_compare_exchange_n(&made, &none, known, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE)) {
        freelocale(known);
        return none;
    }
    return known;
}

static struct weir_value_number large_f64(weir_text text)
{
    char copy[WEIR_NUMBER_DIGITS_MAX + 32];
    locale_t locale = plain_locale();
    if (text.size >= sizeof copy || !locale)
        return (struct weir_value_number){WEIR_NUMBER_NONE, {0}};
    memcpy(copy, text.data, text.size);
    copy[text.size] = '\0';
    return (struct weir_value_number){WEIR_NUMBER_F64, {.f64 = strtod_l(copy, NULL, locale)}};
}

static bool whole_number(const struct value_number_parts *parts, struct weir_value_number *out)
{
    if (!parts->whole || !parts->exact)
        return false;
    if (parts->digits <= (uint64_t)INT64_MAX + parts->negative) {
        uint64_t digits = parts->negative ? 0 - parts->digits : parts->digits;
        *out = (struct weir_value_number){WEIR_NUMBER_I64, {.i64 = (int64_t)digits}};
        return true;
    }
    *out = (struct weir_value_number){WEIR_NUMBER_U64, {.u64 = parts->digits}};
    return !parts->negative;
}

struct weir_value_number weir_number_of_text(weir_text text)
{
    struct value_number_parts parts;
    struct weir_value_number number = {WEIR_NUMBER_NONE, {0}};
    if (!text.size || !take_parts(text, &parts) || parts.n > WEIR_NUMBER_DIGITS_MAX)
        return number;
    if (whole_number(&parts, &number))
        return number;
    number.kind = WEIR_NUMBER_F64;
    return small_f64(&parts, &number.is.f64) ? number : large_f64(text);
}

struct weir_value_number weir_value_number(const weir_value *value)
{
    switch (value->kind) {
    case WEIR_VALUE_I64:
        return (struct weir_value_number){WEIR_NUMBER_I64, {.i64 = value->is.i64}};
    case WEIR_VALUE_U64:
        if (value->is.u64 <= INT64_MAX)
            return (struct weir_value_number){WEIR_NUMBER_I64, {.i64 = (int64_t)value->is.u64}};
        return (struct weir_value_number){WEIR_NUMBER_U64, {.u64 = value->is.u64}};
    case WEIR_VALUE_F64:
        return (struct weir_value_number){WEIR_NUMBER_F64, {.f64 = value->is.f64}};
    case WEIR_VALUE_NUMBER:
    case WEIR_VALUE_WORD:
        return weir_number_of_text(value->is.text);
    default:
        return (struct weir_value_number){WEIR_NUMBER_NONE, {0}};
    }
}

double weir_number_f64(const struct weir_value_number *number)
{
    switch (number->kind) {
    case WEIR_NUMBER_I64:
        return (double)number->is.i64;
    case WEIR_NUMBER_U64:
        return (double)number->is.u64;
    default:
        return number->is.f64;
    }
}
