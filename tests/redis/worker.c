/* A worker that may be killed at any moment.
 *
 *   worker ADDRESS STREAM FILE durable|early [MICROSECONDS a message] */

#include <stdlib.h>
#include <string.h>

#include "append.h"
#include "weir/redis.h"

int main(int argc, char **argv)
{
    if (argc < 5)
        return 2;
    weir_stream *messages = weir_redis(&WEIR_REDIS_FROM(.at.address = argv[1], .stream = argv[2],
                                                        .group = "g", .claim_ns = 1000000000));
    return append_all(messages, argv[3], !strcmp(argv[4], "early"),
                      argc > 5 ? (unsigned)atoi(argv[5]) : 0);
}
