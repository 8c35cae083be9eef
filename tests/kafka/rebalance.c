/* Members come and go while there is work: all is done, in order within a partition, and what one
 * member settled before it left is not done again by the next. */

#include "broker.h"

#include <pthread.h>

enum { PARTS = 4, N = 6000, BYTES = 20 };

/* What each of the members saw. */
static struct {
    pthread_mutex_t lock;
    struct topic topic;
    unsigned times[N];
    unsigned distinct, twice, disorder;
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

struct member {
    pthread_t thread;
    weir_rt *rt;
    unsigned n;
    bool stopped;
};

static void see(struct member *self, const weir_message *message, int64_t last[PARTS])
{
    unsigned number = number_of(message);
    pthread_mutex_lock(&all.lock);
    all.twice += all.times[number]++ > 0;
    all.distinct += all.times[number] == 1;
    all.disorder += message->offset <= last[message->partition];
    pthread_mutex_unlock(&all.lock);
    last[message->partition] = message->offset;
    __atomic_fetch_add(&self->n, 1, __ATOMIC_RELEASE);
    usleep(300);
}

/* Until it is stopped. */
static void *work(void *arg)
{
    struct member *self = arg;
    weir_error why;
    weir_message message;
    int64_t last[PARTS] = {-1, -1, -1, -1};
    weir_kafka_from from = from_of(&all.topic, all.topic.name);
    self->rt = weir_rt_new(NULL, &why);
    weir_stream *stream = weir_settle_here(weir_kafka(&from));
    while (weir_rt_next(self->rt, stream, &message, &why) == WEIR_READY) {
        see(self, &message, last);
        if (__atomic_load_n(&self->stopped, __ATOMIC_ACQUIRE))
            weir_rt_stop(self->rt);
    }
    weir_drop(stream);
    weir_rt_drop(self->rt);
    return NULL;
}

static void begin(struct member *self)
{
    assert_int_equal(pthread_create(&self->thread, NULL, work, self), 0);
}

static unsigned seen_by(struct member *self)
{
    return __atomic_load_n(&self->n, __ATOMIC_ACQUIRE);
}

static bool wait_for(struct member *self, unsigned n)
{
    for (unsigned i = 0; seen_by(self) < n && i < 3000; i++)
        usleep(10000);
    return seen_by(self) >= n;
}

static unsigned distinct(void)
{
    pthread_mutex_lock(&all.lock);
    unsigned n = all.distinct;
    pthread_mutex_unlock(&all.lock);
    return n;
}

static void *publish_on(void *arg)
{
    for (unsigned i = 0; i < N; i += 20) {
        broker_publish(&all.topic, i, 20, BYTES);
        usleep(20000);
    }
    return arg;
}

static void members_come_and_go(void **state)
{
    (void)state;
    static struct member one, two;
    pthread_t publisher;
    all.topic = broker_make("moving", PARTS);
    pthread_create(&publisher, NULL, publish_on, NULL);
    begin(&one);
    assert_true(wait_for(&one, 100));
    begin(&two);
    assert_true(wait_for(&two, 100));
    __atomic_store_n(&one.stopped, true, __ATOMIC_RELEASE);
    pthread_join(one.thread, NULL);
    pthread_join(publisher, NULL);
    for (unsigned i = 0; distinct() < N && i < 2000; i++)
        usleep(10000);
    assert_int_equal(distinct(), N);
    unsigned twice = all.twice;
    __atomic_store_n(&two.stopped, true, __ATOMIC_RELEASE);
    broker_publish(&all.topic, 0, PARTS, BYTES); /* so that it looks */
    pthread_join(two.thread, NULL);
    printf("one had %u, two %u, %u twice\n", one.n, two.n, twice);
    assert_int_equal(all.disorder, 0);
    assert_in_range(twice, 0, N / 10); /* none, but where the machine was away for a while */
}

int kafka_rebalance(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_and_go),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: rebalance", tests, NULL, NULL);
    broker_end();
    return failed;
}
