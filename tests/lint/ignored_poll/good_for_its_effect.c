/* A future that is awaited for what it does, and loops, scopes and pauses, whose answers differ. */
#include <weir.h>

struct lamp {
    weir_writer *out;
    bool on;
};

bool blink(struct lamp *lamp, uint32_t times, weir_error *error)
{
    while (times--) {
        lamp->on = !lamp->on;
        if (weir_await_write(lamp->out, lamp->on ? "1" : "0", 1, error) != WEIR_READY)
            return false;
        weir_await(weir_sleep(500000000), NULL, NULL);
    }
    weir_for_try (int64_t, n, weir_range(0, 3), *error)
        lamp->on = n % 2;
    return error->code == WEIR_OK;
}
