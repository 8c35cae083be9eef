/* The stream comes from somewhere else: what it yields is for its maker to know. */

#include <stdio.h>

#include "weir.h"

struct event {
    uint64_t at_ns;
    char what[24];
};

typedef weir_stream *open_events(const char *name);

static void print_event(struct event event, void *arg)
{
    (void)arg;
    printf("%llu %s\n", (unsigned long long)event.at_ns, event.what);
}
WEIR_EACH_FN(print_event_fn, print_event, struct event)

weir_stream *print_all(weir_stream *events)
{
    return weir_for_each(weir_take(events, 100), &print_event_fn, NULL);
}

bool print_named(open_events *open, const char *name)
{
    weir_error error;
    weir_for_try (struct event, event, weir_skip(open(name), 1), error)
        print_event(event, NULL);
    return error.code == WEIR_OK;
}
