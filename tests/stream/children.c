/* children: the queue's rules, and wakers that come from other threads or too late. */

#include <pthread.h>

#include "stages.h"
#include "stream/children.h"

struct fixture {
    struct test_cx test;
    struct weir_children set;
    struct script scripts[8];
    size_t n;
};

static struct fixture *begin(void)
{
    static struct fixture f;
    static weir_stream stage; /* whose children they are */
    f = (struct fixture){.set = {.stream = &stage}};
    test_cx_init(&f.test);
    return &f;
}

static void add(struct fixture *f, const char *text)
{
    struct script *script = &f->scripts[f->n++];
    assert_true(weir_children_reserve(&f->set));
    weir_children_add(&f->set, script_stream(script, text), script);
}

static void end(struct fixture *f)
{
    weir_children_fini(&f->set);
    for (size_t i = 0; i < f->n; i++)
        assert_int_equal(f->scripts[i].finis, 1);
    assert_int_equal(test_waker_others(f->test.waker), 0);
    test_cx_fini(&f->test);
    assert_int_equal(test_wakers_live, 0);
}

/* Polls the set; a child that answers is to be the one with this number. */
static weir_poll poll(struct fixture *f, int who, int64_t value)
{
    struct weir_stream_child *child;
    int64_t item;
    test_cx_turn(&f->test);
    weir_poll got = weir_children_poll(&f->set, &f->test.cx, &item, 1, &child);
    assert_ptr_equal(child ? child->owner : NULL, who < 0 ? NULL : &f->scripts[who]);
    if (got.n)
        assert_int_equal(item, value);
    if (child && got.n)
        weir_children_go_on(&f->set, child);
    else if (child)
        weir_children_leave(&f->set, child);
    return got;
}

static void test_queue(void **state)
{
    (void)state;
    struct fixture *f = begin();
    assert_int_equal(poll(f, -1, 0).state, WEIR_END); /* an empty set, which may be added to */
    add(f, "1 P 2");
    add(f, "P 3");
    add(f, "4");
    poll(f, 0, 1);
    poll(f, 2, 4); /* 1 was PENDING, and is no longer in the queue */
    assert_int_equal(weir_children_ready(&f->set), 2);
    assert_int_equal(poll(f, 2, 0).state, WEIR_END); /* 0 was PENDING; 2 left */
    assert_int_equal(poll(f, -1, 0).state, WEIR_PENDING);
    assert_int_equal(f->test.waker->wakes, 0);
    assert_true(script_wake(&f->scripts[1]));
    assert_true(script_wake(&f->scripts[0]));
    assert_int_equal(f->test.waker->wakes, 1); /* once until it is polled again */
    poll(f, 1, 3);
    poll(f, 0, 2);
    assert_int_equal(f->scripts[0].polls, 3);
    poll(f, 1, 0);
    poll(f, 0, 0);
    assert_int_equal(poll(f, -1, 0).state, WEIR_END);
    end(f);
}

/* Each child once, then the task has its turn; two that woke themselves, and it has it at once. */
static void test_yield(void **state)
{
    (void)state;
    struct fixture *f = begin();
    add(f, "P*");
    add(f, "P~");
    add(f, "P*");
    add(f, "P~");
    assert_int_equal(poll(f, -1, 0).state, WEIR_PENDING);
    assert_true(f->test.waker->wakes > 0);
    assert_int_equal(f->test.cx.wait_for, WEIR_WAIT_TURN);
    assert_int_equal(f->scripts[2].polls, 1);
    assert_int_equal(f->scripts[3].polls, 0);
    end(f);

    f = begin();
    add(f, "P~");
    add(f, "P~");
    assert_int_equal(poll(f, -1, 0).state, WEIR_PENDING);
    assert_int_equal(f->test.waker->wakes, 1);
    assert_int_equal(poll(f, -1, 0).state, WEIR_PENDING);
    assert_int_equal(f->test.waker->wakes, 0);
    assert_int_equal(f->scripts[0].polls + f->scripts[1].polls, 2);
    end(f);
}

/* A waker that is left behind does nothing: after its child gave an item, after it left, after the
 * set is gone. */
static weir_waker *kept[3];

static weir_poll keep_waker(void *arg, weir_cx *cx, void *out, size_t demand)
{
    static weir_waker_slot slot;
    int64_t *turn = arg;
    (void)demand;
    if (*turn == 3)
        return (weir_poll){0, WEIR_END};
    kept[*turn] = cx->waker;
    weir_waker_ref(cx->waker);
    *(int64_t *)out = *turn;
    if (++*turn != 2)
        return (weir_poll){1, WEIR_READY};
    weir_poll got = weir_wait(cx, &slot, WEIR_WAIT_PEER);
    weir_waker_slot_clear(&slot);
    return got;
}

static void test_stale(void **state)
{
    (void)state;
    struct fixture *f = begin();
    int64_t turn = 0;
    assert_true(weir_children_reserve(&f->set));
    weir_children_add(&f->set, weir_future_fn(&weir_type_i64, keep_waker, &turn), f->scripts);
    poll(f, 0, 0);
    poll(f, -1, 0); /* PENDING, with another waker */
    assert_ptr_not_equal(kept[0], kept[1]);
    poll(f, -1, 0);
    weir_waker_wake(kept[0]);
    assert_int_equal(f->test.waker->wakes, 0);
    weir_waker_wake(kept[1]);
    assert_int_equal(f->test.waker->wakes, 1);
    poll(f, 0, 2);
    assert_int_equal(poll(f, 0, 0).state, WEIR_END);
    weir_waker_wake(kept[2]);
    weir_children_fini(&f->set);
    for (int i = 0; i < 3; i++) {
        weir_waker_wake(kept[i]);
        weir_waker_unref(kept[i]);
    }
    end(f);
}

/* An item each time; its first waker is kept, the second one woken before its item is out. */
static weir_poll wake_second(void *arg, weir_cx *cx, void *out, size_t demand)
{
    int64_t *turn = arg;
    (void)demand;
    kept[*turn] = cx->waker;
    if (*turn == 0)
        weir_waker_ref(cx->waker);
    if (*turn == 1)
        weir_waker_wake(cx->waker);
    *(int64_t *)out = ++*turn;
    return (weir_poll){1, WEIR_READY};
}

/* One child may be three: as it was when its waker was kept, when it was woken, and as it is. */
static void test_memory(void **state)
{
    (void)state;
    int64_t turn = 0;
    memory_begin(0, false);
    weir_stream *stream = weir_future_fn(&weir_type_i64, wake_second, &turn);
    struct fixture *f = begin();
    size_t before = memory.live_bytes;
    assert_true(weir_children_reserve(&f->set));
    weir_children_add(&f->set, stream, f->scripts);
    poll(f, 0, 1);
    poll(f, 0, 2);
    assert_ptr_not_equal(kept[0], kept[1]);
    assert_true(memory.live_bytes - before <= weir_children_memory_max(1));
    weir_waker_unref(kept[0]);
    weir_children_fini(&f->set);
    test_cx_fini(&f->test);
    assert_int_equal(memory_end(), 0);
}

/* Woken from another thread, over and over, while the set is polled and dropped. */
enum { THREAD_WAKES = 20000 };

static weir_poll keep_first(void *arg, weir_cx *cx, void *out, size_t demand)
{
    weir_waker **waker = arg;
    (void)out;
    (void)demand;
    if (!*waker) {
        *waker = cx->waker;
        weir_waker_ref(cx->waker);
    }
    return weir_wait_never(cx);
}

static void *wake_often(void *arg)
{
    weir_waker *waker = arg;
    for (int i = 0; i < THREAD_WAKES; i++)
        weir_waker_wake(waker);
    weir_waker_unref(waker);
    return NULL;
}

static void test_threads(void **state)
{
    (void)state;
    struct fixture *f = begin();
    weir_waker *wakers[2] = {NULL, NULL};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++) {
        assert_true(weir_children_reserve(&f->set));
        weir_children_add(&f->set, weir_future_fn(&weir_type_i64, keep_first, &wakers[i]), NULL);
    }
    poll(f, -1, 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, wake_often, wakers[i]), 0);
    for (int i = 0; i < THREAD_WAKES / 4; i++)
        assert_int_equal(poll(f, -1, 0).state, WEIR_PENDING);
    weir_children_fini(&f->set);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    end(f);
}

int stage_children(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_queue), cmocka_unit_test(test_yield),
                                       cmocka_unit_test(test_stale), cmocka_unit_test(test_memory),
                                       cmocka_unit_test(test_threads)};
    return cmocka_run_group_tests_name("children", tests, NULL, NULL);
}
