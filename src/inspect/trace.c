/* A ring with one writer and one reader. */

#include "inspect/trace.h"

#include "inspect/look.h"
#include "weir/alloc.h"

void weir_trace_put(struct weir_trace *trace, const struct weir_trace_event *event)
{
    uint64_t put = atomic_load_explicit(&trace->put, memory_order_relaxed);
    if (put - atomic_load_explicit(&trace->taken, memory_order_acquire) >= WEIR_TRACE_EVENTS_MAX) {
        atomic_fetch_add_explicit(&trace->lost, 1, memory_order_relaxed);
        return;
    }
    trace->events[put % WEIR_TRACE_EVENTS_MAX] = *event;
    atomic_store_explicit(&trace->put, put + 1, memory_order_release);
}

size_t weir_trace_take(struct weir_trace *trace, struct weir_trace_event *out, size_t n)
{
    uint64_t taken = atomic_load_explicit(&trace->taken, memory_order_relaxed);
    uint64_t there = atomic_load_explicit(&trace->put, memory_order_acquire) - taken;
    n = there < n ? there : n;
    for (size_t i = 0; i < n; i++)
        out[i] = trace->events[(taken + i) % WEIR_TRACE_EVENTS_MAX];
    atomic_store_explicit(&trace->taken, taken + n, memory_order_release);
    return n;
}

void weir_trace_set(struct weir_trace *trace, bool on)
{
    if (on) {
        uint64_t put = atomic_load_explicit(&trace->put, memory_order_acquire);
        atomic_store_explicit(&trace->taken, put, memory_order_release);
        atomic_store_explicit(&trace->lost, 0, memory_order_relaxed);
    }
    atomic_store_explicit(&trace->on, on, memory_order_relaxed);
}

void weir_trace_drop(struct weir_trace *trace)
{
    weir_release(trace, sizeof *trace);
}

struct weir_trace *weir_inspect_trace(weir_rt *rt, size_t worker)
{
    struct weir_looking *look = weir_looking_at(rt, worker);
    return look ? weir_looking_keep(&look->trace, sizeof(struct weir_trace)) : NULL;
}
