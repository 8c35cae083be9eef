/* Both are taken only where one of them failed, which the answer says. */

#include "weir.h"

weir_stream *pair_up(weir_stream *bids, weir_stream *asks, const weir_type *price)
{
    bids = weir_expect_type(bids, "pair_up", "bids", price);
    asks = weir_expect_type(asks, "pair_up", "asks", price);
    weir_stream *failed = weir_expect_both(bids, asks);
    if (failed)
        return failed;
    return weir_zip(bids, asks);
}
