/* A loop over the lines of an order, called from a loop over orders: the outer one is meant. */
#include <stdio.h>

#include <weir.h>

typedef struct WEIR_MUST_PAR_SPAWN("orders are independent") order {
    char path[64];
} order;

struct totals {
    uint64_t orders, lines;
};

static uint64_t lines_of(const char *path)
{
    uint64_t n = 0;
    weir_for_await (weir_line, line, weir_lines(weir_file_reader(path), 4096))
        n += line.size != 0;
    return n;
}

void count_orders(weir_stream *orders, struct totals *totals)
{
    weir_for_await (order, one, orders) { // lint: must_par_spawn 5-19
        uint64_t n = lines_of(one.path);
        if (n == 0)
            continue;
        totals->orders++;
        totals->lines += n;
    }
}
