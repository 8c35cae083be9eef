/* Server-sent events: who has a sender sends events, and the other end of the channel is their
 * text; the way a browser reads them, it becomes events again. */

#include <stdio.h>

#include "weir.h"

#define TEXT(text)                                                                                 \
    {                                                                                              \
        (text), sizeof(text) - 1                                                                   \
    }

/* A copy goes through the channel: the event may be gone when it is read. */
static bool send_event(weir_sender *tx, const weir_sse_event *event)
{
    weir_owned_sse_event copy;
    if (!weir_owned_sse_event_new(&copy, event))
        return false;
    if (weir_try_send(tx, &copy) == WEIR_SENT)
        return true;
    weir_owned_sse_event_drop(&copy);
    return false;
}

static void show(weir_sse_event event, void *arg)
{
    (void)arg;
    printf("%.*s %.*s: %.*s\n", (int)event.event.size, event.event.data, (int)event.id.size,
           event.id.data, (int)event.data.size, event.data.data);
}
WEIR_EACH_FN(show_fn, show, weir_sse_event, .of = &weir_type_sse_event)

int main(void)
{
    static const weir_sse_event events[] = {{TEXT(""), TEXT("hello"), TEXT("1"), -1},
                                            {TEXT("price"), TEXT("9.75\nEUR"), TEXT("2"), 3000}};
    weir_sender *tx;
    weir_stream *rx = weir_channel(&weir_type_owned_sse_event, 4, &tx);
    if (!tx || !send_event(tx, &events[0]) || !send_event(tx, &events[1]))
        return fprintf(stderr, "no memory\n"), 1;
    weir_sender_drop(tx);

    /* A server keeps its connection alive: .keep_alive_ns = 15000000000 */
    weir_vec text = {0};
    weir_error error;
    weir_reader *said = weir_to_sse(rx, &WEIR_TO_SSE_OPTIONS(.retry_ms = 1000));
    if (weir_run(weir_copy(said, weir_memory_writer(&text, 4096)), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%.*s----\n", (int)text.n, (const char *)text.items);

    weir_stream *heard = weir_sse(weir_memory_reader(text.items, text.n), NULL);
    if (weir_run(weir_for_each(heard, &show_fn, NULL), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    weir_vec_drop(&text);
    return 0;
}
