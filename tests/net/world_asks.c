/* Questions and answers over datagrams of the simulated network: each question is sent again when
 * its answer is late, a few times and no longer than its deadline. Whatever is lost, doubled,
 * late or cut off, it has the right answer or an error in time; nothing is left behind. */

#include "world_seeds.h"

enum { ASKERS_MAX = 3, QUESTIONS = 8, TRIES = 7, QUESTION_BYTES = 600 };
#define ANSWER_NS (20 * (uint64_t)NET_MS)
#define DEADLINE_NS (500 * (uint64_t)NET_MS)
#define LIVES_NS (QUESTIONS * DEADLINE_NS + 10 * (uint64_t)NET_MS)

struct asker {
    weir_udp_socket *socket;
    uint64_t seed;
    uint64_t begun_ns;     /* of this question */
    unsigned n;            /* who it is */
    unsigned q;            /* the question that is asked, from 0 */
    unsigned sent;         /* with those that are sent again */
    unsigned right, wrong; /* questions with an answer, and with an error */
    bool over;
    unsigned char question[QUESTION_BYTES];
};
static struct asker askers[ASKERS_MAX];

/* Another one each time, which says whose and which it is. */
static void make_question(struct asker *asker)
{
    for (size_t i = 0; i < QUESTION_BYTES; i++)
        asker->question[i] = (unsigned char)(net_byte(i) + asker->n * 7 + asker->q);
    asker->question[0] = (unsigned char)asker->n;
    asker->question[1] = (unsigned char)asker->q;
}

/* ---- who answers: each byte turned over ---- */

static weir_stream *answer(weir_datagram came, void *socket)
{
    static unsigned char bytes[QUESTION_BYTES]; /* one answer at a time is on its way */
    assert_int_equal(came.n, QUESTION_BYTES);
    for (size_t i = 0; i < QUESTION_BYTES; i++)
        bytes[i] = (unsigned char)came.data[i] ^ 0xff;
    return weir_send_to(socket, &came.from, bytes, sizeof bytes);
}
WEIR_THEN_FN(answer_fn, answer, weir_datagram, uint64_t, .from = &weir_type_datagram)

static weir_stream *answers(void)
{
    weir_udp_socket *socket = weir_udp(":7", NULL);
    weir_stream *all = weir_then(weir_datagrams(socket), &answer_fn, socket);
    weir_udp_unref(socket);
    return weir_count(weir_skip_errors(all, UINT64_MAX, NULL));
}

/* ---- who asks ---- */

/* To an older question an answer may come late. */
static bool is_due(weir_datagram came, void *arg)
{
    const struct asker *asker = arg;
    assert_int_equal(came.n, QUESTION_BYTES);
    assert_int_equal((unsigned char)came.data[0] ^ 0xff, asker->n);
    return ((unsigned char)came.data[1] ^ 0xff) == (int)asker->q;
}
WEIR_FILTER_FN(is_due_fn, is_due, weir_datagram, .of = &weir_type_datagram)

static int64_t check_answer(weir_datagram came, void *arg)
{
    const struct asker *asker = arg;
    for (size_t i = 0; i < QUESTION_BYTES; i++)
        assert_int_equal((unsigned char)came.data[i] ^ 0xff, asker->question[i]);
    return asker->q;
}
WEIR_MAP_FN(check_answer_fn, check_answer, weir_datagram, int64_t, .from = &weir_type_datagram)

static weir_stream *hear(uint64_t sent, void *arg)
{
    struct asker *asker = arg;
    assert_int_equal(sent, QUESTION_BYTES);
    weir_stream *due = weir_find(weir_datagrams(asker->socket), &is_due_fn, asker);
    return weir_map(due, &check_answer_fn, asker);
}
WEIR_THEN_FN(hear_fn, hear, uint64_t, int64_t)

static weir_stream *try_once(void *arg, uint32_t restarts, const weir_error *why)
{
    struct asker *asker = arg;
    (void)restarts, (void)why;
    asker->sent++;
    weir_stream *sent = weir_send_to(asker->socket, NULL, asker->question, QUESTION_BYTES);
    weir_stream *heard = weir_stop_on_error(weir_then(sent, &hear_fn, asker));
    return weir_completion_timeout(heard, ANSWER_NS);
}

static weir_stream *ask(int64_t q, void *arg)
{
    struct asker *asker = arg;
    asker->q = (unsigned)q;
    asker->begun_ns = weir_world_now_ns(sim.world);
    make_question(asker);
    const weir_backoff backoff = {.restarts_max = TRIES - 1,
                                  .min_ns = NET_MS,
                                  .max_ns = 50 * NET_MS,
                                  .jitter_percent = 50,
                                  .seed = asker->seed};
    weir_stream *tries = weir_retry(&weir_type_i64, try_once, asker, &backoff);
    return weir_last(weir_completion_timeout(tries, DEADLINE_NS));
}
WEIR_THEN_FN(ask_fn, ask, int64_t, int64_t)

static void check_time(const struct asker *asker)
{
    uint64_t took_ns = weir_world_now_ns(sim.world) - asker->begun_ns;
    assert_in_range(took_ns, 0, DEADLINE_NS + NET_MS);
}

static void note_wrong(const weir_error *error, void *arg)
{
    struct asker *asker = arg;
    bool broken = sim_faults && error->code == WEIR_E_CLOSED;
    if (error->code != WEIR_E_TIMEOUT && error->code != WEIR_E_SYSTEM && !broken)
        fail_msg("%s", error->message);
    check_time(asker);
    asker->wrong++;
}

static void note_right(int64_t q, void *arg)
{
    struct asker *asker = arg;
    assert_int_equal(q, asker->q);
    check_time(asker);
    asker->right++;
}
WEIR_EACH_FN(note_right_fn, note_right, int64_t)

static void note_over(weir_done how, const weir_error *error, void *arg)
{
    struct asker *asker = arg;
    (void)error;
    asker->over = how == WEIR_DONE_END;
}

static bool begin_asker(struct asker *asker, unsigned n, uint64_t seed)
{
    *asker = (struct asker){.n = n, .seed = seed * ASKERS_MAX + n};
    asker->socket = weir_udp(NULL, &WEIR_UDP_OPTIONS(.peer = "10.0.0.2:7"));
    weir_stream *asks = weir_then(weir_range(0, QUESTIONS), &ask_fn, asker);
    asks = weir_skip_errors(weir_inspect_err(asks, note_wrong, asker), QUESTIONS, NULL);
    return weir_rt_spawn(
        sim.rts[0], weir_for_each(weir_on_done(asks, note_over, asker), &note_right_fn, asker));
}

/* ---- one run ---- */

static unsigned begin(uint64_t seed, const weir_link_options *is)
{
    sim_begin(seed, 2);
    assert_true(weir_world_link(sim.world, sim.hosts[0], sim.hosts[1], is));
    assert_true(weir_rt_spawn(sim.rts[1], answers()));
    sim_run(NET_MS);
    unsigned n = 1 + (unsigned)weir_world_draw(sim.world, ASKERS_MAX);
    for (unsigned i = 0; i < n; i++)
        assert_true(begin_asker(&askers[i], i, seed));
    return n;
}

static struct {
    unsigned asked, right, sent;
} sum;

/* Each question came to something. */
static void end(unsigned n, uint64_t seed)
{
    sim_run(LIVES_NS);
    for (unsigned i = 0; i < n; i++) {
        struct asker *asker = &askers[i];
        if (!asker->over || asker->right + asker->wrong != QUESTIONS)
            fail_msg("seed %lu: asker %u has %u answers and %u errors", seed, i, asker->right,
                     asker->wrong);
        assert_in_range(asker->sent, QUESTIONS, QUESTIONS * TRIES);
        sum.asked += QUESTIONS;
        sum.right += asker->right;
        sum.sent += asker->sent;
        weir_udp_unref(asker->socket);
    }
    sim_end();
}

static void sum_begin(void)
{
    memset(&sum, 0, sizeof sum);
}

static void say_sum(void)
{
    print_message("%u answers to %u questions, sent %u times\n", sum.right, sum.asked, sum.sent);
}

static const weir_link_options bad = {
    .lost_per_million = 300000, .doubled_per_million = 100000, .late_per_million = 200000};

static void all_is_well(void **state)
{
    (void)state;
    sum_begin();
    for (uint64_t seed = 1; seed <= seeds(200); seed++)
        end(begin(seed, &(weir_link_options){.whole = true}), seed);
    assert_int_equal(sum.right, sum.asked);
    assert_int_equal(sum.sent, sum.asked);
}

/* Half of the tries come to nothing, and one question in a hundred. */
static void lost_doubled_and_late(void **state)
{
    (void)state;
    sum_begin();
    for (uint64_t seed = 1; seed <= seeds(1000); seed++)
        end(begin(seed, &bad), seed);
    say_sum();
    assert_in_range(sum.right, sum.asked / 100 * 95, sum.asked - 1);
    assert_in_range(sum.sent, sum.asked / 2 * 3, sum.asked * 3);
}

/* ---- trouble ---- */

static void cut_off(void *arg)
{
    (void)arg;
    weir_world_partition(sim.world, sim.hosts[0], sim.hosts[1]);
}

static void heal(void *arg)
{
    (void)arg;
    weir_world_heal(sim.world, sim.hosts[0], sim.hosts[1]);
}

/* Longer and shorter than a deadline. */
static void cut_off_for_a_while(void **state)
{
    (void)state;
    sum_begin();
    for (uint64_t seed = 1; seed <= seeds(400); seed++) {
        unsigned n = begin(seed, &bad);
        uint64_t at = weir_world_draw(sim.world, 200 * NET_MS);
        uint64_t until = at + weir_world_draw(sim.world, 3 * DEADLINE_NS);
        assert_true(weir_world_after(sim.world, at, cut_off, NULL));
        assert_true(weir_world_after(sim.world, until, heal, NULL));
        end(n, seed);
    }
    say_sum();
    assert_in_range(sum.right, sum.asked / 2, sum.asked / 100 * 95);
}

/* Nobody answers any more; or who asks goes, and is not asked what came of it. */
static void runtimes_go(void **state)
{
    (void)state;
    sum_begin();
    for (uint64_t seed = 1; seed <= seeds(400); seed++) {
        unsigned n = begin(seed, &bad);
        bool asker = seed % 4 == 0;
        sim_run(weir_world_draw(sim.world, 300 * NET_MS));
        drop_one(&sim.rts[!asker]);
        if (asker) {
            sim_run(LIVES_NS);
            for (unsigned i = 0; i < n; i++)
                weir_udp_unref(askers[i].socket);
            sim_end();
        } else {
            end(n, seed);
        }
    }
    say_sum();
    assert_in_range(sum.right, sum.asked / 20, sum.asked / 4 * 3);
}

/* System calls fail too, as they may. */
static void calls_fail(void **state)
{
    (void)state;
    sum_begin();
    sim_faults = 20000;
    for (uint64_t seed = 1; seed <= seeds(400); seed++)
        end(begin(seed, &bad), seed);
    sim_faults = 0;
    say_sum();
    assert_in_range(sum.right, sum.asked / 2, sum.asked);
}

int net_world_asks(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),         cmocka_unit_test(lost_doubled_and_late),
        cmocka_unit_test(cut_off_for_a_while), cmocka_unit_test(runtimes_go),
        cmocka_unit_test(calls_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
