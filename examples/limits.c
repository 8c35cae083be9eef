/* Throughput against backpressure: 1000 requests, of 10 ms and 64 KiB each, one after the other, as
 * many as there are, and 16 at a time. One by one the source waits for each, and little comes out;
 * without a limit all of it stands in memory; with one both are as good as they can be. The clock
 * is simulated, so that it takes no time and the table is the same each time. */

#include <stdio.h>
#include <stdlib.h>

#include "weir.h"

enum { REQUESTS = 1000, REQUEST_BYTES = 64 * 1024 };

static const uint64_t answer_ns = 10 * 1000 * 1000;

/* One thread polls here: with more of them these counts would need a lock. */
struct load {
    size_t now, most; /* requests that are being answered */
    size_t answered;
    uint64_t begun_ns, ended_ns;
};

static void begin(struct load *load)
{
    if (!load->answered && !load->now)
        load->begun_ns = weir_now_ns();
    if (++load->now > load->most)
        load->most = load->now;
}

static void end(struct load *load)
{
    load->now--;
    load->answered++;
    load->ended_ns = weir_now_ns();
}

WEIR_TRY_PAR_FN(answer, int64_t, request, struct load *, load, error)
{
    void *body = malloc(REQUEST_BYTES); /* it is held as long as the answer takes */
    (void)request;
    if (!body) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for a request");
        return false;
    }
    begin(load);
    bool slept = weir_await(weir_sleep(answer_ns), NULL, error) == WEIR_READY;
    end(load);
    free(body);
    return slept;
}

static bool print_row(weir_rt *rt, const char *name, size_t limit)
{
    struct load load = {0};
    weir_error error;
    weir_stream *all = weir_par_for_each(weir_range(0, REQUESTS), &answer, &load, limit, NULL);
    if (weir_rt_run(rt, all, NULL, &error) != WEIR_READY) {
        fprintf(stderr, "%s: %s\n", name, WEIR_ERROR_TEXT(&error));
        return false;
    }
    double answers = (double)((load.ended_ns - load.begun_ns + answer_ns / 2) / answer_ns);
    double seconds = answers * (double)answer_ns / 1e9; /* to 10 ms: a wake takes a moment too */
    printf("%-22s%8.0f%14zu%10.1f MB\n", name, (double)load.answered / seconds, load.most,
           (double)(load.most * REQUEST_BYTES) / 1e6);
    return true;
}

int main(void)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .seed = 1), &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("                     a second   most at once    they hold\n");
    bool fine = print_row(rt, "in sequence", 1) &&
                print_row(rt, "without a limit", WEIR_NO_LIMIT) && print_row(rt, "at most 16", 16);
    weir_rt_drop(rt);
    return !fine;
}
