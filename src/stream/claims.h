/* Whether a chain's items are claims on something outside: nothing may take them unasked. */
#ifndef WEIR_STREAM_CLAIMS_H
#define WEIR_STREAM_CLAIMS_H

#include "weir/implement.h"

static inline bool weir_makes_claims(const weir_stage *stage)
{
    weir_stage *input;
    bool claims = stage->exact;
    for (size_t i = 0; !claims && (input = weir_stage_input(stage, i)); i++)
        claims = weir_makes_claims(input);
    return claims;
}

#endif
