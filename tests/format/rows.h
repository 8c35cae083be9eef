/* Records of numbers for tables: {number, word, in: {half}}, and how a record is shown. */
#ifndef WEIR_TESTS_FORMAT_ROWS_H
#define WEIR_TESTS_FORMAT_ROWS_H

#include <stdio.h>

#include "../stream/stages.h"
#include "weir/fields.h"

struct inner_row {
    int64_t half;
};
WEIR_RECORD(inner_row_record, struct inner_row, WEIR_MEMBER(struct inner_row, half, 1))

/* Of four no number is known. */
struct row {
    int64_t number;
    weir_text word;
    struct inner_row in;
    bool has_number;
};
WEIR_RECORD(row_record, struct row,
            WEIR_MEMBER(struct row, number, 1, .optional = true,
                        .has = WEIR_HAS(struct row, has_number)),
            WEIR_MEMBER(struct row, word, 2), WEIR_NESTED(struct row, in, 3, &inner_row_record))

static inline struct row row_of(struct tracked item, void *arg)
{
    static const char *const words[] = {"none", "one", "two",   "three", "four",
                                        "five", "six", "seven", "eight", "nine"};
    (void)arg;
    const char *word = words[item.value % 10];
    struct row row = {item.value, {word, strlen(word)}, {item.value / 2}, item.value != 4};
    tracked_drop(item);
    return row;
}
WEIR_MAP_FN(row_of_fn, row_of, struct tracked, struct row, FROM_TRACKED, .to = &row_record.type)

/* A record as text: `number=1,word=one`. */
struct shown {
    char text[120];
};

static inline size_t format_shown(const weir_type *type, const void *item, char *out, size_t size)
{
    (void)type;
    return (size_t)snprintf(out, size, "%s", ((const struct shown *)item)->text);
}
static const weir_type shown_type = {.name = "struct shown",
                                     .size = sizeof(struct shown),
                                     .align = _Alignof(struct shown),
                                     .detached = true,
                                     .format = format_shown};

static inline struct shown show(weir_fields fields, void *arg)
{
    struct shown shown = {""};
    weir_record_view record = {&weir_type_fields, &fields};
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text name, text;
    weir_value value;
    size_t n = 0, at = 0;
    (void)arg;
    for (weir_record_iter iter = {0}; weir_record_next(record, &iter, &name, &value); n++) {
        if (!weir_value_text(&value, scratch, &text))
            text = (weir_text){"{}", 2};
        at += (size_t)snprintf(shown.text + at, sizeof shown.text - at, "%s%.*s=%.*s",
                               at ? "," : "", (int)name.size, name.data, (int)text.size, text.data);
        assert_true(at < sizeof shown.text);
    }
    assert_int_equal(n, weir_record_count(record));
    if (!at)
        memcpy(shown.text, "-", 2);
    weir_fields_drop(&fields);
    return shown;
}
WEIR_MAP_FN(show_fn, show, weir_fields, struct shown, .from = &weir_type_owned_fields,
            .to = &shown_type)

/* Owned rows are structs: so they go through a pick of all. */
static inline weir_stream *shown(weir_stream *stream)
{
    return weir_map(weir_own(stream), &show_fn, NULL);
}

static inline weir_stream *rows_of(weir_stream *source)
{
    return weir_map(source, &row_of_fn, NULL);
}

static inline void expect_trace(weir_stream *stream, const char *wanted)
{
    assert_string_equal(trace(stream, 3), wanted);
    assert_int_equal(tracked_live, 0);
}

#endif
