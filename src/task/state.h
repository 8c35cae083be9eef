/* The states that functions are given by value. */
#ifndef WEIR_TASK_STATE_H
#define WEIR_TASK_STATE_H

#include "core/stage.h"

/* The one that was given is of another size than the function says. 0: nobody knows. */
static inline bool weir_state_differs(size_t said, size_t given)
{
    return given && given != said;
}

/* The failed stream that says so. The state is not taken: nobody knows what it is. */
weir_stream *weir_state_refused(const char *name, size_t said, size_t given);

#endif
