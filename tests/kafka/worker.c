/* A worker that may be killed at any moment.
 *
 *   worker BROKERS TOPIC FILE durable|early [MICROSECONDS a message] */

#include <stdlib.h>
#include <string.h>

#include "append.h"
#include "weir/kafka.h"

int main(int argc, char **argv)
{
    bool real = getenv("WEIR_TEST_KAFKA"); /* which takes no shorter session */
    const char *const options[] = {real ? "session.timeout.ms=6000" : "session.timeout.ms=4000",
                                   "heartbeat.interval.ms=200", "max.poll.interval.ms=6000",
                                   "fetch.wait.max.ms=20", NULL};
    if (argc < 5)
        return 2;
    /* Brokers that pretend refuse what is said while their group changes, for seconds. */
    weir_stream *messages =
        weir_kafka(&WEIR_KAFKA_FROM(.at = argv[1], .topics = argv[2], .group = argv[2],
                                    .start = WEIR_KAFKA_START_FIRST, .drain_ns = 20000000000ull,
                                    .options = options));
    return append_all(messages, argv[3], !strcmp(argv[4], "early"),
                      argc > 5 ? (unsigned)atoi(argv[5]) : 0);
}
