/* How the thread that tells of this process begins by itself. */
#ifndef WEIR_INSPECT_LATER_H
#define WEIR_INSPECT_LATER_H

#include "weir/inspect_listen.h"

/* It begins with the first runtime, whoever makes that; what stands in its way is told on stderr.
 */
void weir_inspect_listen_later(const weir_inspect_options *options);

#endif
