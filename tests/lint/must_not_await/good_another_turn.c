/* Each turn of the loop takes the lock and gives it back; the wait stands between two of them. */
#include <stdio.h>

#include <weir.h>

struct stats {
    weir_lock lock;
    uint64_t lines, bytes;
};

bool count_lines(struct stats *stats, weir_reader *in, weir_writer *out, weir_error *error)
{
    weir_for_try (weir_line, line, weir_lines(in, 4096), *error) {
        bool tell = false;
        weir_lock_take(&stats->lock);
        stats->bytes += line.size;
        if (++stats->lines % 1000 == 0)
            tell = true;
        weir_lock_give(&stats->lock);
        if (!tell)
            continue;
        if (weir_await_write(out, ".", 1, error) != WEIR_READY)
            return false;
    }
    return error->code == WEIR_OK;
}
