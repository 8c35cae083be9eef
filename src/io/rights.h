/* Who may do what with a file that takes another one's place. */
#ifndef WEIR_IO_RIGHTS_H
#define WEIR_IO_RIGHTS_H

#include "weir/sys.h"

enum { WEIR_ATTRIBUTE_BYTES = 4 << 10 }; /* the most that one may hold, or all their names */

/* `to`, which nobody else has opened yet, gets the owner, group, mode, access list and user.*
 * attributes of `from`, which `old` tells of. What cannot be kept is left out, so that nobody may
 * do more with the new one than with the old. 0, or a negative errno. */
int weir_rights_take(const weir_sys *sys, int to, int from, const struct stat *old);

#endif
