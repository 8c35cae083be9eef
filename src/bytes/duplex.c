/* Duplexes: two halves that are handed around together. */

#include "weir/duplex.h"

#include "bytes/raw.h"

void weir_duplex_drop(weir_duplex duplex)
{
    weir_drop(duplex.writer);
    weir_drop(duplex.reader);
}

void weir_duplex_abort(weir_duplex duplex)
{
    weir_writer_give_up(duplex.writer);
    weir_drop(duplex.reader);
}

bool weir_reunite(weir_reader *reader, weir_writer *writer, weir_duplex *out)
{
    const void *a = WEIR_OPS_HAVE(reader->ops, half_of) ? reader->ops->half_of(reader) : NULL;
    const void *b = WEIR_OPS_HAVE(writer->ops, half_of) ? writer->ops->half_of(writer) : NULL;
    if (!a || a != b)
        return false;
    *out = (weir_duplex){reader, writer};
    return true;
}

/* Nobody took it: its peer is not to take what it sees for an answer. */
static void duplex_drop_item(const weir_type *type, void *item)
{
    (void)type;
    weir_duplex_abort(*(const weir_duplex *)item);
}

/* It holds its chains, no view into what it came from. */
const weir_type weir_type_duplex = {.name = "weir_duplex",
                                    .size = sizeof(weir_duplex),
                                    .align = _Alignof(weir_duplex),
                                    .detached = true,
                                    .drop = duplex_drop_item};
