/* Chains that are made step by step over what could not be built. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "laws.h"

#include "weir/pipe.h"

static weir_stream *never_called(weir_stream *source, void *arg)
{
    (void)arg;
    fail_msg("a step behind a failure was called");
    return source;
}

void test_refusals_pipe(void **state)
{
    (void)state;
    static const weir_step steps[] = {{never_called, NULL}};
    static const weir_step none[] = {{NULL, NULL}};
    passes_refused(weir_pipe_steps(failed(), steps, 1));
    passes_refused(weir_pipe(failed(), (weir_take, 3), (weir_skip, 1)));
    expect_refusal(weir_pipe_steps(weir_range(0, 9), none, 1), WEIR_E_ARGUMENT, "pipe", "step 1",
                   "function");
}
