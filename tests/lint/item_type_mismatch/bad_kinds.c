/* Pointers, truth values, fractions, enums and structs of one number in each other's place. */
#include <stdio.h>

#include "weir.h"

struct job {
    uint64_t id;
};

struct pair {
    uint32_t a, b;
};

typedef struct other {
    uint32_t a, b;
} other_pair;

enum state { IDLE, BUSY, ENDED };
typedef bool answer_is;
typedef double fraction_of;
typedef char letter_of;

WEIR_ITEM(struct job *)
weir_stream *jobs(void);

WEIR_ITEM(answer_is)
weir_stream *answers(void);

WEIR_ITEM(fraction_of)
weir_stream *prices(void);

WEIR_ITEM(struct pair)
weir_stream *pairs(void);

WEIR_ITEM(letter_of)
weir_stream *letters(void);

static void busy(enum state *out, int64_t n, void *arg)
{
    (void)arg;
    *out = n ? BUSY : IDLE;
}
static bool seen(struct job *job, void *arg)
{
    (void)arg;
    return job->id > 7;
}
WEIR_FILTER_FN(seen_fn, seen, struct job *)

bool take_all(weir_error *error)
{
    uint64_t first[2];
    bool any[2];
    int64_t price;
    double fraction;
    enum state state = IDLE;
    busy(&state, 1, NULL);
    weir_for_try (struct job, job, jobs(), *error) // lint: item_type_mismatch 5-17
        printf("%llu\n", (unsigned long long)job.id);
    weir_for_try (uint64_t, answer, answers(), *error) // lint: item_type_mismatch 5-17
        printf("%llu\n", (unsigned long long)answer);
    weir_for_try (int64_t, n, prices(), *error) // lint: item_type_mismatch 5-17
        printf("%lld\n", (long long)n);
    weir_for_try (struct job, one, prices(), *error)
        printf("%llu\n", (unsigned long long)one.id);
    weir_for_try (struct job *, each, pairs(), *error) // lint: item_type_mismatch 5-17
        printf("%llu\n", (unsigned long long)each->id);
    weir_for_try (other_pair, other, pairs(), *error) // lint: item_type_mismatch 5-17
        printf("%u\n", other.a);
    weir_for_try (enum state, at, letters(), *error) // lint: item_type_mismatch 5-17
        printf("%d\n", at);
    // lint-next: item_type_mismatch 9-19
    if (weir_await(weir_next(answers()), first, error) != WEIR_READY)
        return false;
    if (weir_await(weir_next(prices()), any, error) != WEIR_READY) // lint: item_type_mismatch 9-19
        return false;
    // lint-next: item_type_mismatch 9-19
    if (weir_await(weir_next(prices()), &price, error) != WEIR_READY)
        return false;
    // lint-next: item_type_mismatch 9-19
    if (weir_await(weir_count(jobs()), &fraction, error) != WEIR_READY)
        return false;
    // lint-next: item_type_mismatch 31-42
    weir_stream *busy_pairs = weir_filter(pairs(), &seen_fn, NULL);
    return weir_await(weir_count(busy_pairs), first, error) == WEIR_READY;
}
