/* Copies the messages of a topic into another one, with keys and headers. Started several times,
 * here or on other machines, the copies share the work; killed, what was not stored yet is done by
 * another.
 *
 *     kafka_copy BROKERS FROM GROUP INTO
 *
 * SIGTERM ends it once the brokers know what it did. */

#include <signal.h>
#include <stdio.h>

#include "weir.h"
#include "weir/kafka.h"

static weir_rt *rt;

static void stop(int signo)
{
    (void)signo;
    weir_rt_stop(rt);
}

int main(int argc, char **argv)
{
    weir_error error;
    uint64_t n = 0;
    if (argc < 5) {
        fputs("usage: kafka_copy BROKERS FROM GROUP INTO\n", stderr);
        return 2;
    }
    weir_stream *messages =
        weir_kafka(&WEIR_KAFKA_FROM(.at = argv[1], .topics = argv[2], .group = argv[3],
                                    .start = WEIR_KAFKA_START_FIRST));

    /* That no broker is there may pass: it is tried again. */
    messages = weir_skip_errors(messages, UINT64_MAX, NULL);
    weir_stream *copy = weir_to_kafka(messages, &WEIR_KAFKA_INTO(.at = argv[1], .topic = argv[4]));
    rt = weir_rt_new(NULL, &error);
    if (!rt) {
        weir_drop(copy);
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
        return 1;
    }
    signal(SIGTERM, stop);
    weir_state got = weir_rt_run(rt, copy, &n, &error);
    if (got == WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    else
        printf("%llu copied\n", (unsigned long long)n);
    weir_rt_drop(rt);
    return got == WEIR_ERROR;
}
