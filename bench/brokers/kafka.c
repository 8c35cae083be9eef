/* A topic of Kafka, and a group that reads it. Messages are kept as they are and without their
 * headers, as kcat does; 4096 of them before a sync, which kcat has none of. */

#include "rig.h"
#include "weir/kafka.h"

/* Each message has a partition of its own choice: brokers that pretend keep little of each, and a
 * batch for one would fill it. */
static weir_stream *produce(weir_stream *lines, const char *at, const char *topic)
{
    static const char *const spread[] = {"sticky.partitioning.linger.ms=0", NULL};
    return weir_to_kafka(lines, &WEIR_KAFKA_INTO(.at = at, .topic = topic, .options = spread));
}

static weir_stream *read_all(const char *at, const char *topic, uint32_t page)
{
    (void)page; /* a buffer has the messages, whatever it holds */
    return weir_kafka(&WEIR_KAFKA_FROM(.at = at, .topics = topic, .group = "weir",
                                       .start = WEIR_KAFKA_START_FIRST, .no_headers = true));
}

int main(int argc, char **argv)
{
    static const struct rig rig = {"kafka", NULL, produce, read_all, .marks = 32, .whole = true};
    return rig_main(argc, argv, &rig);
}
