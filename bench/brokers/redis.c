/* A stream of Redis, and a group of it. */

#include "rig.h"
#include "weir/redis.h"

static weir_stream *append(weir_stream *lines, const char *at, const char *stream)
{
    return weir_to_redis(lines, &WEIR_REDIS_INTO(.at.address = at, .stream = stream));
}

static weir_stream *read_all(const char *at, const char *stream, uint32_t page)
{
    return weir_redis(&WEIR_REDIS_FROM(.at.address = at, .stream = stream, .group = "weir",
                                       .create = true, .fetch_max = page));
}

int main(int argc, char **argv)
{
    static const struct rig rig = {"redis", NULL, append, read_all, .marks = 0};
    return rig_main(argc, argv, &rig);
}
