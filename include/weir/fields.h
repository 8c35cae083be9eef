/* weir/fields.h: stages over records of any kind: which are kept, which fields they have, and what
 * these are called. A field is named as it is in the record; `a.b`, where there is no field of that
 * name, is the field b of the record a. What is said here is copied: it may be gone afterwards. */
#ifndef WEIR_FIELDS_H
#define WEIR_FIELDS_H

#include <string.h>

#include "weir/record.h"

WEIR_BEGIN_C

typedef enum weir_where_op {
    WEIR_WHERE_EQ,
    WEIR_WHERE_NE,
    WEIR_WHERE_LT,
    WEIR_WHERE_LE,
    WEIR_WHERE_GT,
    WEIR_WHERE_GE,
    WEIR_WHERE_CONTAINS,
    WEIR_WHERE_STARTS,
    WEIR_WHERE_ENDS,
    WEIR_WHERE_EXISTS, /* there is such a field, null too; the value is not looked at */
    WEIR_WHERE_MISSING /* there is none */
} weir_where_op;

/* "30", "abc": text that is a number where it is one. What is compared with, and put into.
 *
 * Example:
 *     double x;
 *     weir_value value = weir_value_word("1.5");
 *     p(weir_value_f64(&value, &x)); // -> true
 *     p(x); // -> 1.5
 */
static inline weir_value weir_value_word(const char *text)
{
    weir_value value = {WEIR_VALUE_WORD, {0}};
    value.is.text.data = text;
    value.is.text.size = strlen(text);
    return value;
}

/* The records whose field compares so with the value: by number where both are numbers, or text
 * that is one; else by the bytes of their text (weir_value_compare()).
 * A field that is missing fits NE and MISSING alone. null, an empty field of CSV, lists and
 * records come neither before nor behind anything; null equals the word null. Shape: at most one
 * for one; what passes is as it came. Errors: those of the source; ARGUMENT where the value is a
 * list or a record, and an operator that there is not. Source: jq's select(), Miller's filter, for
 * one field.
 *
 * Example:
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\nBob,25\n"), NULL);
 *     weir_stream *old = weir_where(rows, "age", WEIR_WHERE_GT, weir_value_word("30"));
 *     p(weir_to_csv(old, NULL)); // -> who,age\nAda,36\n
 */
WEIR_NEW weir_stream *weir_where(weir_stream *source WEIR_TAKES, const char *field,
                                 weir_where_op op, weir_value value);

enum { WEIR_PICK_MAX = 1024 }; /* names */

/* The named fields alone, in that order. What a record lacks is left out.
 * Shape: one for one; weir_fields, lent.
 * Errors: ARGUMENT where a name comes twice; CORRUPT, not fatal, for a JSON value that is no
 * object.
 * Source: Miller's cut -o, SQL's SELECT.
 *
 * Example:
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\n"), NULL);
 *     p(weir_to_csv(weir_pick(rows, (const char *[]){"age"}, 1), NULL)); // -> age\n36\n
 */
WEIR_NEW weir_stream *weir_pick(weir_stream *source WEIR_TAKES, const char *const *names, size_t n);

/* With one field of this value: in the place of the one of that name, or behind the last.
 * weir_put_from: the value is that of another field; of a record that lacks it, nothing changes.
 * Shape: one for one; lent. Of the value, text is copied; what is nested is kept by reference.
 * Errors: CORRUPT, not fatal, for a JSON value that is no object.
 * Source: Miller's put, Polars' with_columns.
 *
 * Example:
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\n"), NULL);
 *     weir_stream *more = weir_put(rows, "town", weir_value_word("Bonn"));
 *     p(weir_to_csv(more, NULL)); // -> who,age,town\nAda,36,Bonn\n
 */
WEIR_NEW weir_stream *weir_put(weir_stream *source WEIR_TAKES, const char *name, weir_value value);
WEIR_NEW weir_stream *weir_put_from(weir_stream *source WEIR_TAKES, const char *name,
                                    const char *field);

/* One field under another name, in its place; a field that had that name before is gone. A record
 * that has no field `from` passes as it is. Shape: one for one; lent. Source: Miller's rename.
 *
 * Example:
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\n"), NULL);
 *     p(weir_to_csv(weir_rename(rows, "who", "name"), NULL)); // -> name,age\nAda,36\n
 */
WEIR_NEW weir_stream *weir_rename(weir_stream *source WEIR_TAKES, const char *from, const char *to);

enum { WEIR_STATS_FIELDS_MAX = 256, WEIR_STATS_DISTINCT_MAX = 1000 };

/* What the fields of all records are like: a record for each field, in the order in which they were
 * first seen: field; count and missing (null and empty fields of CSV are, and what a record lacks);
 * min and max, by number where all values are, else by bytes (of which 64 are kept); of the values
 * that are numbers mean and deviation (of a sample); distinct, how many differ as they are written,
 * or `1000+`. What cannot be said is left out. Shape: gives nothing before the source has ended;
 * weir_fields, lent. Held: 17 KiB a field, at most WEIR_STATS_FIELDS_MAX. Errors: those of the
 * source where they come; LIMIT, fatal, for more fields. Marks: as sort. Source: xsv stats,
 * Miller's summary; Welford's way of the deviation.
 *
 * Example:
 *     weir_stream *rows = weir_csv(text("age\n36\n25\n"), NULL);
 *     const char *names[] = {"field", "max"};
 *     p(weir_to_csv(weir_pick(weir_stats(rows), names, 2), NULL)); // -> field,max\nage,36\n
 */
WEIR_NEW weir_stream *weir_stats(weir_stream *source WEIR_TAKES);

WEIR_END_C

#endif
