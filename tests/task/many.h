/* An item that owns something and can be copied. */
#ifndef WEIR_TESTS_MANY_H
#define WEIR_TESTS_MANY_H

#include "doubles.h"

static bool copies_fail;

static bool copy_tracked(const weir_type *type, void *out, const void *in)
{
    (void)type;
    if (copies_fail)
        return false;
    struct tracked copy = tracked_make(((const struct tracked *)in)->value);
    memcpy(out, &copy, sizeof copy);
    return true;
}

/* tracked_type, with a clone. */
static const weir_type *copied_type(void)
{
    static weir_type type;
    type = tracked_type;
    type.clone = copy_tracked;
    return &type;
}

#endif
