/* A queue of the program's own marks its limit; a caller in a co function gives none. */
#include <weir.h>

struct queue;

struct queue *queue_new(uint64_t items_max WEIR_UNBOUNDED);
bool queue_push(struct queue *queue, int64_t item);

struct fill {
    weir_stream *numbers;
    struct queue *queue;
    int64_t number, n;
};

static weir_poll fill(struct fill *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    if (!self->queue)
        self->queue = queue_new(UINT64_MAX); // lint: unbounded 33-43
    for (;;) {
        weir_co_next(co, got, self->numbers, &self->number);
        if (got.state != WEIR_READY)
            break;
        if (!queue_push(self->queue, self->number))
            weir_co_fail(co, WEIR_E_LIMIT, "the queue is full");
        self->n++;
    }
    weir_co_return(co, out, self->n);
    weir_co_end(co);
}
WEIR_CO_FN(fill_fn, fill, struct fill, int64_t)

weir_stream *queue_fill(weir_stream *numbers)
{
    return weir_co_future(&fill_fn, &(struct fill){numbers, NULL, 0, 0});
}
