/* Pipes that the kernel moves bytes through, from one socket to another. They are used again: a
 * relay has one only while bytes stand in it. */

#include <fcntl.h>

#include "driver/driver.h"

static void close_both(const weir_driver *driver, const int pipe[2])
{
    driver->sys->close(driver->sys, pipe[0]);
    driver->sys->close(driver->sys, pipe[1]);
}

static int pipes_make(const weir_driver *driver, int pipe[2])
{
    const weir_sys *sys = driver->sys;
    int error = sys->pipe(sys, pipe, O_NONBLOCK | O_CLOEXEC);
    if (error)
        return error;
    int size = sys->grow_pipe(sys, pipe[1], WEIR_PIPE_BYTES);
    if (size < 0) /* a small one is slower than blocks */
        close_both(driver, pipe);
    return size < 0 ? size : 0;
}

int weir_driver_pipe_take(weir_driver *driver, int pipe[2])
{
    if (driver->pipes_used == WEIR_PIPES_MAX)
        return -EMFILE;
    int error = 0;
    if (driver->pipes_n) {
        driver->pipes_n--;
        pipe[0] = driver->pipes[driver->pipes_n][0];
        pipe[1] = driver->pipes[driver->pipes_n][1];
    } else {
        error = pipes_make(driver, pipe);
    }
    driver->pipes_used += !error;
    return error;
}

void weir_driver_pipe_give(weir_driver *driver, const int pipe[2], bool empty)
{
    driver->pipes_used--;
    if (!empty || driver->gone || driver->pipes_n == WEIR_PIPES_FREE_MAX) {
        close_both(driver, pipe);
        return;
    }
    driver->pipes[driver->pipes_n][0] = pipe[0];
    driver->pipes[driver->pipes_n][1] = pipe[1];
    driver->pipes_n++;
}

void weir_driver_pipes_drop(weir_driver *driver)
{
    while (driver->pipes_n)
        close_both(driver, driver->pipes[--driver->pipes_n]);
}
