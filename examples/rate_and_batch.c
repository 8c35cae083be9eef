/* Lines go out a hundred a second at most, in batches of five, or of what came in two seconds. The
 * clock is simulated, so that it takes no time: with weir_run() it is the real one. */

#include <stdio.h>

#include "weir.h"

static const uint64_t second_ns = 1000ull * 1000 * 1000;

/* A batch is a weir_vec of what the stream gives, here lines that own their bytes. */
static void send_batch(weir_vec batch, void *arg)
{
    const weir_owned_line *lines = batch.items;
    (void)arg;
    printf("%zu lines:", batch.n);
    for (size_t i = 0; i < batch.n; i++)
        printf(" %s", lines[i].data);
    printf("\n");
    weir_vec_drop(&batch); /* for_each gives it away: it is ours now */
}
WEIR_EACH_FN(send_batch_fn, send_batch, weir_vec)

/* Twelve lines at once, and then, much later, one more. */
static weir_stream *lines(void)
{
    static const char early[] = "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl\n", late[] = "m\n";
    weir_stream *first = weir_lines(weir_memory_reader(early, sizeof early - 1), 100);
    weir_stream *then = weir_lines(weir_memory_reader(late, sizeof late - 1), 100);
    return weir_chain(first, weir_initial_delay(then, 10 * second_ns));
}

int main(void)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .seed = 1), &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    weir_rate rate = {.n = 100, .per_ns = second_ns, .burst = 1};
    /* A line of weir_lines() is a view, gone with the next one: what gathers them needs copies. */
    weir_stream *sent =
        weir_pipe(lines(), (weir_throttle_rate, &rate, NULL, NULL), (weir_own),
                  (weir_chunks_timeout, 5, 2 * second_ns), (weir_for_each, &send_batch_fn, NULL));
    weir_state state = weir_rt_run(rt, sent, NULL, &error);
    weir_rt_drop(rt);
    if (state != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
