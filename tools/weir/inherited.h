/* clang-format off */
/* inherited.h: what the caller left behind, and what becomes of each. weir.1 has the same table.
 *
 *   closed 0, 1, 2        are occupied: what is meant for them fails, no file gets their numbers
 *   ignored signals       stay ignored                                            (signals.c)
 *   blocked signals       stay blocked; SIGALRM only until weir sets an alarm of its own   (")
 *   alarms and timers     end it, as any program, and nothing is left behind               (")
 *   SIGPIPE               default: it dies of it; ignored: the write is an error           (")
 *   RLIMIT_FSIZE          the write is an error                                            (")
 *   RLIMIT_CPU            the soft one ends it as a timer does; the hard one kills         (")
 *   RLIMIT_NOFILE, _AS    an error that says so; without memory for a ring, another driver
 *   O_NONBLOCK, position  of 0, 1, 2 are used as they are; nothing is changed     (the library)
 *   refused system calls  another way, or an error                                (the library)
 *   umask, directory, environment    as everywhere; of the last only WEIR_DRIVER is looked at
 *
 * tests/cli/inherited.sh has a case for each, tests/cli/refused.sh the calls. */
/* clang-format on */
#ifndef TOOL_INHERITED_H
#define TOOL_INHERITED_H

#include <stdbool.h>

/* False: a standard descriptor is closed and could not be occupied. Before anything is opened. */
bool inherited_descriptors(void);

#endif
