/* where: by number where both are, else by bytes; what is missing. */

#include "rows.h"

static const char *const just_number[] = {"number"};

static weir_stream *above_two(weir_stream *a, weir_stream *b)
{
    (void)b;
    return shown(weir_pick(weir_where(rows_of(a), "number", WEIR_WHERE_GT, weir_value_word("2")),
                           just_number, 1));
}

static void test_tables(void **state)
{
    (void)state;
    static const struct stage_case cases[] = {
        {{"1 P 2 !7 3"}, "P !7 number=3 $", {6}, {3}, false},
        {{"5 1 2 1 6"}, "number=5 number=6 $", {6}, {5}, false},
        {{"3 P !!8 9"}, "number=3 P !!8 $", {3}, {1}, false},
        {{"4 4 P 4"}, "P $", {5}, {3}, false},
        {{"$"}, "$", {1}, {0}, false},
    };
    check_table(cases, above_two);
}

/* Which of 1 to 6 pass; of 4 no number is known. */
static void test_operators(void **state)
{
    (void)state;
    static const struct {
        const char *field;
        weir_where_op op;
        const char *value;
        const char *passes;
    } cases[] = {
        {"number", WEIR_WHERE_EQ, "3", "three $"},
        {"number", WEIR_WHERE_EQ, "3.0", "three $"},
        {"number", WEIR_WHERE_EQ, "003", "three $"},
        {"number", WEIR_WHERE_EQ, "three", "$"},
        {"number", WEIR_WHERE_NE, "3", "one two four five six $"},
        {"number", WEIR_WHERE_LT, "3", "one two $"},
        {"number", WEIR_WHERE_LE, "3", "one two three $"},
        {"number", WEIR_WHERE_GT, "3", "five six $"},
        {"number", WEIR_WHERE_GE, "3", "three five six $"},
        {"number", WEIR_WHERE_GE, "2.5", "three five six $"},
        {"number", WEIR_WHERE_LT, "10", "one two three five six $"},
        {"number", WEIR_WHERE_EXISTS, "", "one two three five six $"},
        {"number", WEIR_WHERE_MISSING, "", "four $"},
        {"number", WEIR_WHERE_STARTS, "5", "five $"},
        {"nowhere", WEIR_WHERE_LE, "3", "$"},
        {"nowhere", WEIR_WHERE_NE, "3", "one two three four five six $"},
        {"word", WEIR_WHERE_EQ, "two", "two $"},
        {"word", WEIR_WHERE_LT, "p", "one four five $"},
        {"word", WEIR_WHERE_GT, "10", "one two three four five six $"},
        {"word", WEIR_WHERE_CONTAINS, "o", "one two four $"},
        {"word", WEIR_WHERE_CONTAINS, "", "one two three four five six $"},
        {"word", WEIR_WHERE_STARTS, "t", "two three $"},
        {"word", WEIR_WHERE_STARTS, "threefold", "$"},
        {"word", WEIR_WHERE_ENDS, "e", "one three five $"},
        {"word", WEIR_WHERE_ENDS, "", "one two three four five six $"},
        {"in", WEIR_WHERE_EXISTS, "", "one two three four five six $"},
        {"in", WEIR_WHERE_LT, "9", "$"},
        {"in", WEIR_WHERE_GT, "", "$"},
        {"in", WEIR_WHERE_CONTAINS, "", "$"},
        {"in", WEIR_WHERE_NE, "9", "one two three four five six $"},
        {"in.half", WEIR_WHERE_GE, "2", "four five six $"},
        {"in.half.deeper", WEIR_WHERE_EXISTS, "", "$"},
        {"word.half", WEIR_WHERE_EXISTS, "", "$"},
        {"in.", WEIR_WHERE_EXISTS, "", "$"},
        {".", WEIR_WHERE_MISSING, "", "one two three four five six $"},
    };
    static const char *const word[] = {"word"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char passes[200], *to = passes;
        const char *got =
            trace(shown(weir_pick(weir_where(rows_of(source("1 2 3 4 5 6")), cases[i].field,
                                             cases[i].op, weir_value_word(cases[i].value)),
                                  word, 1)),
                  3);
        for (const char *at = got; *at; at++)
            if (!strncmp(at, "word=", 5))
                at += 4;
            else
                *to++ = *at;
        *to = 0;
        if (strcmp(passes, cases[i].passes) != 0)
            fail_msg("%s %d '%s': %s", cases[i].field, (int)cases[i].op, cases[i].value, passes);
    }
}

/* null equals its word, and comes neither before nor behind anything. */
static void test_null(void **state)
{
    (void)state;
    static const char *const names[] = {"x"};
    static const weir_value null = {WEIR_VALUE_NULL, {0}};
    static const struct {
        weir_where_op op;
        const char *value, *passes;
    } cases[] = {
        {WEIR_WHERE_EQ, "null", "x=null $"}, {WEIR_WHERE_NE, "null", "$"},
        {WEIR_WHERE_NE, "0", "x=null $"},    {WEIR_WHERE_GT, "30", "$"},
        {WEIR_WHERE_LT, "z", "$"},           {WEIR_WHERE_EXISTS, "", "x=null $"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_trace(shown(weir_pick(weir_where(weir_put(rows_of(source("1")), "x", null), "x",
                                                cases[i].op, weir_value_word(cases[i].value)),
                                     names, 1)),
                     cases[i].passes);
}

/* What is owned and does not pass is dropped; what was said is gone by then. */
static void test_owned(void **state)
{
    (void)state;
    char field[] = "number", text[] = "30x";
    text[1] = 0;
    weir_stream *stream =
        weir_where(weir_own(weir_put(rows_of(source("1 3 5")), "more", weir_value_word("y"))),
                   field, WEIR_WHERE_GE, weir_value_word(text));
    memset(field, '?', sizeof field);
    memset(text, '?', sizeof text);
    expect_trace(weir_map(stream, &show_fn, NULL),
                 "number=3,word=three,in={},more=y number=5,word=five,in={},more=y $");
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream =
        weir_where(rows_of(source("1 2 3")), "number", WEIR_WHERE_GT, weir_value_word("1"));
    check_hint(stream, 0, 3);
    weir_drop(stream);
}

int format_where(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables), cmocka_unit_test(test_operators),
        cmocka_unit_test(test_null),   cmocka_unit_test(test_owned),
        cmocka_unit_test(test_hint),
    };
    return cmocka_run_group_tests_name("where", tests, NULL, NULL);
}
