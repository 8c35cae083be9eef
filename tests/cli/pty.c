/* pty IOE COLUMNS COMMAND...: runs it with a terminal of that width in the place of its standard
 * input, output and error, as the letters of the first word say. What it writes there comes out of
 * standard output; with `i` what is read from standard input is typed there. Exits as it, and last
 * says on standard error how far to the right it wrote. */
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { SECONDS_MAX = 60 };

static _Noreturn void end(const char *why)
{
    perror(why);
    exit(125);
}

static _Noreturn void be_command(const char *places, const char *terminal, char **command)
{
    setsid(); /* the first terminal opened is then that of the session, /dev/tty */
    int fd = open(terminal, O_RDWR);

    if (fd < 0)
        end(terminal);
    for (const char *place = places; *place; place++)
        dup2(fd, *place == 'i' ? 0 : *place == 'o' ? 1 : 2);
    if (fd > 2)
        close(fd);
    execv(command[0], command);
    end(command[0]);
}

/* Where the cursor stands, roughly: enough for ASCII, combining marks of Latin, kanji and emoji. */
static unsigned widest;
static void look(const char *bytes, size_t n)
{
    static unsigned column, escape;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)bytes[i];
        if (escape || c == 0x1b)
            escape = c == 0x1b || (escape && (c < 'A' || c == '['));
        else if (c == '\r' || c == '\n')
            column = 0;
        else if (c >= 0x20 && (c & 0xc0) != 0x80)
            column += c >= 0xe0 ? 2 : c == 0xcc || c == 0xcd ? 0 : 1;
        widest = column > widest ? column : widest;
    }
}

/* Until nobody has the terminal open any more. */
static void pass(int master, bool typed)
{
    struct pollfd ready[2] = {{.fd = master, .events = POLLIN},
                              {.fd = typed ? 0 : -1, .events = POLLIN}};
    char bytes[4096];

    while (poll(ready, 2, -1) > 0) {
        if (ready[1].revents) {
            ssize_t n = read(0, bytes, sizeof bytes);
            if (n <= 0 || write(master, bytes, (size_t)n) != n)
                ready[1].fd = -1;
        }
        if (ready[0].revents) {
            ssize_t n = read(master, bytes, sizeof bytes);
            if (n <= 0)
                return;
            look(bytes, (size_t)n);
            if (write(1, bytes, (size_t)n) != n)
                return;
        }
    }
}

int main(int argc, char **argv)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), status;

    if (argc < 4)
        return 2;
    if (master < 0 || grantpt(master) || unlockpt(master))
        return 77; /* no terminals here */
    struct winsize window = {.ws_row = 24, .ws_col = (unsigned short)atoi(argv[2])};
    if (ioctl(master, TIOCSWINSZ, &window))
        end("the width");
    alarm(SECONDS_MAX);
    pid_t child = fork();
    if (child == 0)
        be_command(argv[1], ptsname(master), argv + 3);
    if (child < 0)
        end("a process");
    pass(master, strchr(argv[1], 'i'));
    if (waitpid(child, &status, 0) < 0)
        end("wait");
    fprintf(stderr, "widest %u\n", widest);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
