/* Members come and go while there is work: all is done, in order within a partition, and what one
 * member settled before it left is not done again by the next.
 *
 * WEIR_KAFKA_REBALANCE=SECONDS: so long one comes and one goes each 5 s. */

#include "broker.h"

#include <time.h>

enum { PARTS = 4, BYTES = 20, A_SECOND = 400, MEMBERS_MAX = 64 };

/* What each of the members saw. */
static struct {
    pthread_mutex_t lock;
    struct topic topic;
    unsigned n;
    unsigned char *times;
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
    bool first = !all.times[number]++;
    all.twice += !first;
    all.distinct += first;
    all.disorder += first && message->offset <= last[message->partition];
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
    self->thread = later(work, self);
}

static void end(struct member *self)
{
    __atomic_store_n(&self->stopped, true, __ATOMIC_RELEASE);
    pthread_join(self->thread, NULL);
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
    for (unsigned i = 0; i < all.n; i += 20) {
        broker_publish(&all.topic, i, 20, BYTES);
        usleep(20 * 1000000 / A_SECOND);
    }
    return arg;
}

/* About so many a second, which are published from now on. */
static pthread_t publish(const char *name, unsigned seconds)
{
    free(all.times);
    all.topic = broker_make(name, PARTS);
    all.n = seconds * A_SECOND;
    all.times = calloc(all.n, 1);
    all.distinct = all.twice = all.disorder = 0;
    return later(publish_on, NULL);
}

static void judge(pthread_t publisher)
{
    pthread_join(publisher, NULL);
    for (unsigned i = 0; distinct() < all.n && i < 6000; i++)
        usleep(10000);
    if (distinct() < all.n || all.disorder)
        fail_msg("%u of %u came, %u out of order", distinct(), all.n, all.disorder);
    assert_in_range(all.twice, 0,
                    all.n / 10); /* none, but where the machine was away for a while */
}

static void end_last(struct member members[], unsigned n)
{
    unsigned twice = all.twice;
    for (unsigned i = 0; i < n; i++)
        __atomic_store_n(&members[i].stopped, true, __ATOMIC_RELEASE);
    broker_publish(&all.topic, 0, PARTS, BYTES); /* so that they look */
    for (unsigned i = 0; i < n; i++)
        end(&members[i]);
    printf("%u messages, %u twice\n", all.n, twice);
}

static void members_come_and_go(void **state)
{
    (void)state;
    static struct member one, two;
    pthread_t publisher = publish("moving", 10);
    begin(&one);
    assert_true(wait_for(&one, 100));
    begin(&two);
    assert_true(wait_for(&two, 100));
    end(&one);
    judge(publisher);
    end_last(&two, 1);
}

/* Three of them, of which the oldest goes when another comes. It takes half a minute: with
 * CHECK=long, or for as many seconds as are said. */
static void one_comes_and_one_goes(void **state)
{
    (void)state;
    static struct member members[MEMBERS_MAX];
    const char *wanted = getenv("WEIR_KAFKA_REBALANCE"), *check = getenv("CHECK");
    if (!wanted && !(check && !strcmp(check, "long")))
        skip();
    unsigned seconds = wanted ? (unsigned)atoi(wanted) : 5, n = 0;
    pthread_t publisher = publish("churning", seconds);
    while (n < 3)
        begin(&members[n++]);
    time_t until = time(NULL) + seconds;
    while (time(NULL) < until && n < MEMBERS_MAX) {
        sleep(5);
        begin(&members[n++]);
        end(&members[n - 4]);
    }
    judge(publisher);
    end_last(members + n - 3, 3);
    free(all.times);
    all.times = NULL;
}

int kafka_rebalance(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_come_and_go),
        cmocka_unit_test(one_comes_and_one_goes),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: rebalance", tests, NULL, NULL);
    broker_end();
    return failed;
}
