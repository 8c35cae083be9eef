/* More typed chains, which only have to compile: what gathers, groups, pairs, chooses and waits. */

#include "weir.h"
#include "weir/typed.h"

static bool is_even(int64_t n, void *arg)
{
    (void)arg;
    return n % 2 == 0;
}
WEIR_FILTER_FN(is_even_fn, is_even, int64_t)
static int compare(int64_t a, int64_t b, void *arg)
{
    (void)arg;
    return a < b ? -1 : a > b;
}
WEIR_COMPARE_FN(compare_fn, compare, int64_t)
static int64_t key(int64_t n, void *arg)
{
    (void)arg;
    return n % 3;
}
WEIR_KEY_FN(key_fn, key, int64_t, int64_t)
static void add(int64_t *sum, int64_t n, void *arg)
{
    (void)arg;
    *sum += n;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)
static double seed(int64_t n, void *arg)
{
    (void)arg;
    return (double)n;
}
WEIR_MAP_FN(seed_fn, seed, int64_t, double)
static void add_real(double *sum, int64_t n, void *arg)
{
    (void)arg;
    *sum += (double)n;
}
WEIR_FOLD_FN(add_real_fn, add_real, double, int64_t)
static bool halve(int64_t n, double *out, void *arg)
{
    (void)arg;
    *out = (double)n / 2;
    return n % 2 == 0;
}
WEIR_FILTER_MAP_FN(halve_fn, halve, int64_t, double)
static weir_stream *itself(int64_t n, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &n);
}
WEIR_THEN_FN(itself_fn, itself, int64_t, int64_t)
WEIR_MAP_FN(to_future_fn, itself, int64_t, weir_stream *)
static double both(int64_t a, double b, void *arg)
{
    (void)arg;
    return (double)a + b;
}
WEIR_PAIR_FN(both_fn, both, int64_t, double, double)
static int64_t make(void *arg)
{
    (void)arg;
    return 1;
}
WEIR_MAKE_FN(make_fn, make, int64_t)
static bool running(int64_t *sum, int64_t n, int64_t *out)
{
    *out = *sum += n;
    return true;
}
WEIR_SCAN_FN(running_fn, running, int64_t, int64_t, int64_t)
static weir_stream *numbers(void *arg)
{
    (void)arg;
    return weir_range(0, 3);
}
static weir_stream *numbers_again(void *arg, uint32_t tries, const weir_error *error)
{
    (void)tries, (void)error;
    return numbers(arg);
}
static weir_side first_one(void *arg)
{
    (void)arg;
    return WEIR_SIDE_FIRST;
}
WEIR_PAIR(int64_t, int64_t, two)
WEIR_PAIR(weir_vec, weir_vec, two_vecs)
WEIR_PAIR(int64_t, weir_stream *, group)
WEIR_INDEXED(int64_t, timed)
struct maybe {
    bool some;
    int64_t item;
};
#define N WEIR_RANGE(0, 9)
#define R WEIR_MAP(N, seed_fn, NULL)
#define D(...) weir_stream_drop((__VA_ARGS__).stream)

void sources(void);
void sources(void)
{
    weir_sender *tx;
    weir_set *set;
    D(WEIR_CHANNEL(int64_t, 3, &tx));
    D(WEIR_CYCLE(int64_t, numbers, NULL));
    D(WEIR_FUTURES_UNORDERED(int64_t, 3, &set));
    D(WEIR_SELECT_ALL(int64_t, 3, &set));
    D(WEIR_INTERVAL(5, (weir_missed)0));
    D(WEIR_LAZY(int64_t, numbers, NULL));
    D(WEIR_REPEAT_WITH(make_fn, NULL));
    D(WEIR_RETRY(int64_t, numbers_again, NULL, NULL));
}
void one_input(void);
void one_input(void)
{
    int64_t zero = 0;
    D(WEIR_ABORTABLE(N, NULL));
    D(WEIR_UNTIL_CANCELLED(N, NULL));
    D(WEIR_TAKE_UNTIL(N, weir_sleep(1)));
    D(WEIR_STEP_BY(N, 2));
    D(WEIR_LIMIT(N, 2));
    D(WEIR_THROTTLE(N, 2));
    D(WEIR_TIMEOUT(N, 2));
    D(WEIR_BUFFER(N, 2, (weir_overflow)0));
    D(WEIR_DELAY(N, 2, 2));
    D(WEIR_DEDUP(WEIR_DEDUP_BY(N, compare_fn, NULL)));
    D(WEIR_STOP_ON_ERROR(N));
    D(WEIR_CONFLATE(N, add_fn, NULL));
    D(WEIR_CONFLATE_WITH_SEED(N, seed_fn, add_real_fn, NULL));
    D(WEIR_LIMIT_WEIGHTED(N, key_fn, NULL, 9));
    D(WEIR_KEEP_ALIVE(N, 9, &zero));
    D(WEIR_DEFAULT_IF_EMPTY(N, int64_t, &zero));
    D(WEIR_MAP_WHILE(N, halve_fn, NULL));
    D(WEIR_FLAT_MAP_UNORDERED(N, itself_fn, NULL, 4));
    D(WEIR_SWITCH_MAP(N, itself_fn, NULL));
    D(WEIR_SLIDING(N, 3, 1));
    D(WEIR_READY_CHUNKS(N, 3));
    D(WEIR_FLATTEN_VECS(WEIR_CHUNKS(N, 3), int64_t));
    D(WEIR_FLATTEN_UNORDERED(WEIR_MAP(N, to_future_fn, NULL), int64_t, 3));
    D(WEIR_TIMESTAMP(N, struct timed));
    D(WEIR_NOTIFY_CLOSE(N, struct maybe));
    D(WEIR_GROUP_BY(N, struct group, key_fn, NULL, 3, 3, (weir_closed)0));
    D(WEIR_STATEFUL_MAP(N, running_fn, NULL, &zero));
    D(WEIR_REV(N));
    D(WEIR_INTERSPERSE(N, NULL, &zero, NULL));
}
void two_inputs(void);
void two_inputs(void)
{
    D(WEIR_COMBINE_LATEST(N, N, struct two));
    D(WEIR_ZIP_LATEST(N, N, struct two));
    D(WEIR_WITH_LATEST_FROM(N, N, struct two));
    D(WEIR_SWITCH_IF_EMPTY(N, N));
    D(WEIR_MERGE_SORTED(N, N, &compare_fn, NULL));
    D(WEIR_SELECT_WITH_STRATEGY(N, N, first_one, NULL));
    D(WEIR_ZIP_WITH(N, R, both_fn, NULL));
}
void consumers(weir_error *e);
void consumers(weir_error *e)
{
    int64_t n = 0;
    double d;
    bool is;
    weir_vec vec = {0};
    struct two_vecs vecs;
    struct two t;
    uint64_t at;
    weir_first_and_rest first;
    weir_owned_line line;
    WEIR_RUN(WEIR_CMP(N, N, NULL, NULL), &n, e);
    WEIR_RUN(WEIR_LT(N, N, &compare_fn, NULL), &is, e);
    WEIR_RUN(WEIR_SUM(N), &n, e);
    WEIR_RUN(WEIR_SUM(R), &d, e);
    WEIR_RUN(WEIR_MIN(N), &n, e);
    WEIR_RUN(WEIR_MAX_BY(N, compare_fn, NULL), &n, e);
    WEIR_RUN(WEIR_MIN_BY_KEY(N, key_fn, NULL), &n, e);
    WEIR_RUN(WEIR_REDUCE(N, add_fn, NULL), &n, e);
    WEIR_RUN(WEIR_FIND(N, is_even_fn, NULL), &n, e);
    WEIR_RUN(WEIR_FIND_MAP(N, halve_fn, NULL), &d, e);
    WEIR_RUN(WEIR_POSITION(N, is_even_fn, NULL), &at, e);
    WEIR_RUN(WEIR_NTH(N, 3), &n, e);
    WEIR_RUN(WEIR_LAST(N), &n, e);
    WEIR_RUN(WEIR_DRAIN(N), NULL, e);
    WEIR_RUN(WEIR_EXTEND(N, &vec, 100), NULL, e);
    WEIR_RUN(WEIR_CONCAT(WEIR_CHUNKS(N, 3), 100), &vec, e);
    WEIR_RUN(WEIR_PARTITION(N, struct two_vecs, is_even_fn, NULL, 9), &vecs, e);
    WEIR_RUN(WEIR_UNZIP(WEIR_ZIP(N, N, struct two), struct two_vecs, 9), &vecs, e);
    WEIR_RUN(WEIR_FIRST(N, 3), &first, e);
    WEIR_RUN(WEIR_COLLECT_STRING(WEIR_LINES(weir_memory_reader("", 0), 9), 9), &line, e);
    WEIR_RUN(WEIR_FOR_EACH_CONCURRENT(N, itself_fn, NULL, 3), NULL, e);
    WEIR_RUN(WEIR_JOIN(WEIR_LAST(N), WEIR_LAST(N), struct two), &t, e);
    WEIR_RUN(WEIR_RFOLD(N, add_fn, &n, NULL), &n, e);
}
