/* Members come and go while there is work: all is done, in order within a partition, and what one
 * member settled before it left is not done again by the next.
 *
 * WEIR_KAFKA_REBALANCE=SECONDS: so long one comes and one goes each 5 s. */

#include "broker.h"

#include <time.h>

enum {
    PARTS = 4,
    BYTES = 20,
    A_SECOND = 400,
    AT_ONCE = 20,
    MEMBERS_MAX = 64,
    WAIT_S = 120,
    PUBLISH_S = 1200
};

struct member {
    pthread_t thread;
    weir_rt *rt;
    unsigned n, done[PARTS];
    bool stopped;
    bool had[PARTS]; /* when it left */
};

/* What each of the members saw. */
static struct {
    pthread_mutex_t lock;
    struct topic topic;
    unsigned n; /* published */
    bool enough;
    const struct member *by[PUBLISH_S * A_SECOND]; /* who did it first */
    unsigned distinct, twice, disorder;
    unsigned left; /* twice, though who did it first had its partition to its end */
} all = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void see(struct member *self, const weir_message *message, int64_t last[PARTS])
{
    unsigned number = number_of(message), part = (unsigned)message->partition;
    pthread_mutex_lock(&all.lock);
    const struct member *by = all.by[number];
    all.by[number] = by ? by : self;
    all.twice += by != NULL;
    all.left += by && by->had[part];
    all.distinct += !by;
    all.disorder += !by && message->offset <= last[part];
    self->done[part]++;
    pthread_mutex_unlock(&all.lock);
    last[part] = message->offset;
    __atomic_fetch_add(&self->n, 1, __ATOMIC_RELEASE);
    usleep(300);
}

/* Until it is stopped. A loaded machine does not make the group miss it, and the brokers have time
 * to accept what it says at its end. Those that pretend wait for a session less 1 s for the others.
 */
static void *work(void *arg)
{
    static const char *const patient[] = {"session.timeout.ms=8000", "heartbeat.interval.ms=200",
                                          "max.poll.interval.ms=60000", "fetch.wait.max.ms=20",
                                          NULL};
    struct member *self = arg;
    weir_error why;
    weir_message message;
    int64_t last[PARTS] = {-1, -1, -1, -1};
    weir_kafka_from from = from_of(&all.topic, all.topic.name);
    from.options = patient;
    from.drain_ns = 20000000000ull;
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

static unsigned seen_by(struct member *self)
{
    return __atomic_load_n(&self->n, __ATOMIC_ACQUIRE);
}

static bool wait_for(struct member *self, unsigned n)
{
    for (unsigned i = 0; seen_by(self) < n && i < WAIT_S * 100; i++)
        usleep(10000);
    return seen_by(self) >= n;
}

static void begin(struct member *self)
{
    self->thread = later(work, self);
}

static void stop(struct member *self)
{
    __atomic_store_n(&self->stopped, true, __ATOMIC_RELEASE);
    pthread_join(self->thread, NULL);
}

/* The group is at rest: what it does now it has to its end. */
static void end(struct member *self)
{
    unsigned before[PARTS];
    pthread_mutex_lock(&all.lock);
    memcpy(before, self->done, sizeof before);
    pthread_mutex_unlock(&all.lock);
    assert_true(wait_for(self, seen_by(self) + 100));
    stop(self);
    pthread_mutex_lock(&all.lock);
    for (unsigned i = 0; i < PARTS; i++)
        self->had[i] = self->done[i] > before[i];
    pthread_mutex_unlock(&all.lock);
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
    while (!__atomic_load_n(&all.enough, __ATOMIC_ACQUIRE) && all.n < PUBLISH_S * A_SECOND) {
        broker_publish(&all.topic, all.n, AT_ONCE, BYTES);
        all.n += AT_ONCE;
        usleep(AT_ONCE * 1000000 / A_SECOND);
    }
    return arg;
}

/* About so many a second, from now on until it is enough. */
static pthread_t publish(const char *name)
{
    memset(all.by, 0, sizeof all.by);
    all.topic = broker_make(name, PARTS);
    all.n = all.distinct = all.twice = all.disorder = all.left = 0;
    all.enough = false;
    return later(publish_on, NULL);
}

/* Brokers that pretend refuse what is said while the group changes, and have it change once more
 * where a member is late; so what moves then may be done again. Real ones take it. */
static void judge(pthread_t publisher)
{
    __atomic_store_n(&all.enough, true, __ATOMIC_RELEASE);
    pthread_join(publisher, NULL);
    for (unsigned i = 0; distinct() < all.n && i < WAIT_S * 100; i++)
        usleep(10000);
    printf("%u messages, %u twice\n", all.n, all.twice);
    if (distinct() < all.n || all.disorder)
        fail_msg("%u of %u came, %u out of order", distinct(), all.n, all.disorder);
    assert_int_equal(all.left, 0);
    if (broker.real)
        assert_in_range(all.twice, 0, all.n / 10);
}

static void end_last(struct member members[], unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        __atomic_store_n(&members[i].stopped, true, __ATOMIC_RELEASE);
    broker_publish(&all.topic, 0, PARTS, BYTES); /* so that they look */
    for (unsigned i = 0; i < n; i++)
        stop(&members[i]);
}

static void members_come_and_go(void **state)
{
    (void)state;
    static struct member one, two;
    pthread_t publisher = publish("moving");
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
    pthread_t publisher = publish("churning");
    while (n < 3)
        begin(&members[n++]);
    time_t until = time(NULL) + seconds;
    while (time(NULL) < until && n < MEMBERS_MAX) {
        sleep(5);
        begin(&members[n++]);
        assert_true(wait_for(&members[n - 1], 1));
        end(&members[n - 4]);
    }
    judge(publisher);
    end_last(members + n - 3, 3);
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
