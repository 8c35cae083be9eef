/* weir/header.h: a name and its value, as they stand before a body: of HTTP, of a broker's message.
 */
#ifndef WEIR_HEADER_H
#define WEIR_HEADER_H

#include "weir/base.h"

WEIR_BEGIN_C

/* A name and a value; both end with a NUL. */
typedef struct weir_header {
    const char *name, *value;
} weir_header;

WEIR_END_C

#endif
