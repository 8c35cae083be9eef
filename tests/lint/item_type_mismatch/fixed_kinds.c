/* The same with what they yield; and what may be the same: enums and letters for numbers. */
#include <stdio.h>

#include "weir.h"

struct job {
    uint64_t id;
};

struct pair {
    uint32_t a, b;
};

struct price {
    double value;
};

enum state { IDLE, BUSY, ENDED };
typedef bool answer_is;
typedef double fraction_of;
typedef signed char letter_of;
typedef int whole_of;
typedef enum state state_of;

union any {
    double fraction;
    uint64_t number;
};

typedef struct {
    uint32_t a, b;
} unnamed;

WEIR_ITEM(unnamed)
weir_stream *unnamed_pairs(void);

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

WEIR_ITEM(whole_of)
weir_stream *numbers(void);

WEIR_ITEM(state_of)
weir_stream *states(void);

WEIR_ITEM(no_type_of_this_name)
weir_stream *unknown(void);

static bool seen(struct job *job, void *arg)
{
    (void)arg;
    return job->id > 7;
}
WEIR_FILTER_FN(seen_fn, seen, struct job *)

bool take_all(bool twice, weir_error *error)
{
    bool any[2];
    double prices_seen[2];
    char bytes[64], *text = bytes;
    union any value;
    uint64_t n, *nowhere = NULL;
    weir_for_try (struct job *, job, weir_filter(jobs(), &seen_fn, NULL), *error)
        printf("%llu\n", (unsigned long long)job->id);
    weir_for_try (bool, answer, answers(), *error)
        printf("%d\n", answer);
    weir_for_try (struct price, price, prices(), *error)
        printf("%g\n", price.value);
    weir_for_try (struct pair, pair, twice ? pairs() : weir_chain(pairs(), pairs()), *error)
        printf("%u\n", pair.a);
    weir_for_try (char, letter, letters(), *error)
        putchar(letter);
    weir_for_try (enum state, state, numbers(), *error)
        printf("%d\n", state == ENDED);
    weir_for_try (int, state, states(), *error)
        printf("%d\n", state == BUSY);
    weir_for_try (double, fraction, unknown(), *error)
        printf("%g\n", fraction);
    weir_for_try (unnamed, of_none, unnamed_pairs(), *error)
        printf("%u\n", of_none.a);
    weir_for_try (struct pair, either, twice ? pairs() : unknown(), *error)
        printf("%u\n", either.a);
    weir_for_try (struct pair, mixed, twice ? pairs() : prices(), *error)
        printf("%u\n", mixed.a);
    weir_drop(weir_filter(pairs(), &seen_fn, NULL));
    if (weir_await(weir_next(answers()), any, error) != WEIR_READY ||
        weir_await(weir_next(prices()), prices_seen, error) != WEIR_READY ||
        weir_await(weir_next(prices()), &value, error) != WEIR_READY ||
        weir_await(weir_next(prices()), bytes, error) != WEIR_READY ||
        weir_await(weir_next(prices()), text, error) != WEIR_READY ||
        weir_await(weir_next(prices()), (void *)&n, error) != WEIR_READY ||
        weir_await(weir_next(prices()), nowhere, error) != WEIR_READY ||
        weir_await(weir_next(prices()), NULL, error) != WEIR_READY)
        return false;
    return weir_await(weir_count(pairs()), &n, error) == WEIR_READY;
}

static int compared(int a, int b)
{
    return a == b;
}

/* No item comes where it ends so; and who asks for the error has made it. */
bool refused(weir_error *error)
{
    uint64_t n;
    return compared((int)weir_await(weir_next(prices()), &n, error), WEIR_ERROR) &&
           compared(weir_await(weir_next(answers()), &n, error), WEIR_END);
}

bool expected(weir_error *error)
{
    weir_for_try (struct pair, one, prices(), *error)
        printf("%u\n", one.a);
    return error->code == WEIR_E_TYPE;
}

/* Lines of either kind are made owned ones, and other items stay as they are. */
bool owned(weir_reader *reader, weir_error *error)
{
    weir_for_try (weir_owned_line, line, weir_own(weir_lines(reader, 4096)), *error)
        weir_owned_line_drop(&line);
    weir_for_try (struct pair, pair, weir_own(pairs()), *error)
        printf("%u\n", pair.a);
    return error->code == WEIR_OK;
}
