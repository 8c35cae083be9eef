/* Connections are kept for later, handed to a thread of the program's own, or there is one alone:
 * the waits between have nothing to do with them. */
#include <stdio.h>
#include <weir.h>

enum { PARKED_MAX = 100 };

struct session {
    weir_duplex near;
    int64_t nth;
};

static struct session parked[PARKED_MAX];

void pool_submit(void *pool, weir_duplex near);

void park_all(const char *address)
{
    int64_t n = 0;
    weir_for_await (weir_duplex, near, weir_incoming(address, NULL)) {
        struct session session = {near, n};
        parked[n++ % PARKED_MAX] = session;
        if (!weir_pause())
            return;
    }
}

void submit_all(const char *address, void *pool)
{
    weir_for_await (weir_duplex, near, weir_incoming(address, NULL)) {
        pool_submit(pool, near);
        weir_await(weir_sleep(1000000), NULL, NULL);
    }
}

int greet_first(const char *address, bool loud)
{
    weir_for_await (weir_duplex, near, weir_incoming(address, NULL)) {
        weir_error error;
        weir_ignore(weir_await(weir_copy(near.reader, near.writer), NULL, &error));
        if (loud)
            return puts("served");
        else
            break;
    }
    return 1;
}

void greet_one(const char *address)
{
    weir_for_await (weir_duplex, near, weir_take(weir_incoming(address, NULL), 1))
        weir_await(weir_copy(near.reader, near.writer), NULL, NULL);
}
