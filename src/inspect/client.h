/* One client of the inspector, over any connection. */
#ifndef WEIR_INSPECT_CLIENT_H
#define WEIR_INSPECT_CLIENT_H

#include "inspect/export.h"
#include "weir/duplex.h"

/* A future of unit: a session whose commands are the lines that come, and whose lines go back. It
 * ends when the client has gone; when it said its last and was told all; when of->ends is
 * cancelled, and the client was told so. Who comes when there are as many as there may be is told
 * that. No errors: what is wrong with a client ends that one. */
weir_stream *weir_inspect_client(struct weir_export *of, weir_duplex near WEIR_TAKES);

#endif
