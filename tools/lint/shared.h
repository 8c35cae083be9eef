/* shared.h: what a function does to what others may see meanwhile. */
#ifndef LINT_SHARED_H
#define LINT_SHARED_H

#include "tree.h"

/* It changes nothing but what is its own: several of it may run at once. It is told `argument`,
 * which may be everybody's. False also where that is not sure. */
bool shared_is_untouched(const struct function *function, const struct symbol *argument);

#endif
