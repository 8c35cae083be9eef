/* throttle: no more items than a rate allows. Of bytes that is rate. */
#include "pipeline/pipeline.h"
#include "pipeline/note.h"
#include "pipeline/stages.h"

enum { THROTTLE_N, THROTTLE_EVERY, THROTTLE_BURST };
#define THROTTLE_SECOND_NS UINT64_C(1000000000)
#define THROTTLE_LATE_NS 10e6 /* a wake may be that late, and no item is lost by it */

static uint64_t every_ns(const struct node *node)
{
    const struct arg *every = &node->args[THROTTLE_EVERY];
    return every->given ? every->number : THROTTLE_SECOND_NS;
}

static uint64_t burst_of(const struct node *node)
{
    const struct arg *burst = &node->args[THROTTLE_BURST];
    double late = (double)node->args[THROTTLE_N].number * THROTTLE_LATE_NS / (double)every_ns(node);
    return burst->given ? burst->number : 1 + (uint64_t)(late < 1e9 ? late : 1e9);
}

static bool check_throttle(struct node *node, const struct words *words)
{
    const struct arg *n = &node->args[THROTTLE_N];
    uint64_t product;

    if (!__builtin_mul_overflow(n->number, every_ns(node), &product))
        return true;
    weir_pl_note_set(words, (struct span){n->word, n->word + 1}, (struct span){0, 0},
                     "fewer in less time", "so many in so long are more than can be counted");
    return false;
}

static void build_throttle(struct flow *flow, struct node *node)
{
    weir_rate rate = {
        .n = node->args[THROTTLE_N].number, .per_ns = every_ns(node), .burst = burst_of(node)};
    flow->stream = weir_throttle_rate(flow->stream, &rate, NULL, NULL);
}

const struct entry weir_pl_entry_throttle = {
    .name = "throttle",
    .usage = "throttle N [every=TIME] [burst=N]",
    .does = "let N items pass a second",
    .help =
        "They come evenly; the next one, or the end, is asked for when it may come. Behind a\n"
        "broker's address it is asked for ahead and held, so that those before it can be\n"
        "acknowledged. Of bytes the same is 'rate'.\n"
        "every=TIME  N in so long instead: 500ms, 10s, 5m, 1h\n"
        "burst=N     so many may come at once where none came for a while; unsaid: what comes in\n"
        "            10 ms, and one",
    .example = "weir app.log ! lines ! grep ERROR ! throttle 20 ! print",
    .takes = FLOW_EACH,
    .gives = FLOW_EACH,
    .flow = "items -> the same",
    .gives_of = weir_pl_catalogue_same,
    .args = {[THROTTLE_N] = {.name = "N",
                             .kind = ARG_VALUE,
                             .type = ARG_NUMBER,
                             .required = true,
                             .min = 1,
                             .max = UINT64_MAX},
             [THROTTLE_EVERY] = {.name = "every", .kind = ARG_KEY, .type = ARG_TIME},
             [THROTTLE_BURST] = {.name = "burst",
                                 .kind = ARG_KEY,
                                 .type = ARG_NUMBER,
                                 .min = 1,
                                 .max = UINT64_MAX}},
    .build = build_throttle,
    .check = check_throttle,
};
