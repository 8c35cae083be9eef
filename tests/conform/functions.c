/* The functions that vectors name, as vectors/README.md defines them. All arithmetic wraps. */

#include "conform.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS_MAX = 2, NAME_BYTES = 24 };

struct known {
    const char *name;
    int which;
    int arguments;
    int positive; /* that argument (from 1) divides: it must be above 0 */
};

enum { ADD, MUL, HALF, REM };
static const struct known maps[] = {{"id", ADD, 0, 0},    {"sum", ADD, 0, 0},  {"mul3", MUL, 0, 0},
                                    {"neg", MUL, 0, 0},   {"add1", ADD, 0, 0}, {"add", ADD, 1, 0},
                                    {"half", HALF, 0, 0}, {"rem", REM, 1, 1},  {0}};

enum { EVEN, ODD, LT, GT, NE, EQ, MOD, TRUE, FALSE };
static const struct known predicates[] = {{"even", EVEN, 0, 0},
                                          {"odd", ODD, 0, 0},
                                          {"lt", LT, 1, 0},
                                          {"gt", GT, 1, 0},
                                          {"ne", NE, 1, 0},
                                          {"mod", MOD, 2, 1},
                                          {"true", TRUE, 0, 0},
                                          {"false", FALSE, 0, 0},
                                          {"eq", EQ, 1, 0}, /* of next_if_eq */
                                          {0}};

enum { HALF_IF_EVEN, NEG_IF_GT, NONE };
static const struct known optionals[] = {{"half_if_even", HALF_IF_EVEN, 0, 0},
                                         {"neg_if_gt", NEG_IF_GT, 1, 0},
                                         {"none", NONE, 0, 0},
                                         {0}};

enum { RUNNING_SUM, RUNNING_SUM_UNTIL, WHILE_LT, FIRST };
static const struct known scans[] = {{"running_sum", RUNNING_SUM, 0, 0},
                                     {"running_sum_until", RUNNING_SUM_UNTIL, 1, 0},
                                     {"while_lt", WHILE_LT, 1, 0},
                                     {"first", FIRST, 1, 0},
                                     {0}};

enum { SUM, POLY };
static const struct known folds[] = {{"sum", SUM, 0, 0}, {"poly", POLY, 0, 0}, {0}};

enum { REPEAT, SCRIPT, DSCRIPT };
static const struct known inners[] = {
    {"repeat", REPEAT, 1, 1}, {"script", SCRIPT, 1, 1}, {"dscript", DSCRIPT, 1, 1}, {0}};

enum { READY, FUT, DFUT, TRYREADY, TRYFUT, TRYDFUT };
static const struct known timings[] = {{"ready", READY, 0, 0},
                                       {"fut", FUT, 1, 1},
                                       {"dfut", DFUT, 1, 1},
                                       {"tryready", TRYREADY, 1, 0},
                                       {"tryfut", TRYFUT, 2, 1},
                                       {"trydfut", TRYDFUT, 2, 1},
                                       {0}};

/* "name:1:2" -> name and numbers; -1: it is not of that form. */
static int split(const char *text, char *name, int64_t *numbers)
{
    size_t length = strcspn(text, ":");
    if (length >= NAME_BYTES)
        return -1;
    memcpy(name, text, length);
    name[length] = '\0';
    int n = 0;
    for (text += length; *text == ':'; n++) {
        char *end;
        if (n == ARGUMENTS_MAX)
            return -1;
        errno = 0;
        numbers[n] = strtoll(text + 1, &end, 10);
        if (errno || end == text + 1)
            return -1;
        text = end;
    }
    return *text ? -1 : n;
}

static const struct known *find(const struct known *table, const char *text, int64_t *numbers)
{
    char name[NAME_BYTES];
    int n = split(text, name, numbers);
    for (; n >= 0 && table->name; table++)
        if (!strcmp(table->name, name) && table->arguments == n)
            return table->positive && numbers[table->positive - 1] <= 0 ? NULL : table;
    return NULL;
}

bool function_parse(enum function_kind kind, const char *text, struct function *out)
{
    static const struct known *const tables[] = {maps, predicates, optionals, scans, folds, inners};
    int64_t numbers[ARGUMENTS_MAX] = {0};
    const struct known *known = find(tables[kind], text, numbers);
    if (!known)
        return false;
    *out = (struct function){known->which, numbers[0], numbers[1]};
    if (kind == FUNCTION_MAP && known->which == MUL)
        out->a = !strcmp(known->name, "neg") ? -1 : 3;
    if (kind == FUNCTION_MAP && !strcmp(known->name, "add1"))
        out->a = 1;
    return true;
}

bool timing_parse(const char *text, struct timing *out)
{
    int64_t numbers[ARGUMENTS_MAX] = {0};
    const struct known *known = find(timings, text, numbers);
    if (!known)
        return false;
    int which = known->which;
    *out = (struct timing){.counted = which != READY && which != TRYREADY,
                           .deferred = which == DFUT || which == TRYDFUT,
                           .is_try = which >= TRYREADY,
                           .modulus = numbers[0],
                           .fail = which == TRYREADY ? numbers[0] : numbers[1]};
    return true;
}

static int64_t remainder_from_0(int64_t x, int64_t k)
{
    int64_t r = x % k;
    return r < 0 ? r + k : r;
}

static uint64_t magnitude(int64_t x)
{
    return x < 0 ? 0 - (uint64_t)x : (uint64_t)x;
}

static int64_t add(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a + (uint64_t)b);
}

static int64_t multiply(int64_t a, int64_t b)
{
    return (int64_t)((uint64_t)a * (uint64_t)b);
}

int64_t function_map(const struct function *fn, int64_t x)
{
    switch (fn->which) {
    case MUL:
        return multiply(x, fn->a);
    case HALF:
        return x / 2;
    case REM:
        return remainder_from_0(x, fn->a);
    default:
        return add(x, fn->a);
    }
}

bool function_test(const struct function *fn, int64_t x)
{
    switch (fn->which) {
    case EVEN:
        return x % 2 == 0;
    case ODD:
        return x % 2 != 0;
    case LT:
        return x < fn->a;
    case GT:
        return x > fn->a;
    case NE:
        return x != fn->a;
    case EQ:
        return x == fn->a;
    case MOD:
        return remainder_from_0(x, fn->a) == fn->b;
    default:
        return fn->which == TRUE;
    }
}

bool function_optional(const struct function *fn, int64_t x, int64_t *out)
{
    if (fn->which == HALF_IF_EVEN) {
        *out = x / 2;
        return x % 2 == 0;
    }
    *out = multiply(x, -1);
    return fn->which == NEG_IF_GT && x > fn->a;
}

bool function_scan(const struct function *fn, int64_t *state, int64_t x, int64_t *out)
{
    switch (fn->which) {
    case WHILE_LT:
        *out = x;
        return x < fn->a;
    case FIRST:
        *out = x;
        *state = add(*state, 1);
        return *state <= fn->a;
    default:
        *out = *state = add(*state, x);
        return fn->which == RUNNING_SUM || *state <= fn->a;
    }
}

int64_t function_fold(const struct function *fn, int64_t acc, int64_t x)
{
    return fn->which == SUM ? add(acc, x) : add(multiply(acc, 31), x);
}

bool function_inner_counted(const struct function *fn)
{
    return fn->which != REPEAT;
}

json_t *function_inner(const struct function *fn, int64_t x)
{
    const char *wait = fn->which == DSCRIPT ? "D" : "P";
    json_t *steps = json_array();
    uint64_t n = magnitude(x) % (uint64_t)fn->a;
    for (uint64_t j = 0; j < n; j++) {
        int64_t item = fn->which == REPEAT ? x : add(multiply(x, 10), (int64_t)j);
        if (fn->which != REPEAT && add(x, (int64_t)j) % 2)
            json_array_append_new(steps, json_string(wait));
        json_array_append_new(steps, json_integer(item));
    }
    if (fn->which != REPEAT && magnitude(x) % 3 == 0)
        json_array_append_new(steps, json_string(wait));
    return steps;
}

bool timing_fails(const struct timing *timing, int64_t x)
{
    return timing->fail > 0 && x % timing->fail == 0;
}

uint64_t timing_pendings(const struct timing *timing, int64_t x)
{
    return timing->counted ? magnitude(x) % (uint64_t)timing->modulus : 0;
}
