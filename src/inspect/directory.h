/* The directory where the sockets of inspectors are: one a user, and nobody else's. */
#ifndef WEIR_INSPECT_DIRECTORY_H
#define WEIR_INSPECT_DIRECTORY_H

#include "weir/inspect_listen.h"
#include "weir/sys.h"

enum { WEIR_DIRECTORY_BYTES = 96 }; /* of its name; the address of a socket takes 108 */

/* Where it is. directory: as in weir_inspect_options. False: its name is too long. */
bool weir_directory_name(const char *directory, char *out, size_t size);

/* Makes it, if it is not there. 0; a negative errno; -EPERM: it is another user's, or others may
 * come in; -ENOTDIR: it is none, or a link. */
int weir_directory_make(const weir_sys *sys, const char *name);

/* Removes the sockets there on which nobody listens: their processes were killed. */
void weir_directory_sweep(const weir_sys *sys, const char *name);

#endif
