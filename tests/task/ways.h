/* Each test of a generator is run both ways, exact and ahead, and asked for few and for many. */
#ifndef WEIR_TESTS_WAYS_H
#define WEIR_TESTS_WAYS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

static const size_t demands[] = {1, 2, 7, 64};
enum { DEMANDS = sizeof demands / sizeof *demands };

#define EACH_WAY(ahead_, demand_)                                                                  \
    for (int ahead_ = 0; ahead_ < 2; ahead_++)                                                     \
        for (size_t way_ = 0, demand_; way_ < DEMANDS && (demand_ = demands[way_]); way_++)

#endif
