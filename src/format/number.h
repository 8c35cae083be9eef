/* Numbers as text: what is one, and which. */
#ifndef WEIR_FORMAT_NUMBER_H
#define WEIR_FORMAT_NUMBER_H

#include "weir/record.h"

/* A whole number that fits is kept as it is; all others are the nearest double. */
enum weir_value_number_kind { WEIR_NUMBER_NONE, WEIR_NUMBER_I64, WEIR_NUMBER_U64, WEIR_NUMBER_F64 };

struct weir_value_number {
    enum weir_value_number_kind kind;
    union {
        int64_t i64;  /* of all that fit */
        uint64_t u64; /* of those above */
        double f64;
    } is;
};

enum { WEIR_NUMBER_DIGITS_MAX = 1000 }; /* longer text is no number */

struct weir_value_number weir_number_of_text(weir_text text);
struct weir_value_number weir_value_number(const weir_value *value);
double weir_number_f64(const struct weir_value_number *number);

#endif
