/* What cannot be built of the stages that wait for time. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "laws.h"

void test_refusals_timed(void **state)
{
    (void)state;
    passes_refused(weir_take(failed(), 1));
}
