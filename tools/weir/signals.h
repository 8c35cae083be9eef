/* signals.h: what the outside may ask for while a pipeline runs.
 *
 *   SIGINT, SIGTERM, SIGHUP   once: sources end, what is in flight is finished; twice, or after
 *                             five seconds: at once
 *   SIGQUIT, SIGALRM, SIGVTALRM, SIGPROF, SIGXCPU, SIGPOLL, SIGUSR2
 *                             at once: nothing is left of what was being written
 *   SIGUSR1                   print the table
 *   SIGPIPE                   a write says so instead; the signal is raised again at the end
 *   SIGXFSZ                   a write says so instead
 *
 * In the end the program dies of the signal that stopped it. What was ignored when it started stays
 * ignored, and what was blocked stays blocked. */
#ifndef TOOL_SIGNALS_H
#define TOOL_SIGNALS_H

#include "weir.h"

void signals_install(void);

/* The runtime that the first signal stops; NULL: none runs. */
void signals_runtime(weir_rt *rt);

/* The signal that asked to stop; 0: none did. */
int signals_stopped(void);

/* It was asked for twice, or long enough ago. */
bool signals_abort(void);

/* True once for each SIGUSR1. */
bool signals_table(void);

/* Whether a closed pipe ends the program by SIGPIPE, as it does by default. */
bool signals_pipe_kills(void);

/* Ends the program by that signal, so that the caller sees it. */
void signals_die(int number);

#endif
