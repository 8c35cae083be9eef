/* The types of server-sent events: lent, and with bytes of their own in one block. */

#include <string.h>

#include "weir/alloc.h"
#include "weir/sse.h"

static weir_line codec_event_put(char **at, weir_line line)
{
    weir_line copy = {*at, line.size};
    if (line.size)
        memcpy(*at, line.data, line.size);
    (*at)[line.size] = '\0';
    *at += line.size + 1;
    return copy;
}

bool weir_owned_sse_event_new(weir_owned_sse_event *out, const weir_sse_event *event)
{
    size_t size = event->event.size + event->data.size + event->id.size + 3;
    char *at = weir_allocate(size);
    if (!at)
        return false;
    *out = (weir_owned_sse_event){*event, at, size};
    out->event.event = codec_event_put(&at, event->event);
    if (event->data.data)
        out->event.data = codec_event_put(&at, event->data);
    out->event.id = codec_event_put(&at, event->id);
    return true;
}

void weir_owned_sse_event_drop(weir_owned_sse_event *event)
{
    if (event->block)
        weir_release(event->block, event->block_size);
    *event = (weir_owned_sse_event){.block = NULL};
}

static void drop_event(const weir_type *type, void *item)
{
    (void)type;
    weir_owned_sse_event_drop(item);
}

static bool own_event(const weir_type *type, void *out, const void *in)
{
    (void)type;
    return weir_owned_sse_event_new(out, in);
}

static bool clone_event(const weir_type *type, void *out, const void *in)
{
    const weir_owned_sse_event *event = in;
    (void)type;
    return weir_owned_sse_event_new(out, &event->event);
}

const weir_type weir_type_owned_sse_event = {.name = "weir_owned_sse_event",
                                             .size = sizeof(weir_owned_sse_event),
                                             .align = _Alignof(weir_owned_sse_event),
                                             .drop = drop_event,
                                             .clone = clone_event};

const weir_type weir_type_sse_event = {.name = "weir_sse_event",
                                       .size = sizeof(weir_sse_event),
                                       .align = _Alignof(weir_sse_event),
                                       .lent = true,
                                       .owned = &weir_type_owned_sse_event,
                                       .own = own_event};
