/* inspect.h: --inspect, a live page of what runs. */
#ifndef TOOL_INSPECT_H
#define TOOL_INSPECT_H

#include "weir.h"

/* "--inspect", "--inspect=ADDRESS", "--inspect-anywhere=ADDRESS". false: it is another option. */
bool inspect_option(const char *option);

/* Serves the page, where it was asked for, and says where on stderr; and a socket, where that was
 * asked for. false: it complained, and *status is the exit code. */
bool inspect_begin(weir_rt *rt, int *status);

/* Before the runtime goes: who looks sees the last of it. */
void inspect_end(void);

#endif
