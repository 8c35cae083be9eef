/* contract [-masks | -others] [NAME...]: every law over every row, and how much that was; only the
 * law of masks, which takes as long as the others together, or those; only rows whose name holds
 * one of the NAMEs. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "laws.h"

static const struct rows *const tables[] = {
    &rows_owned, &rows_lent,       &rows_consume,      &rows_timed,   &rows_pipe,
    &rows_one,   &rows_lent_one,   &rows_buffer,       &rows_outputs, &rows_lent_sets,
    &rows_sets,  &rows_lent_timed, &rows_lent_consume, &rows_inputs,  &rows_records,
    &rows_par,   &rows_codec,      &rows_compressors,  &rows_formats, &rows_http,
};
enum { TABLES = sizeof tables / sizeof *tables };

static char **wanted;

static bool is_wanted(const char *name)
{
    for (char **at = wanted; *at; at++)
        if (strstr(name, *at))
            return true;
    return !*wanted;
}

static void law_over(const struct row *table, size_t n, void (*law)(const struct row *row))
{
    for (size_t i = 0; i < n; i++)
        if (is_wanted(table[i].name))
            law(&table[i]);
}

/* One cmocka test for each law. */
static void over_all(void (*law)(const struct row *row))
{
    unsigned before = failures_n;
    for (size_t i = 0; i < TABLES; i++)
        law_over(tables[i]->row, tables[i]->n, law);
    if (failures_n != before)
        fail_msg("%u failures", failures_n - before);
}

#define LAW(name)                                                                                  \
    static void test_##name(void **state)                                                          \
    {                                                                                              \
        (void)state;                                                                               \
        over_all(law_##name);                                                                      \
    }
LAW(once)
LAW(masks)
LAW(withheld)
LAW(drops)
LAW(memory)
LAW(errors)
LAW(past_end)
LAW(demands)
LAW(skip)
LAW(budget)
LAW(marks)
LAW(before_errors)
LAW(twice)
LAW(scratch)
LAW(bound)
LAW(between)
LAW(fair)
LAW(hints)

/* Composite types are made once and live as long as the program: before memory is counted. */
static void make_types(void)
{
    const weir_type *const types[] = {&weir_type_unit, &weir_type_i64, &weir_type_u64,
                                      &weir_type_line, &tracked_type};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (!weir_type_indexed(types[i]) || !weir_type_result(types[i]) ||
            !weir_type_chunk(types[i]) || !weir_type_option(types[i]))
            test_abort("no memory for composite types");
        for (size_t j = 0; j < sizeof types / sizeof *types; j++)
            if (!weir_type_pair(types[i], types[j]) ||
                !weir_type_chunk(weir_type_pair(types[i], types[j])))
                test_abort("no memory for composite types");
    }
}

int main(int argc, char **argv)
{
    wanted = argv + 1;
    if (argc > 1 && !strcmp(argv[1], "-masks"))
        cmocka_set_test_filter("test_masks");
    if (argc > 1 && !strcmp(argv[1], "-others"))
        cmocka_set_skip_filter("test_masks");
    wanted += argc > 1 && argv[1][0] == '-';
    make_types();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_masks),
        cmocka_unit_test(test_withheld),
        cmocka_unit_test(test_drops),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_past_end),
        cmocka_unit_test(test_demands),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_before_errors),
        cmocka_unit_test(test_twice),
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_bound),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_work),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_lent_views),
        cmocka_unit_test(test_neighbours),
        cmocka_unit_test(test_pending),
        cmocka_unit_test(test_between),
        cmocka_unit_test(test_fair),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_refusals_consume),
        cmocka_unit_test(test_refusals_timed),
        cmocka_unit_test(test_refusals_one),
        cmocka_unit_test(test_refusals_buffer),
        cmocka_unit_test(test_refusals_outputs),
        cmocka_unit_test(test_refusals_sets),
        cmocka_unit_test(test_refusals_http),
        cmocka_unit_test(test_refusals_inputs),
        cmocka_unit_test(test_refusals_par),
        cmocka_unit_test(test_refusals_pipe),
        cmocka_unit_test(test_refusals_records),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    size_t rows_n = 0;
    for (size_t i = 0; i < TABLES; i++)
        rows_n += tables[i]->n;
    printf("contract: %zu rows, %lu runs, %lu polls, %u failures\n", rows_n, runs_n, polls_n,
           failures_n);
    return failed;
}
