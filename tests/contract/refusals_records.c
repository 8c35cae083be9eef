/* Stages over records: over what has no fields, and what they do not take. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "laws.h"

#include "weir/fields.h"
#include "weir/sort.h"

struct numbered_row {
    int64_t number;
};
WEIR_RECORD(row_record, struct numbered_row, WEIR_MEMBER(struct numbered_row, number, 1))

static struct numbered_row to_row(int64_t number, void *arg)
{
    (void)arg;
    return (struct numbered_row){number};
}
WEIR_MAP_FN(to_row_fn, to_row, int64_t, struct numbered_row, .to = &row_record.type)

static weir_stream *rows(void)
{
    return weir_map(weir_range(0, 3), &to_row_fn, NULL);
}

/* A source of numbers that gives marks, and may have no end. */
static weir_stream *marked_rows(void)
{
    static struct script script;
    script = (struct script){.type = &weir_type_i64};
    return weir_map(script_stream(&script, "1 |"), &to_row_fn, NULL);
}

void test_refusals_records(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "a"};
    static const char *many[WEIR_PICK_MAX + 1];
    weir_value one = weir_value_word("1"), nested = {WEIR_VALUE_RECORD, {0}};
    for (size_t i = 0; i <= WEIR_PICK_MAX; i++)
        many[i] = "a";
    static const weir_sort_key number = {.field = "number"};
    const char *why = "holds all to an end that may never come";
    expect_refusal(weir_stats(marked_rows()), WEIR_E_ARGUMENT, "'stats'", why, "weir_settle_here");
    expect_refusal(weir_sort(marked_rows(), &WEIR_SORT_OPTIONS(.keys = &number, .keys_n = 1)),
                   WEIR_E_ARGUMENT, "'sort'", why, "weir_settle_here");
    passes_refused(weir_records(failed(), &row_record));
    passes_refused(weir_where(failed(), "a", WEIR_WHERE_EQ, one));
    passes_refused(weir_pick(failed(), names, 2));
    passes_refused(weir_put(failed(), "a", one));
    passes_refused(weir_put_from(failed(), "a", "b"));
    passes_refused(weir_stats(failed()));
    passes_refused(weir_sort(failed(), NULL));
    passes_refused(weir_rename(failed(), "a", "b"));
    passes_refused(weir_rename(failed(), "a", "a"));
    expect_refusal(weir_where(weir_range(0, 3), "a", WEIR_WHERE_EQ, one), WEIR_E_TYPE, "where",
                   "int64_t", "makes records");
    expect_refusal(weir_pick(weir_range(0, 3), names, 2), WEIR_E_TYPE, "pick", "int64_t",
                   "makes records");
    static const weir_sort_key keys[17] = {{.field = "a"}};
    expect_refusal(weir_stats(weir_range(0, 3)), WEIR_E_TYPE, "stats", "int64_t", "makes records");
    expect_refusal(weir_sort(weir_range(0, 3), NULL), WEIR_E_TYPE, "sort", "int64_t",
                   "makes records");
    expect_refusal(weir_sort(rows(), NULL), WEIR_E_ARGUMENT, "sort", "need a field", "a key");
    expect_refusal(weir_sort(rows(), &WEIR_SORT_OPTIONS(.keys = keys, .keys_n = 2)),
                   WEIR_E_ARGUMENT, "sort", "is a field", "name one");
    expect_refusal(weir_sort(rows(), &WEIR_SORT_OPTIONS(.keys = keys, .keys_n = 17)),
                   WEIR_E_ARGUMENT, "sort", "too many", "16");
    expect_refusal(
        weir_sort(rows(), &WEIR_SORT_OPTIONS(.keys = keys, .keys_n = 1, .memory_bytes = 1000)),
        WEIR_E_ARGUMENT, "sort", "too little", "1 MiB");
    expect_refusal(weir_put(weir_range(0, 3), "a", one), WEIR_E_TYPE, "put", "int64_t",
                   "makes records");
    expect_refusal(weir_rename(weir_range(0, 3), "a", "a"), WEIR_E_TYPE, "rename", "int64_t",
                   "makes records");
    expect_refusal(weir_where(rows(), "a", WEIR_WHERE_EQ, nested), WEIR_E_ARGUMENT, "where",
                   "nested", NULL);
    expect_refusal(weir_where(rows(), "a", (weir_where_op)99, one), WEIR_E_ARGUMENT, "where",
                   "operator 99", NULL);
    expect_refusal(weir_pick(rows(), names, 3), WEIR_E_ARGUMENT, "pick", "'a' is named twice",
                   "once");
    expect_refusal(weir_pick(rows(), names, 0), WEIR_E_ARGUMENT, "pick", "n", NULL);
    expect_refusal(weir_pick(rows(), many, WEIR_PICK_MAX + 1), WEIR_E_LIMIT, "pick", "1025 names",
                   "1024");
}
