/* poll and select that only look, and waitpid that does not wait. */
#include <poll.h>
#include <sys/select.h>
#include <sys/wait.h>

#include <weir.h>

struct button {
    int fd;
    uint64_t pressed;
};

static bool is_pressed(int fd)
{
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    return poll(&wanted, 1, 0) > 0;
}

static bool has_priority(int fd)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(fd, &set);
    return select(fd + 1, NULL, NULL, &set, &(struct timeval){0, 0}) > 0;
}

static int64_t with_button(int64_t tick, void *arg)
{
    struct button *button = arg;
    int status;
    while (waitpid(-1, &status, WNOHANG) > 0)
        ;
    if (is_pressed(button->fd) || has_priority(button->fd))
        button->pressed++;
    return tick;
}
WEIR_MAP_FN(with_button_fn, with_button, int64_t, int64_t)

weir_stream *watch_button(weir_stream *ticks, struct button *button)
{
    return weir_map(ticks, &with_button_fn, button);
}
