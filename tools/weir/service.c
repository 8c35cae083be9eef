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

int service_run(weir_stream *future, const struct node *listener, const struct words *words,
                struct span at)
{
    struct watch watch = {.on_end = nothing_to_do};
    weir_rt_options options =
        WEIR_RT_OPTIONS(.tick_ns = TICK_NS, .on_tick = on_tick, .arg = &watch);
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
    if (weir_rt_run(rt, weir_pl_watch_build(future, &watch), NULL, &error) == WEIR_ERROR)
        status = failed(&error, words, at);
    signals_runtime(NULL);
    inspect_end();
    weir_rt_drop(rt);
    if (listener)
        weir_pl_net_tell_refused(listener);
    if (signals_stopped())
        signals_die(signals_stopped());
    return status;
}
