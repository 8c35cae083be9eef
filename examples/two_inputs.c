/* A combinator of two inputs: the spread between two prices, given each time either one moves. */

#include <stdio.h>

#include "weir.h"

enum { BID, ASK };
struct spread {
    weir_stream stream; /* its source is the stream of bids */
    weir_stream *asks;  /* a chain of its own, which we drop */
    double last[2];     /* 0: not known yet */
    int turn;           /* the side polled last, so that neither can starve the other */
};

/* One price in, new state, an item or not. It knows nothing of async. */
static bool spread_update(struct spread *self, int side, double price, double *out)
{
    self->last[side] = price;
    *out = self->last[ASK] - self->last[BID];
    return self->last[!side] > 0;
}

/* Asks each side in turn. {0, READY} when a price made no item: we are called again. Each side that
 * is PENDING has stored the waker already. */
static weir_poll spread_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct spread *self = WEIR_SELF(struct spread, stream);
    weir_poll answer = {0, WEIR_END};
    (void)demand;
    for (int tries = 0; tries < 2 && answer.state != WEIR_ERROR; tries++) {
        int side = self->turn = !self->turn;
        double price;
        weir_stream *asked = side == BID ? weir_source(stream) : self->asks;
        weir_poll got = weir_poll_next(asked, cx, &price, 1);
        if (got.n)
            return (weir_poll){spread_update(self, side, price, out), WEIR_READY};
        if (got.state != WEIR_END)
            answer = got;
    }
    return answer;
}

static void spread_fini(weir_stream *stream)
{
    weir_drop(WEIR_SELF(struct spread, stream)->asks);
}

/* Besides the source; for explaining, counting memory and passing on that an input was cut. */
static weir_stage *spread_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &WEIR_SELF(const struct spread, stream)->asks->stage;
}

static const weir_stream_ops spread_ops = {.size = sizeof spread_ops,
                                           .name = "spread",
                                           .poll_next = spread_poll_next,
                                           .fini = spread_fini,
                                           .input = spread_input};
static const weir_type price_type = WEIR_TYPE(double);

static weir_stream *spread(weir_stream *bids, weir_stream *asks)
{
    bids = weir_expect_type(bids, "spread", "bids", &price_type);
    asks = weir_expect_type(asks, "spread", "asks", &price_type);
    weir_stream *stream = weir_expect_both(bids, asks);
    if (stream) /* one of them could not be built, and says why */
        return stream;
    stream = weir_stream_new(bids, sizeof(struct spread), &spread_ops, &price_type);
    if (weir_stage_failed(&stream->stage))
        return weir_drop(asks), stream;
    WEIR_SELF(struct spread, stream)->asks = asks;
    return weir_stream_with(stream, &asks->stage);
}

static void print(double spread, void *arg)
{
    (void)arg;
    printf("%.2f\n", spread);
}
WEIR_EACH_FN(print_fn, print, double)

int main(void)
{
    static const double bids[] = {9.75, 9.80, 9.90}, asks[] = {10.25, 10.00};
    weir_stream *all = spread(weir_iter(&price_type, bids, 3), weir_iter(&price_type, asks, 2));
    weir_error error;
    if (weir_run(weir_for_each(all, &print_fn, NULL), NULL, &error) != WEIR_READY)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
