/* Inner streams own what the stage says they own, no more and no less: a difference is an error
 * that names both, nothing leaks and nothing is dropped twice. */

#include "proofs.h"

typedef struct pet {
    char *name;
} pet;

static int made, dropped;

static void drop_pet(const weir_type *type, void *item)
{
    (void)type;
    free(((pet *)item)->name);
    dropped++;
}

/* One name, one size; one of them owns. */
static const weir_type owning = {
    .name = "pet", .size = sizeof(pet), .align = _Alignof(pet), .drop = drop_pet};
static const weir_type plain = {.name = "pet", .size = sizeof(pet), .align = _Alignof(pet)};

static weir_stream *make_owning(int64_t x, void *arg)
{
    (void)x;
    (void)arg;
    pet item = {malloc(8)};
    made++;
    return weir_once(&owning, &item);
}

static weir_stream *make_plain(int64_t x, void *arg)
{
    static char name[] = "static";
    (void)x;
    (void)arg;
    pet item = {name};
    return weir_once(&plain, &item);
}

WEIR_THEN_FN(owning_as_plain_fn, make_owning, int64_t, pet, .to = &plain)
WEIR_THEN_FN(plain_as_owning_fn, make_plain, int64_t, pet, .to = &owning)
WEIR_THEN_FN(owning_fn, make_owning, int64_t, pet, .to = &owning)
WEIR_THEN_FN(plain_fn, make_plain, int64_t, pet, .to = &plain)

typedef weir_stream *stream_pointer;
WEIR_MAP_FN(owning_map_fn, make_owning, int64_t, stream_pointer, .to = &weir_type_stream)
WEIR_MAP_FN(plain_map_fn, make_plain, int64_t, stream_pointer, .to = &weir_type_stream)

static weir_stream *futures(bool owns)
{
    return weir_map(weir_range(0, 5), owns ? &owning_map_fn : &plain_map_fn, NULL);
}

static weir_stream *built(int how, bool owns, bool says)
{
    const weir_then_fn *fn = owns   ? says ? &owning_fn : &owning_as_plain_fn
                             : says ? &plain_as_owning_fn
                                    : &plain_fn;
    const weir_type *type = says ? &owning : &plain;
    switch (how) {
    case 0:
        return weir_then(weir_range(0, 5), fn, NULL);
    case 1:
        return weir_flat_map(weir_range(0, 5), fn, NULL);
    case 2:
        return weir_flatten(futures(owns), type);
    case 3:
        return weir_buffered(futures(owns), type, 2);
    default:
        return weir_buffer_unordered(futures(owns), type, 2);
    }
}
enum { WAYS = 5 };

static bool none(pet item, void *arg)
{
    (void)item;
    (void)arg;
    return false;
}
WEIR_FILTER_FN(none_fn, none, pet)

static void balances(void)
{
    assert_int_equal(made, dropped);
}

static void test_different(void **state)
{
    (void)state;
    for (int how = 0; how < WAYS; how++)
        for (int owns = 0; owns < 2; owns++) {
            weir_stream *stream = weir_filter(built(how, owns, !owns), &none_fn, NULL);
            proof_fails(weir_count(stream), WEIR_E_TYPE, "expects streams of 'pet'");
            balances();
        }
}

static void test_the_same(void **state)
{
    (void)state;
    for (int how = 0; how < WAYS; how++)
        for (int owns = 0; owns < 2; owns++) {
            proof_counts(weir_count(built(how, owns, owns)), 5);
            proof_counts(weir_count(weir_filter(built(how, owns, owns), &none_fn, NULL)), 0);
            balances();
        }
}

/* Inputs beside each other, which must be of one kind too. */
static weir_stream *once(bool owns)
{
    return owns ? make_owning(0, NULL) : make_plain(0, NULL);
}

static void test_joins(void **state)
{
    (void)state;
    for (int owns = 0; owns < 2; owns++) {
        weir_stream *both[] = {once(owns), once(!owns)};
        proof_fails(weir_count(weir_merge(both, 2)), WEIR_E_TYPE, "must own or lend");
        proof_fails(weir_count(weir_chain(once(owns), once(!owns))), WEIR_E_TYPE, "must own");
        proof_fails(weir_count(weir_select(once(owns), once(!owns))), WEIR_E_TYPE, "must own");
        balances();
    }
}

int proofs_p18(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_different),
                                       cmocka_unit_test(test_the_same),
                                       cmocka_unit_test(test_joins)};
    return cmocka_run_group_tests_name("p18", tests, NULL, NULL);
}
