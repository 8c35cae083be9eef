/* What is known of a stage: its account, and counters that other threads read. */

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

static struct test_cx test;
static int64_t out[64];

static int setup(void **state)
{
    (void)state;
    test_cx_init(&test);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_cx_fini(&test);
    return test_wakers_live != 0;
}

static weir_poll poll(weir_stream *stream, size_t demand)
{
    test_cx_turn(&test);
    return weir_poll_next(stream, &test.cx, out, demand);
}

/* ---- the account ---- */

static void it_is_opened_once(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_stream *source = weir_range(0, 9), *top = weir_take(source, 3);
    assert_null(source->stage.account);
    weir_account *account = weir_stage_account(&source->stage);
    assert_int_equal(account->size, sizeof *account);
    assert_ptr_equal(weir_stage_account(&source->stage), account);
    assert_true(account->id > 0);
    assert_int_equal(weir_stage_id(&source->stage), account->id);
    assert_int_not_equal(weir_stage_id(&top->stage), account->id);
    assert_null(account->label);
    weir_stage_label(&source->stage, "numbers");
    assert_string_equal(account->label, "numbers");
    weir_drop(top);
    assert_int_equal(memory_end(), 0);
}

static void ids_are_never_used_again(void **state)
{
    (void)state;
    uint64_t last = 0;
    for (int i = 0; i < 100; i++) {
        weir_stream *stream = weir_range(0, 1);
        assert_true(weir_stage_id(&stream->stage) > last);
        last = weir_stage_id(&stream->stage);
        weir_drop(stream);
    }
}

static void it_needs_memory(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_stream *stream = weir_range(0, 3);
    while (weir_arena_take(stream->stage.arena, 16, 16) && memory.calls == 1)
        ; /* until the first block is full */
    while (weir_arena_bytes(stream->stage.arena) < 10000)
        assert_non_null(weir_arena_take(stream->stage.arena, 4000, 16));
    memory.fail_at = memory.calls + 1;
    memory.fail_after = true;
    while (weir_arena_take(stream->stage.arena, 16, 16))
        ;
    assert_null(weir_stage_account(&stream->stage));
    assert_int_equal(weir_stage_id(&stream->stage), 0);
    weir_stage_label(&stream->stage, "it has none");
    assert_int_equal(poll(stream, 1).n, 1);
    weir_drop(stream);
    stream = weir_range(0, 3); /* no memory for a chain at all */
    assert_null(weir_stage_account(&stream->stage));
    weir_drop(stream);
    assert_int_equal(memory_end(), 0);
}

static void errors_are_counted(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *source = script_stream(&script, "1 !7 2 !8 3 !!9");
    weir_stream *top = weir_take(source, 99);
    weir_account *below = weir_stage_account(&source->stage);
    weir_account *above = weir_stage_account(&top->stage);
    unsigned errors = 0;
    for (weir_poll got; (got = poll(top, 4)).state != WEIR_END;) {
        errors += got.state == WEIR_ERROR;
        assert_int_equal(below->errors, errors);
        assert_int_equal(above->errors, errors);
        if (got.state == WEIR_ERROR)
            assert_int_equal(test.cx.error.stage, below->id); /* where it arose */
    }
    assert_int_equal(errors, 3);
    weir_drop(top);
}

static void an_error_of_a_stage_without_one(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *top = weir_take(script_stream(&script, "!7"), 99);
    weir_stage_account(&top->stage);
    assert_int_equal(poll(top, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.stage, 0); /* not the one above it */
    weir_drop(top);
}

static void readers_and_writers_have_one(void **state)
{
    (void)state;
    struct script script = {0};
    weir_reader *reader = script_reader(&script, "\"ab\" !7 \"c\"");
    weir_account *account = weir_stage_account(&reader->stage);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 3).state, WEIR_ERROR);
    assert_int_equal(account->errors, 1);
    assert_int_equal(test.cx.error.stage, account->id);
    weir_drop(reader);

    struct sink sink = {.fail_write = 1};
    weir_writer *writer = sink_writer(&sink);
    account = weir_stage_account(&writer->stage);
    assert_int_equal(weir_poll_write(writer, &test.cx, "x", 1).state, WEIR_ERROR);
    assert_int_equal(account->errors, 1);
    weir_drop(writer);
    sink_fini(&sink);
}

static bool none(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return false;
}
WEIR_FILTER_FN(none_fn, none, int64_t)

static void spent_budgets_are_counted(void **state)
{
    (void)state;
    weir_stream *stream = weir_filter(weir_range(0, INT64_MAX), &none_fn, NULL);
    weir_account *account = weir_stage_account(&stream->stage);
    for (unsigned i = 1; i <= 3; i++) {
        assert_int_equal(poll(stream, 1).state, WEIR_PENDING);
        assert_int_equal(account->yields, i);
    }
    weir_drop(stream);
    struct script script = {0}; /* other waits are none */
    stream = script_stream(&script, "P 1");
    account = weir_stage_account(&stream->stage);
    assert_int_equal(poll(stream, 1).state, WEIR_PENDING);
    assert_int_equal(account->yields, 0);
    assert_int_equal(weir_stage_waits(&stream->stage), 1);
    weir_drop(stream);
}

static void demands_are_summed_up(void **state)
{
    (void)state;
    weir_stream *stream = weir_range(0, 100);
    weir_account *account = weir_stage_account(&stream->stage);
    poll(stream, 4);
    poll(stream, 1);
    poll(stream, 10);
    assert_int_equal(account->demand_sum, 15);
    weir_drop(stream);
}

/* From the next poll on, also where the stage was polled before. */
static void and_from_when_it_is_opened(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 8; demand += 7) {
        weir_stream *stream = weir_range(0, 100);
        poll(stream, demand);
        poll(stream, demand);
        weir_account *account = weir_stage_account(&stream->stage);
        poll(stream, 4);
        poll(stream, 5);
        assert_int_equal(account->demand_sum, 9);
        weir_drop(stream);
    }
}

static void claims_are_asked_for_one_by_one(void **state)
{
    (void)state;
    weir_stream *source = weir_range(0, 100), *claims = weir_by_ref(source);
    weir_account *account = weir_stage_account(&claims->stage);
    assert_int_equal(poll(claims, 64).n, 1);
    assert_int_equal(poll(claims, 64).n, 1);
    assert_int_equal(account->demand_sum, 2);
    weir_drop(claims);
    weir_drop(source);
}

static void after_the_end_nothing_is_counted(void **state)
{
    (void)state;
    weir_stream *stream = weir_range(0, 1);
    assert_int_equal(poll(stream, 4).n, 1);
    assert_int_equal(poll(stream, 4).state, WEIR_END);
    weir_account *account = weir_stage_account(&stream->stage);
    uint64_t polls = weir_stage_polls(&stream->stage);
    for (int i = 0; i < 3; i++)
        assert_int_equal(poll(stream, 4).state, WEIR_END);
    assert_int_equal(account->demand_sum, 0);
    assert_int_equal(weir_stage_polls(&stream->stage), polls);
    weir_drop(stream);
}

/* ---- counters ---- */

static void polls_and_items_are_counted(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *stream = script_stream(&script, "1 2 3 P* 4 !5 6");
    poll(stream, 1); /* 1 */
    poll(stream, 2); /* 2 3 */
    assert_int_equal(weir_stage_polls(&stream->stage), 2);
    assert_int_equal(weir_stage_n(&stream->stage), 3);
    poll(stream, 2); /* P */
    assert_int_equal(weir_stage_waits(&stream->stage), 1);
    poll(stream, 9); /* 4 */
    poll(stream, 9); /* !5 */
    poll(stream, 9); /* 6 */
    poll(stream, 9); /* $ */
    assert_int_equal(weir_stage_n(&stream->stage), 5);
    assert_int_equal(weir_stage_polls(&stream->stage), 7);
    assert_int_equal(weir_stage_waits(&stream->stage), 1);
    weir_drop(stream);
}

struct watched {
    const weir_stage *stages[3];
    const weir_account *account;
    bool done;
    uint64_t seen; /* sums that only grow */
    bool shrank;
};

static void *watch(void *arg)
{
    struct watched *watched = arg;
    while (!__atomic_load_n(&watched->done, __ATOMIC_ACQUIRE)) {
        uint64_t sum = __atomic_load_n(&watched->account->demand_sum, __ATOMIC_RELAXED);
        for (int i = 0; i < 3; i++)
            sum += weir_stage_n(watched->stages[i]) + weir_stage_waits(watched->stages[i]);
        watched->shrank |= sum < watched->seen;
        watched->seen = sum;
        (void)weir_stage_polls(watched->stages[0]);
    }
    return NULL;
}

/* An inspector reads on its own thread while the chain runs. */
static void another_thread_reads_them(void **state)
{
    (void)state;
    weir_stream *range = weir_range(0, 200000);
    weir_stream *filter = weir_filter(range, &none_fn, NULL);
    weir_stream *chain = weir_chain(filter, weir_range(0, 200000));
    struct watched watched = {.stages = {&range->stage, &filter->stage, &chain->stage},
                              .account = weir_stage_account(&chain->stage)};
    pthread_t thread;
    pthread_create(&thread, NULL, watch, &watched);
    for (weir_poll got = {0, WEIR_READY}; got.state != WEIR_END;)
        got = poll(chain, 8);
    __atomic_store_n(&watched.done, true, __ATOMIC_RELEASE);
    pthread_join(thread, NULL);
    assert_false(watched.shrank);
    assert_int_equal(weir_stage_n(&range->stage), 200000);
    assert_int_equal(weir_stage_n(&chain->stage), 200000);
    weir_drop(chain);
}

int core_accounts(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(it_is_opened_once),
        TEST(ids_are_never_used_again),
        TEST(it_needs_memory),
        TEST(errors_are_counted),
        TEST(an_error_of_a_stage_without_one),
        TEST(readers_and_writers_have_one),
        TEST(spent_budgets_are_counted),
        TEST(demands_are_summed_up),
        TEST(and_from_when_it_is_opened),
        TEST(claims_are_asked_for_one_by_one),
        TEST(after_the_end_nothing_is_counted),
        TEST(polls_and_items_are_counted),
        TEST(another_thread_reads_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
