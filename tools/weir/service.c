/* Services: signals stop them, what goes wrong with one connection is one line. */
#include "service.h"

#include "inspect.h"
#include "progress.h"
#include "signals.h"
#include "pipeline/stage_net.h"
#include "pipeline/stage_watch.h"
#include "pipeline/text.h"

#define TICK_NS UINT64_C(50000000)

void service_tell(const weir_error *error, void *arg)
{
    const struct run_options *options = arg;

    if (options->quiet || signals_stopped())
        return;
    if (error->place[0])
        report_plain(NULL, "%s: %s", error->place, error->message);
    else
        report_plain(NULL, "%s", error->message);
}

static void on_tick(weir_rt *rt, void *arg)
{
    (void)rt;
    if (signals_abort())
        weir_pl_watch_abort(arg);
}

static void nothing_to_do(void *arg)
{
    (void)arg;
}

static int failed(const weir_error *error, const struct words *words, struct span at)
{
    struct span nothing = {0, 0};

    if (signals_stopped())
        return 1;
    if (error->place[0])
        weir_pl_note_set(words, at, nothing, error->cure, "%s: %s", error->place, error->message);
    else
        weir_pl_note_set(words, at, nothing, error->cure, "%s", error->message);
    return 1;
}

/* What a stop did not wait for is no end that its peer was told of. */
static void tell_given_up(const weir_served *served)
{
    unsigned long long n = served->given_up, s = SERVICE_DRAIN_NS / 1000000000u;

    if (n)
        report_plain(NULL, "%llu %s cut: not over %llu s after the signal", n,
                     n == 1 ? "connection was" : "connections were", s);
}

int service_run(weir_stream *future, const struct node *listener, const struct words *words,
                struct span at)
{
    struct watch watch = {.on_end = nothing_to_do};
    weir_rt_options options =
        WEIR_RT_OPTIONS(.tick_ns = TICK_NS, .on_tick = on_tick, .arg = &watch);
    bool serves = future->type == &weir_type_served;
    weir_served served = {0};
    weir_error error;
    int status = 0;

    signals_install();
    weir_rt *rt = run_runtime(&options, &status);
    if (!rt) {
        weir_drop(future);
        return status;
    }
    if (!inspect_begin(rt, &status)) {
        weir_drop(future);
        weir_rt_drop(rt);
        return status;
    }
    signals_runtime(rt);
    weir_stream *watched = weir_pl_watch_build(future, &watch);
    if (weir_rt_run(rt, watched, serves ? &served : NULL, &error) == WEIR_ERROR)
        status = failed(&error, words, at);
    signals_runtime(NULL);
    inspect_end();
    weir_rt_drop(rt);
    if (listener)
        weir_pl_net_tell_refused(listener);
    tell_given_up(&served);
    if (signals_stopped())
        signals_die(signals_stopped());
    return status;
}
