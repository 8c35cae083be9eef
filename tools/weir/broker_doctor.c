/* doctor of an address: what a broker has there, and what it promises. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "pipeline/address.h"
#include "pipeline/broker.h"
#include "report.h"
#include "pipeline/room.h"
#include "script.h"

void broker_say(const char *what, const char *format, ...)
{
    va_list args;

    printf("%-16s ", what);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    putchar('\n');
}

int broker_absent_for(const struct node *node, const char *why, const char *cure)
{
    report_plain(cure, "%s: no server answers: %s", weir_pl_broker_at(node), why);
    return 1;
}

int broker_absent(const struct node *node, const char *why)
{
    char hint[120];

    snprintf(hint, sizeof hint, ",at=HOST:PORT behind the address, or %s, says where it is",
             node->entry->broker->at_env);
    return broker_absent_for(node, why, hint);
}

int broker_doctor(const char *address)
{
    struct words words;
    struct node node = {.first = 0, .end = 1};
    char *const one[] = {(char *)address};
    int status = 2;

    words_from_command(&words, 1, one);
    if (weir_pl_address_parse(&node, &words, ADDRESS_SOURCE)) {
        if (node.entry->broker)
            status = (*node.entry->broker->calls)->doctor(&node);
        else
            report_plain("weir doctor nats:STREAM/CONSUMER, kafka:TOPIC, redis:STREAM",
                         "'%s' is of no broker", address);
    }
    if (node.entry && node.entry->broker && node.entry->drop)
        node.entry->drop(&node);
    weir_pl_room_free(node.text);
    weir_pl_room_free(node.address);
    weir_pl_room_free(node.more);
    weir_pl_room_free(node.own);
    weir_pl_words_drop(&words);
    return status;
}
