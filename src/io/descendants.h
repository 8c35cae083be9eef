/* What a process has started: a shell does not pass on that it is to end. */
#ifndef WEIR_IO_DESCENDANTS_H
#define WEIR_IO_DESCENDANTS_H

#include "weir/sys.h"

enum { WEIR_DESCENDANTS_MAX = 64 };

/* Their pidfds, its own children first; how many. A system that does not say (no /proc) has none.
 * Close them. */
size_t weir_descendants_open(const weir_sys *sys, int process, int pidfds[WEIR_DESCENDANTS_MAX]);

#endif
