/* Rows over what is written in a format and read again. */

#include <stdlib.h>
#include <string.h>

#include "given.h"
#include "weir/codec.h"
#include "weir/csv.h"
#include "weir/json.h"
#include "weir/proto.h"

struct told_row {
    weir_text words;
    int64_t number;
};
WEIR_RECORD(told_record, struct told_row, WEIR_MEMBER(struct told_row, words, 2, .optional = true),
            WEIR_MEMBER(struct told_row, number, 1))

/* What every format has to write in a way of its own. */
static const weir_text odd_words = {"a \"b\",\n\\ \xc3\xa9", 11};

static struct told_row to_told(struct tracked item, void *arg)
{
    const weir_text *words = arg;
    return (struct told_row){*words, to_number(item, NULL)};
}
WEIR_MAP_FN(to_told_fn, to_told, struct tracked, struct told_row, FROM_TRACKED,
            .to = &told_record.type)

static int64_t of_told(struct told_row row, void *arg)
{
    const weir_text *words = arg;
    if (row.words.size != words->size ||
        (words->size && memcmp(row.words.data, words->data, words->size)))
        test_abort("its words are others: %.*s", (int)row.words.size, row.words.data);
    return row.number;
}
WEIR_MAP_FN(of_told_fn, of_told, struct told_row, int64_t, .from = &told_record.type)

static weir_stream *told(weir_stream *a)
{
    return weir_map(a, &to_told_fn, (void *)(uintptr_t)&odd_words);
}

static weir_stream *numbers(weir_stream *told_rows)
{
    return weir_map(told_rows, &of_told_fn, (void *)(uintptr_t)&odd_words);
}

/* ---- lines that a format refuses, or reads only when it is told to ---- */

static bool no_memory(weir_error *error)
{
    weir_error_set(error, WEIR_E_MEMORY, "no memory for a text");
    return false;
}

/* The number stands where the '#' is. */
static bool to_line(struct tracked item, weir_owned_line *out, void *arg, weir_error *error)
{
    char text[64];
    const char *format = arg;
    size_t at = strcspn(format, "#"), rest = strlen(format + at + 1);
    memcpy(text, format, at);
    size_t n = at + weir_format(text + at, 24, "%lld", (long long)item.value);
    memcpy(text + n, format + at + 1, rest);
    tracked_drop(item);
    *out = weir_owned_line_new(text, n + rest);
    return out->data || no_memory(error);
}
WEIR_TRY_MAP_FN(to_line_fn, to_line, struct tracked, weir_owned_line, FROM_TRACKED,
                .to = &weir_type_owned_line)

static weir_reader *lines_as(weir_stream *a, const char *format)
{
    return weir_to_lines(weir_map(a, &to_line_fn, (void *)(uintptr_t)format));
}

static int64_t of_line(weir_line line, void *arg)
{
    char text[24] = "";
    (void)arg;
    memcpy(text, line.data, line.size < sizeof text ? line.size : sizeof text - 1);
    return strtoll(text, NULL, 10);
}
WEIR_MAP_FN(of_line_fn, of_line, weir_line, int64_t)

static weir_stream *of_lines(weir_stream *lines)
{
    return weir_map(lines, &of_line_fn, NULL);
}

static int64_t of_row(weir_row row, void *arg)
{
    static weir_name name = WEIR_NAME("number");
    return of_line(weir_row_get(&row, &name), arg);
}
WEIR_MAP_FN(of_row_fn, of_row, weir_row, int64_t, .from = &weir_type_row)

static weir_stream *of_rows(weir_reader *reader, bool lazy)
{
    static const char *const names[] = {"words", "number"};
    const weir_csv_options options =
        WEIR_CSV_OPTIONS(.lazy_quotes = lazy, .header = names, .header_n = 2, .comment = '#');
    return weir_map(weir_csv(reader, &options), &of_row_fn, NULL);
}

/* ---- each by itself: the number that a line ends with ---- */

static int64_t of_end(weir_line line, void *arg)
{
    size_t at = line.size;
    (void)arg;
    while (at && !strchr("0123456789", line.data[at - 1]))
        at--;
    while (at && strchr("0123456789", line.data[at - 1]))
        at--;
    return of_line((weir_line){line.data + at, line.size - at}, NULL);
}
WEIR_MAP_FN(of_end_fn, of_end, weir_line, int64_t)

static weir_stream *of_ends(weir_stream *lines)
{
    return weir_map(lines, &of_end_fn, NULL);
}

static weir_stream *lines_of(weir_stream *a)
{
    return weir_map(a, &to_line_fn, (void *)(uintptr_t) "#");
}

/* ---- messages ---- */

static bool of_message(weir_line message, int64_t *out, void *arg, weir_error *error)
{
    struct told_row row;
    if (!weir_proto_read(&told_record, message, &row, error))
        return false;
    *out = of_told(row, arg);
    return true;
}
WEIR_TRY_MAP_FN(of_message_fn, of_message, weir_line, int64_t)

static weir_stream *of_messages(weir_stream *messages)
{
    return weir_map(messages, &of_message_fn, (void *)(uintptr_t)&odd_words);
}

#ifdef WEIR_HAVE_YYJSON
static int64_t of_list(weir_json list, void *arg)
{
    (void)arg;
    return (int64_t)weir_record_count((weir_record_view){&weir_type_json, &list});
}
WEIR_MAP_FN(of_list_fn, of_list, weir_json, int64_t, .from = &weir_type_json)

static int64_t of_json(weir_json json, void *arg)
{
    weir_value value;
    (void)arg;
    return weir_json_get(&json, "a.1", &value) ? of_line(value.is.text, NULL) : -1;
}
WEIR_MAP_FN(of_json_fn, of_json, weir_json, int64_t, .from = &weir_type_json)
#endif

/* ---- how each is built ---- */

#define ROW(name, expression)                                                                      \
    static weir_stream *build_##name(struct run *run, weir_stream *a, weir_stream *b)              \
    {                                                                                              \
        (void)run, (void)b;                                                                        \
        return expression;                                                                         \
    }

ROW(csv, numbers(weir_csv_records(weir_to_csv(told(a), NULL), &told_record, NULL)))
ROW(csv_lazy, of_rows(lines_as(a, "x\"y,#"), true))
ROW(csv_bad, of_rows(lines_as(a, "x\"y,#"), false))
ROW(csv_each, of_ends(weir_to_csv_each(told(a), NULL)))
ROW(lines_each, of_ends(weir_to_lines_each(lines_of(a), 64)))
ROW(proto, numbers(weir_proto_records(weir_to_proto(told(a), 64), &told_record, 64)))
ROW(proto_messages, of_messages(weir_proto(weir_to_proto(told(a), 64), 64)))
ROW(lines, of_lines(weir_lines(lines_as(a, "#"), 64)))
ROW(lines_with, of_lines(weir_lines_with(lines_as(a, "#\r"),
                                         &WEIR_LINES_OPTIONS(.utf8 = true, .keep_ends = true))))
ROW(lines_matching, of_lines(weir_lines_matching(lines_as(a, "# it"), 64, "it", 2)))
ROW(ndjson_each, of_ends(weir_to_ndjson_each(told(a), NULL)))
#ifdef WEIR_HAVE_YYJSON
ROW(ndjson, numbers(weir_ndjson_records(weir_to_ndjson(told(a), NULL), &told_record, NULL)))
ROW(ndjson_values, weir_map(weir_ndjson(lines_as(a, "{\"a\":[0,#]}"), NULL), &of_json_fn, NULL))
ROW(ndjson_bad, weir_map(weir_ndjson(lines_as(a, "[#,"), NULL), &of_json_fn, NULL))
ROW(json_doc, weir_map(weir_json_doc(weir_to_json(told(a), NULL), 1024), &of_list_fn, NULL))
#endif

#undef ROW
#define ROW(name, inputs, flags, gives)                                                            \
    {                                                                                              \
        "formats " #name, build_##name, inputs, TAKES_MORE | flags, gives                          \
    }

#define ALL_BAD "!CORRUPT !CORRUPT !CORRUPT !CORRUPT !CORRUPT !CORRUPT !CORRUPT !CORRUPT $"

static const struct row rows[] = {
    ROW(csv, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(csv_lazy, 1, HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(csv_bad, 1, COSTS | HOLDS_UNSEEN, ALL_BAD),
    ROW(csv_each, 1, MORE_AT_END, "1 2 3 4 5 6 7 8 $"),
    ROW(lines_each, 1, HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(ndjson_each, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(proto, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(proto_messages, 1, COSTS | 0, "1 2 3 4 5 6 7 8 $"),
    ROW(lines, 1, HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(lines_with, 1, COSTS | HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(lines_matching, 1, COSTS | HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
#ifdef WEIR_HAVE_YYJSON
    ROW(ndjson, 1, 0, "1 2 3 4 5 6 7 8 $"),
    ROW(ndjson_values, 1, COSTS | HOLDS_UNSEEN, "1 2 3 4 5 6 7 8 $"),
    ROW(ndjson_bad, 1, COSTS | HOLDS_UNSEEN, ALL_BAD),
    ROW(json_doc, 1, COSTS | FUTURE, "8 $"),
#endif
};
const struct rows rows_formats = {rows, sizeof rows / sizeof *rows};
