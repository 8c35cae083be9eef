/* session FILE MS [CODE]: a process that can be looked at: it prints its id, and tells each client
 * the lines of FILE, waiting MS before each line of rows, then closes; what it is asked for it
 * prints. With MS -1 it closes at once, with -2 it says nothing. With a CODE it serves one client
 * and exits so. Its socket is where those of programs that use weir are:
 * $XDG_RUNTIME_DIR/weir/PID.sock. */
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static _Noreturn void end(const char *why)
{
    perror(why);
    exit(125);
}

static int listener(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char directory[80];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    snprintf(directory, sizeof directory, "%s/weir", getenv("XDG_RUNTIME_DIR"));
    mkdir(directory, 0700);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/%d.sock", directory, (int)getpid());
    unlink(address.sun_path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof address) || listen(fd, 8))
        end(address.sun_path);
    return fd;
}

/* Until it asks for something; false: it went away. */
static bool asks(int fd)
{
    char asked[256];
    ssize_t n = recv(fd, asked, sizeof asked, 0);

    if (n > 0)
        printf("%.*s", (int)n, asked);
    fflush(stdout);
    return n > 0;
}

/* Behind a line that ends an answer it waits for the next question. */
static void tell(int fd, const char *file, int ms)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t n;
    FILE *from = fopen(file, "re");

    if (!from)
        end(file);
    while ((n = getline(&line, &size, from)) > 0) {
        if (strstr(line, "\"rows\""))
            usleep((useconds_t)ms * 1000);
        if (send(fd, line, (size_t)n, MSG_NOSIGNAL) != n || (strstr(line, "\"done\"") && !asks(fd)))
            break;
    }
    free(line);
    fclose(from);
}

static void serve_one(int fd, const char *file, int ms)
{
    if (ms == -2)
        sleep(30);
    if (ms != -1 && asks(fd))
        tell(fd, file, ms);
}

int main(int argc, char **argv)
{
    if (argc < 3 || !getenv("XDG_RUNTIME_DIR"))
        return 2;
    int fd = listener(), ms = atoi(argv[2]), client;
    printf("%d\n", (int)getpid());
    fflush(stdout);
    alarm(30);
    signal(SIGCHLD, SIG_IGN);
    while ((client = accept(fd, NULL, NULL)) >= 0) {
        if (argc > 3) {
            serve_one(client, argv[1], ms);
            return atoi(argv[3]);
        }
        if (fork() == 0) {
            serve_one(client, argv[1], ms);
            return 0;
        }
        close(client);
    }
    return 0;
}
