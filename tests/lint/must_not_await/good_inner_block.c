/* The guard lives in an inner block; the block of weir_locked is left by break before the wait. */
#include <weir.h>

struct queue {
    weir_lock lock;
    int64_t items[32];
    size_t n;
};

typedef struct WEIR_MUST_NOT_AWAIT("the queue is shared") queue_guard {
    struct queue *queue;
} queue_guard;

static queue_guard queue_enter(struct queue *queue)
{
    weir_lock_take(&queue->lock);
    return (queue_guard){queue};
}

static void queue_leave(queue_guard *guard)
{
    weir_lock_give(&guard->queue->lock);
}

bool send_first(struct queue *queue, weir_writer *out, weir_error *error)
{
    int64_t item = 0;
    bool found = false;
    {
        queue_guard guard __attribute__((cleanup(queue_leave))) = queue_enter(queue);
        if (guard.queue->n)
            found = true, item = guard.queue->items[--guard.queue->n];
    }
    return found && weir_await(weir_write_i64_be(out, item), NULL, error) != WEIR_ERROR;
}

bool send_all(struct queue *queue, weir_writer *out, weir_error *error)
{
    for (;;) {
        int64_t item = 0;
        bool found = false;
        weir_locked (&queue->lock) {
            if (!queue->n)
                break;
            found = true;
            item = queue->items[--queue->n];
        }
        if (!found)
            return true;
        if (weir_await(weir_write_i64_be(out, item), NULL, error) == WEIR_ERROR)
            return false;
    }
}
