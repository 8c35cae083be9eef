/* Lines, from wherever they come. */
#include "watch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "memory.h"
#include "report.h"
#include "print.h"
#include "pipeline/text.h"

static void take(struct watch *watch, const char *line, size_t n)
{
    char type[WATCHED_TYPE_BYTES];

    watched_line(&watch->watched, line, n, type);
    if (*type && watch->on_line)
        watch->on_line(watch, type, line, n);
}

void watch_bytes(struct watch *watch, const char *bytes, size_t n)
{
    const char *at = bytes, *line;
    size_t line_n;

    while (at < bytes + n)
        if (feed_line(&watch->feed, &at, bytes + n, &line, &line_n))
            take(watch, line, line_n);
}

void watch_over(struct watch *watch)
{
    const char *line;
    size_t n;

    if (feed_rest(&watch->feed, &line, &n))
        take(watch, line, n);
}

void watch_print_line(struct watch *watch, const char *type, const char *line, size_t n)
{
    (void)watch, (void)type;
    if (!isatty(STDOUT_FILENO)) {
        fwrite(line, 1, n, stdout);
    } else {
        char *text = memory_text(line, n);
        text_print(stdout, text);
        free(text);
    }
    putchar('\n');
    fflush(stdout);
}

static bool read_all(struct watch *watch, int fd)
{
    char bytes[16 << 10];
    ssize_t n;

    while ((n = read(fd, bytes, sizeof bytes)) > 0)
        watch_bytes(watch, bytes, (size_t)n);
    watch_over(watch);
    return n == 0;
}

bool watch_file(struct watch *watch, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool read = fd >= 0 && read_all(watch, fd);

    if (!read)
        report_plain(NULL, "%s: cannot read: %s", path, weir_pl_text_reason(errno));
    if (fd >= 0)
        close(fd);
    return read && watch_greeted(watch, path);
}

bool watch_greeted(const struct watch *watch, const char *name)
{
    const struct watched *watched = &watch->watched;

    if (watched->greeted && watched->version == WATCHED_VERSION)
        return true;
    if (watched->greeted)
        report_plain("take the 'weir' that belongs to its library",
                     "%s: it speaks version %llu, and version %d is known here", name,
                     (unsigned long long)watched->version, WATCHED_VERSION);
    else if (watched->refused)
        report_plain(NULL, "%s: %s", name, watched->refused);
    else if (!watched->lines)
        report_plain(NULL, "%s: it said nothing", name);
    else
        report_plain("'weir top --json PID' prints a session", "%s: of %llu line%s none says hello",
                     name, (unsigned long long)watched->lines, watched->lines == 1 ? "" : "s");
    return false;
}

bool watch_socket(struct watch *watch, int fd)
{
    char bytes[16 << 10];
    ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);

    if (n > 0)
        watch_bytes(watch, bytes, (size_t)n);
    if (n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR)))
        return true;
    watch_over(watch);
    return false;
}

void watch_drop(struct watch *watch)
{
    watched_drop(&watch->watched);
}
