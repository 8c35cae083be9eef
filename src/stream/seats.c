/* Seats: a list that only grows while it is used, so that it needs no lock. */

#include "stream/seats.h"

#include "weir/alloc.h"

static bool seats_sit_down(struct weir_seats *seats, struct weir_seat *seat)
{
    unsigned taken = 0;
    if (!__atomic_compare_exchange_n(&seat->taken, &taken, 1, false, __ATOMIC_ACQUIRE,
                                     __ATOMIC_RELAXED))
        return false;
    __atomic_fetch_sub(&seats->free_n, 1, __ATOMIC_RELAXED);
    return true;
}

/* The one that was left last is found at once, others by a walk. */
static struct weir_seat *find_free(struct weir_seats *seats)
{
    struct weir_seat *seat = __atomic_exchange_n(&seats->left, NULL, __ATOMIC_ACQUIRE);
    if (seat && seats_sit_down(seats, seat))
        return seat;
    if (!__atomic_load_n(&seats->free_n, __ATOMIC_RELAXED))
        return NULL;
    for (seat = __atomic_load_n(&seats->first, __ATOMIC_ACQUIRE); seat; seat = seat->next)
        if (seats_sit_down(seats, seat))
            return seat;
    return NULL;
}

static struct weir_seat *add_seat(struct weir_seats *seats)
{
    struct weir_seat *seat = NULL;
    if (__atomic_fetch_add(&seats->n, 1, __ATOMIC_RELAXED) < WEIR_SEATS_MAX)
        seat = weir_allocate(sizeof *seat);
    if (!seat) {
        __atomic_fetch_sub(&seats->n, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    *seat = (struct weir_seat){.taken = 1};
    seat->next = __atomic_load_n(&seats->first, __ATOMIC_RELAXED);
    while (!__atomic_compare_exchange_n(&seats->first, &seat->next, seat, true, __ATOMIC_RELEASE,
                                        __ATOMIC_RELAXED))
        continue;
    return seat;
}

struct weir_seat *weir_seats_take(struct weir_seats *seats)
{
    struct weir_seat *seat = find_free(seats);
    return seat ? seat : add_seat(seats);
}

void weir_seats_leave(struct weir_seats *seats, struct weir_seat *seat)
{
    weir_waker_cell_clear(&seat->cell);
    __atomic_fetch_add(&seats->free_n, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&seat->taken, 0, __ATOMIC_RELEASE);
    __atomic_store_n(&seats->left, seat, __ATOMIC_RELEASE);
}

/* A cell that nobody sits at remembers the wake: whoever comes next is woken once for nothing. */
void weir_seats_wake(struct weir_seats *seats)
{
    struct weir_seat *seat = __atomic_load_n(&seats->first, __ATOMIC_ACQUIRE);
    for (; seat; seat = seat->next)
        weir_waker_cell_wake(&seat->cell);
}

void weir_seats_fini(struct weir_seats *seats)
{
    for (struct weir_seat *seat; (seat = seats->first);) {
        seats->first = seat->next;
        weir_waker_cell_clear(&seat->cell);
        weir_release(seat, sizeof *seat);
    }
}

size_t weir_seats_bytes(const struct weir_seats *seats)
{
    return __atomic_load_n(&seats->n, __ATOMIC_RELAXED) * sizeof(struct weir_seat);
}
