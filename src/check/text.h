/* The text of an item, as weir_contract.gives has it. */
#ifndef WEIR_CHECK_TEXT_H
#define WEIR_CHECK_TEXT_H

#include "weir/type.h"

/* Numbers, (a,b) for pairs, 0:a for indexed, !7 or the item for results, the item or none for
 * options, [a b] for vectors, 'abc' for lines; else what the type's .format says. With the rules of
 * snprintf. */
size_t weir_item_text(char *out, size_t size, const weir_type *type, const void *item);

#endif
