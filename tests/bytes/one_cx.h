/* What tests of one reader or writer have in common: a cx that is new for each, and its answers. */
#ifndef TESTS_BYTES_ONE_CX_H
#define TESTS_BYTES_ONE_CX_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "doubles.h"

static struct test_cx test;

static int setup(void **state)
{
    (void)state;
    test_cx_init(&test);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_cx_fini(&test);
    return 0;
}

static inline void expect(weir_poll got, weir_state wanted, uint32_t n)
{
    assert_int_equal(got.state, wanted);
    assert_int_equal(got.n, n);
}

#endif
