/* weir/json.h: JSON, a value a line (NDJSON) or one in a whole input; and any records as JSON. */
#ifndef WEIR_JSON_H
#define WEIR_JSON_H

#include "weir/reader.h"
#include "weir/record.h"

WEIR_BEGIN_C

/* A value, lent. An object is a record, a list one whose fields have no names; any other value has
 * no fields. Owned it is weir_fields. */
typedef struct weir_json {
    weir_text text;   /* as it stands in the input, without the space around it */
    const void *root; /* for the functions below */
} weir_json;

WEIR_API extern const weir_type weir_type_json; /* weir_json, lent */

/* What it is; nested values can be looked at as records. Numbers stand as they were written.
 *
 * Example:
 *     weir_json json;
 *     weir_stream *s = weir_ndjson(text("36\n"), NULL);
 *     p(answer(weir_await_next(s, &json, NULL))); // -> READY
 *     p(yes(weir_json_value(&json).kind == WEIR_VALUE_NUMBER)); // -> yes
 *     weir_drop(s);
 */
WEIR_API weir_value weir_json_value(const weir_json *json);

/* The value at a path, "user.emails.0": names, and numbers from 0 in lists, with points between
 * them. A name that has a point in it is found by weir_record_find() alone. false: there is none,
 * and out->kind is NONE.
 *
 * Example:
 *     weir_json json;
 *     weir_value value;
 *     weir_stream *s = weir_ndjson(text("{\"at\":{\"towns\":[\"Bonn\"]}}\n"), NULL);
 *     p(answer(weir_await_next(s, &json, NULL))); // -> READY
 *     p(weir_json_get(&json, "at.towns.0", &value)); // -> true
 *     p(value.is.text); // -> Bonn
 *     weir_drop(s);
 */
WEIR_API bool weir_json_get(const weir_json *json, const char *path, weir_value *out);

#define WEIR_JSON_LINE_MAX_DEFAULT ((size_t)1 << 20)
#define WEIR_JSON_VALUES_MAX_DEFAULT ((size_t)4 << 20)
enum { WEIR_JSON_DEPTH_MAX = WEIR_RECORD_DEPTH_MAX, WEIR_JSON_DIGITS_MAX = 1000 };

/* How JSON is read. All zero: the defaults. */
typedef struct weir_json_options {
    uint32_t size;         /* set by WEIR_JSON_OPTIONS(); 0: the first layout */
    size_t line_bytes_max; /* 0: 1 MiB; at most WEIR_MIN_MAX */
    /* What the values of a line may take, a copy of its text included: 0: 4 MiB. Mostly that is 3
     * to 4 times the line, and 13 times at worst. */
    size_t json_bytes_max;
} weir_json_options;

/* WEIR_JSON_OPTIONS(.line_bytes_max = 4 << 20): such options, the size set. */
#define WEIR_JSON_OPTIONS(...) ((weir_json_options){.size = sizeof(weir_json_options), __VA_ARGS__})

/* The value of each line, by RFC 8259: no comments, no commas behind the last, UTF-8. Blank lines
 * are skipped, and a byte order mark at the beginning. Of fields of one name the first is found.
 * Shape: gives the lines in hand, up to the demand; never fills after lending. The text stands in
 * the reader's bytes, values in memory of the stage, which is used again at the next poll: 64 KiB,
 * up to json_bytes_max for a line that needs them; none while it waits.
 * Units: options NULL: the defaults; not kept.
 * Errors: each with its byte, record, line and column, none fatal: the next line follows. CORRUPT:
 * what the line is wrong in. LIMIT: a line longer than line_bytes_max, or whose values take more
 * than json_bytes_max; WEIR_JSON_DEPTH_MAX lists and objects in each other, and
 * WEIR_JSON_DIGITS_MAX bytes in a number.
 * Source: serde_json's StreamDeserialize, by lines, so that a bad one is not the end; jq.
 *
 * Example:
 *     weir_stream *values = weir_ndjson(text("{\"n\":1}\n{\"n\":2}\n"), NULL);
 *     p(weir_to_json(values, NULL)); // -> [\n{"n":1},\n{"n":2}\n]\n
 */
WEIR_ITEM(weir_json)
WEIR_LENDS
WEIR_NEW weir_stream *weir_ndjson(weir_reader *source WEIR_TAKES, const weir_json_options *options);

/* The same as structs of your own: weir_records(weir_ndjson(source, options), record). Source:
 * serde_json with derive(Deserialize).
 *
 * Example:
 *     weir_reader *r = text("{\"age\":36,\"name\":\"Ada\"}\n");
 *     p(weir_to_csv(weir_ndjson_records(r, &person_record, NULL), NULL)); // -> name,age\nAda,36\n
 */
WEIR_LENDS
WEIR_NEW weir_stream *weir_ndjson_records(weir_reader *source WEIR_TAKES,
                                          const weir_record *record WEIR_KEEPS,
                                          const weir_json_options *options);

#define WEIR_JSON_DOC_MAX_DEFAULT ((size_t)64 << 20)

/* The whole input as one value, over any number of lines.
 * Shape: a future; lent. Held: the text, and its values, up to 13 times as much.
 * Units: bytes_max: 1 to WEIR_MIN_MAX bytes of text.
 * Errors, all fatal: those of weir_ndjson(), with byte, line and column; TRUNCATED where the input
 * ends inside of the value, or has none. Source: serde_json::from_reader.
 *
 * Example:
 *     p(weir_to_ndjson(weir_json_doc(text("{\"n\":\n 1}"), 100), NULL)); // -> {"n":1}\n
 */
WEIR_ITEM(weir_json)
WEIR_LENDS
WEIR_NEW weir_stream *weir_json_doc(weir_reader *source WEIR_TAKES, size_t bytes_max);

#define WEIR_TO_JSON_RECORD_MAX_DEFAULT ((size_t)16 << 20)

typedef struct weir_to_json_options {
    uint32_t size;           /* set by WEIR_TO_JSON_OPTIONS(); 0: the first layout */
    size_t record_bytes_max; /* 0: 16 MiB; at most WEIR_MIN_MAX */
} weir_to_json_options;

#define WEIR_TO_JSON_OPTIONS(...)                                                                  \
    ((weir_to_json_options){.size = sizeof(weir_to_json_options), __VA_ARGS__})

/* Any records as NDJSON, an object a line. What came as JSON and was not changed leaves as it came,
 * on one line; a number as it was written; what is missing is left out. A word of a format that
 * knows no kinds, as CSV, is a number where JSON writes numbers so (1.10, not 007; of at most
 * WEIR_JSON_DIGITS_MAX bytes), else text.
 * Shape: lines are gathered in blocks of 64 KiB; none while it waits. options NULL: the defaults.
 * Errors, each with its record and not fatal: CORRUPT for text that is not UTF-8, and for a number
 * that is infinite, or none; LIMIT for a longer record, or one that is nested deeper than
 * WEIR_RECORD_DEPTH_MAX. Source: serde_json::to_writer, a line each, which writes null for the
 * numbers that are refused here.
 *
 * Example:
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\n"), NULL);
 *     p(weir_to_ndjson(rows, NULL)); // -> {"who":"Ada","age":36}\n
 */
WEIR_NEW weir_reader *weir_to_ndjson(weir_stream *source WEIR_TAKES,
                                     const weir_to_json_options *options);

/* The same, each line with its newline as an item, lent from a block: so marks keep their places
 * between them, and weir_forward() settles them once the lines are safe.
 *
 * Example:
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\n"), NULL);
 *     p(weir_count(weir_to_ndjson_each(rows, NULL))); // -> 1
 */
WEIR_ITEM(weir_line)
WEIR_LENDS
WEIR_NEW weir_stream *weir_to_ndjson_each(weir_stream *source WEIR_TAKES,
                                          const weir_to_json_options *options);

/* The same as one list, a record a line: [, commas between them, ].
 *
 * Example:
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\n"), NULL);
 *     p(weir_to_json(rows, NULL)); // -> [\n{"who":"Ada","age":36}\n]\n
 */
WEIR_NEW weir_reader *weir_to_json(weir_stream *source WEIR_TAKES,
                                   const weir_to_json_options *options);

WEIR_END_C

#endif
