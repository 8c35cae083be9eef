/* One stream for several: a copy that is counted, and a group for each key, all in tasks of their
 * own. Whoever polls one of them takes from the source for all; nobody holds more than was said. */

#include <stdio.h>

#include "weir.h"

struct reading {
    uint64_t sensor;
    int64_t value;
};

static struct reading reading_of(int64_t n, void *arg)
{
    (void)arg;
    return (struct reading){(uint64_t)(n * n % 3), n};
}
WEIR_MAP_FN(reading_fn, reading_of, int64_t, struct reading)

static uint64_t sensor_of(struct reading reading, void *arg)
{
    (void)arg;
    return reading.sensor;
}
WEIR_KEY_FN(sensor_fn, sensor_of, struct reading, uint64_t)

static void add(int64_t *sum, struct reading reading, void *arg)
{
    (void)arg;
    *sum += reading.value;
}
WEIR_FOLD_FN(add_fn, add, int64_t, struct reading)

enum { SENSORS_MAX = 8, WAITING_MAX = 16 };
WEIR_PAIR(uint64_t, weir_stream *, group) /* what group_by gives */

struct sensor {
    uint64_t number;
    weir_stream *sum; /* of its readings: the handle of a task */
};

/* A task for each group: those that are not polled would hold the others back. */
static size_t spawn_sums(weir_stream *readings, struct sensor *sensors, weir_error *error)
{
    size_t n = 0;
    weir_stream *groups =
        weir_group_by(readings, &sensor_fn, NULL, SENSORS_MAX, WAITING_MAX, WEIR_CLOSED_AGAIN);
    weir_for_try (struct group, group, groups, *error) {
        weir_stream *sum = weir_fold(group.second, &add_fn, &(int64_t){0}, NULL);
        sensors[n++] = (struct sensor){group.first, weir_spawn_local(sum)};
    }
    return n;
}

int main(void)
{
    weir_stream *copy, *readings = weir_map(weir_range(0, 100), &reading_fn, NULL);
    readings = weir_tee(readings, &copy, WAITING_MAX);
    weir_stream *count = weir_spawn_local(weir_count(copy));

    struct sensor sensors[SENSORS_MAX];
    weir_error error;
    size_t n = spawn_sums(readings, sensors, &error);
    if (error.code != WEIR_OK)
        printf("%s\n", WEIR_ERROR_TEXT(&error));
    for (size_t i = 0; i < n; i++) {
        int64_t sum = 0;
        if (weir_await(sensors[i].sum, &sum, &error) == WEIR_READY)
            printf("sensor %llu: %lld\n", (unsigned long long)sensors[i].number, (long long)sum);
    }
    uint64_t readings_n = 0;
    if (weir_await(count, &readings_n, &error) == WEIR_READY)
        printf("%llu readings\n", (unsigned long long)readings_n);
    return 0;
}
