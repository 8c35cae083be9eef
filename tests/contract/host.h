/* A runtime under the rows that need one. */
#ifndef WEIR_TESTS_HOST_H
#define WEIR_TESTS_HOST_H

#include "laws.h"

/* Polls it as a worker would. */
weir_stream *hosted(weir_stream *source WEIR_TAKES);

/* Its workers have turns until they have nothing to do. */
void host_turns(void);

/* The run is over: nothing of it may be left there. */
void host_end(void);

#endif
