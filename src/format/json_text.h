/* Text as a JSON string. */
#ifndef WEIR_FORMAT_JSON_TEXT_H
#define WEIR_FORMAT_JSON_TEXT_H

#include "weir/record.h"

/* Where JSON is written. What has no room is counted all the same. */
typedef struct weir_json_out {
    unsigned char *out;
    size_t size;
    size_t n; /* bytes so far; above size: they are not all there */
} weir_json_out;

static inline void weir_json_put_byte(weir_json_out *to, char byte)
{
    if (to->n < to->size)
        to->out[to->n] = (unsigned char)byte;
    to->n++;
}

void weir_json_put(weir_json_out *to, const void *bytes, size_t n);

/* With quotes around it, and escaped where it must be. false: it is not UTF-8, *wrong says where.
 */
bool weir_json_put_text(weir_json_out *to, weir_text text, size_t *wrong);

#endif
