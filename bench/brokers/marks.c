/* What marks cost: int64 through map, filter and a sum, CPU nanoseconds an item, the least of some
 * rounds, as `marks each N<TAB>ns`; none first.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../measure.h"
#include "weir.h"
#include "weir/implement.h"
#include "weir/mark.h"

enum { ROUNDS = 7, ITEMS = 5000000 };

struct marked {
    weir_stream stream;
    int64_t next;
    uint64_t each; /* 0: none */
    uint64_t since;
    weir_mark mark;
};

static struct marked *marked_of(const weir_stream *stream)
{
    return WEIR_SELF(struct marked, stream);
}

static void settled(weir_mark *mark, bool kept)
{
    (void)mark;
    if (!kept)
        abort();
}

static weir_poll marked_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct marked *self = marked_of(stream);
    int64_t *to = out;
    if (self->each && self->since == self->each) {
        self->since = 0;
        self->mark = (weir_mark){.settle = settled, .source = stream, .refs = 1};
        return weir_mark_give(cx, &self->mark);
    }
    uint64_t n = demand, left = (uint64_t)(ITEMS - self->next);
    if (self->each && n > self->each - self->since)
        n = self->each - self->since;
    n = n < left ? n : left;
    for (uint64_t i = 0; i < n; i++)
        to[i] = self->next++;
    self->since += n;
    return (weir_poll){(uint32_t)n, self->next == ITEMS ? WEIR_END : WEIR_READY};
}

static const weir_stream_ops marked_ops = {.size = sizeof marked_ops,
                                           .name = "marked",
                                           .poll_next = marked_poll_next,
                                           .marks = WEIR_MARKS_PASS};

static int64_t twice(int64_t x, void *arg)
{
    (void)arg;
    return 2 * x;
}
WEIR_MAP_FN(twice_fn, twice, int64_t, int64_t)

static bool wanted(int64_t x, void *arg)
{
    (void)arg;
    return x % 8 != 0;
}
WEIR_FILTER_FN(wanted_fn, wanted, int64_t)

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static double once(uint64_t each)
{
    int64_t sum = 0;
    weir_error error;
    weir_stream *stream = weir_source_new(sizeof(struct marked), &marked_ops, &weir_type_i64);
    marked_of(stream)->each = each;
    stream->stage.marked = each > 0;
    stream = weir_filter(weir_map(stream, &twice_fn, NULL), &wanted_fn, NULL);
    stream = weir_fold(weir_settle_here(stream), &add_fn, &sum, NULL);
    double begin = cpu_ns();
    if (weir_run(stream, &sum, &error) != WEIR_READY) {
        fprintf(stderr, "marks: %s\n", WEIR_ERROR_TEXT(&error));
        exit(1);
    }
    return (cpu_ns() - begin) / ITEMS;
}

int main(void)
{
    static const uint64_t each[] = {0, 1024, 64};
    double least[] = {1e9, 1e9, 1e9};
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < 3; i++)
            least[i] = lesser(least[i], once(each[i]));
    printf("no marks\t%.2f\n", least[0]);
    for (int i = 1; i < 3; i++)
        printf("a mark each %" PRIu64 "\t%.2f\n", each[i], least[i]);
    return 0;
}
