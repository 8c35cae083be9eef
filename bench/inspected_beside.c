/* What those who look cost a program besides: the page while it is open, and 1000 clients of its
 * socket, of which eight are let in and nobody says a word. Alone and with them, in turn, in CPU of
 * the whole process: time is the neighbours' too.
 *
 *   inspected_beside [ROUNDS]   work, nanoseconds of CPU a piece alone and with them, tabs between
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inspect_work.h"
#include "measure.h"

/* Who comes measures the processors first, which is over when SETTLE_US are. */
enum { CLIENTS = 1000, PHASE_NS = 500000000, SETTLE_US = 1000000, ROUNDS_USUAL = 7 };
extern char **environ;

/* ---- those who look: another process, which says a byte when all of it is there ---- */

static void tell(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (write(STDOUT_FILENO, ".", 1) != 1)
        _exit(1);
}

static void connect_to(int fd, const void *address, socklen_t n)
{
    if (fd < 0 || connect(fd, address, n) != 0)
        give_up("who looks", "no connection");
}

static _Noreturn void be_clients(const char *path)
{
    struct rlimit files = {0};
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 0; i < CLIENTS; i++)
        connect_to(socket(AF_UNIX, SOCK_STREAM, 0), &address, sizeof address);
    tell();
    for (;;)
        pause();
}

/* "http://127.0.0.1:PORT/#TOKEN" */
static _Noreturn void be_browser(const char *url)
{
    unsigned port;
    char token[64], text[1 << 16];
    if (sscanf(url, "http://127.0.0.1:%u/#%63s", &port, token) != 2)
        give_up(url, "no address of a page");
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((in_port_t)port),
                                  .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    connect_to(fd, &address, sizeof address);
    dprintf(fd, "GET /events HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nX-Weir-Token: %s\r\n\r\n", port,
            token);
    if (read(fd, text, 12) != 12 || memcmp(text, "HTTP/1.1 200", 12) != 0)
        give_up("the page", "it does not answer with 200");
    tell();
    while (read(fd, text, sizeof text) > 0)
        continue;
    _exit(0);
}

static char page[] = "page", clients[] = "clients";

static pid_t begin_process(char *mode, char *where)
{
    pid_t pid;
    int ready[2];
    char byte, *arguments[] = {mode, mode, where, NULL};
    posix_spawn_file_actions_t actions;
    if (pipe2(ready, O_CLOEXEC) != 0 || posix_spawn_file_actions_init(&actions) != 0 ||
        posix_spawn_file_actions_adddup2(&actions, ready[1], STDOUT_FILENO) != 0 ||
        posix_spawn(&pid, "/proc/self/exe", &actions, NULL, arguments, environ) != 0)
        give_up(mode, "cannot be started");
    posix_spawn_file_actions_destroy(&actions);
    close(ready[1]);
    if (read(ready[0], &byte, 1) != 1)
        give_up(mode, "it does not begin");
    close(ready[0]);
    return pid;
}

static pid_t open_page(void)
{
    char url[WEIR_INSPECT_URL_BYTES];
    weir_error error;
    if (!weir_inspect_page(NULL, url, sizeof url, &error))
        give_up("the page", error.message);
    return begin_process(page, url);
}

static pid_t let_clients_in(void)
{
    char path[108];
    weir_error error;
    if (!weir_inspect_listen(NULL, &error) || !weir_inspect_path(NULL, 0, path, sizeof path))
        give_up("the socket", error.message);
    return begin_process(clients, path);
}

/* ---- measuring ---- */

struct work {
    const char *name;
    void (*run)(weir_rt *rt);
    double pieces;
};

/* Nanoseconds a piece, over a while: what is done now and then counts too. */
static double measured(const struct work *work)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.demand_max = 8, .workers = 1), &error);
    if (!rt)
        give_up("a runtime", error.message);
    work->run(rt);
    double ends_ns = wall_ns() + PHASE_NS, start = cpu_ns(), runs = 0;
    for (; wall_ns() < ends_ns; runs++)
        work->run(rt);
    double took = cpu_ns() - start;
    weir_rt_drop(rt);
    return took / runs / work->pieces;
}

static const struct looking {
    const char *name;
    pid_t (*begin)(void);
    void (*end)(void);
} lookings[] = {{"the page open", open_page, weir_inspect_page_stop},
                {"1000 clients", let_clients_in, weir_inspect_stop}};

static double measured_beside(const struct work *work, const struct looking *looking)
{
    pid_t pid = looking->begin();
    usleep(SETTLE_US);
    double ns = measured(work);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    looking->end();
    return ns;
}

static void compare(const struct work *work, const struct looking *looking, unsigned rounds)
{
    double alone = 1e18, beside = 1e18;
    for (unsigned round = 0; round < rounds; round++) {
        alone = lesser(alone, measured(work));
        beside = lesser(beside, measured_beside(work, looking));
    }
    printf("%s: %s\t%.3f\t%.3f\n", looking->name, work->name, alone, beside);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static const struct work works[] = {{"an item of chain4", work_chain4, WORK_ITEMS},
                                        {"a request of echo", work_echo, WORK_REQUESTS}};
    if (argc > 2)
        strcmp(argv[1], page) ? be_clients(argv[2]) : be_browser(argv[2]);
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : ROUNDS_USUAL;
    for (size_t i = 0; i < sizeof lookings / sizeof *lookings; i++)
        for (size_t k = 0; k < sizeof works / sizeof *works; k++)
            compare(&works[k], &lookings[i], rounds);
    return 0;
}
