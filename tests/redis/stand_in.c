/* The server that is none: one connection at a time, on a thread. */

#include "stand_in.h"

#include <arpa/inet.h>
#include <hiredis/hiredis.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

enum { ROWS_MAX = 16, LOG_BYTES = 256 << 10, LINE_BYTES = 4096, LOOK_MS = 10 };

static struct {
    const struct stand_in_row *rows;
    size_t n;
    bool used[ROWS_MAX];
    pthread_t thread;
    int fd;
    bool ends;            /* any thread */
    pthread_mutex_t lock; /* of the log */
    char log[LOG_BYTES];
    size_t logged;
} self = {.lock = PTHREAD_MUTEX_INITIALIZER};

char stand_in_at[24];

/* ---- what is asked ---- */

static void note(const char *line)
{
    pthread_mutex_lock(&self.lock);
    int n = snprintf(self.log + self.logged, LOG_BYTES - self.logged, "%s\n", line);
    self.logged += (size_t)n < LOG_BYTES - self.logged ? (size_t)n : 0;
    pthread_mutex_unlock(&self.lock);
}

unsigned stand_in_heard(const char *words)
{
    unsigned n = 0;
    pthread_mutex_lock(&self.lock);
    for (const char *at = self.log; (at = strstr(at, words)); at++)
        n++;
    pthread_mutex_unlock(&self.lock);
    return n;
}

static void join(const redisReply *command, char line[LINE_BYTES])
{
    size_t used = 0;
    line[0] = '\0';
    for (size_t i = 0; i < command->elements && used < LINE_BYTES - 1; i++)
        used += (size_t)snprintf(line + used, LINE_BYTES - used, "%s%s", i ? " " : "",
                                 command->element[i]->str);
}

/* ---- what is answered ---- */

static const struct stand_in_row usual[] = {
    {.asked = "PING", .answer = "+PONG\r\n"},
    {.asked = "XAUTOCLAIM", .answer = CLAIMED(0) "*0\r\n"},
    {.asked = "XREAD", .answer = "*-1\r\n", .wait_ms = 5}, /* also of a group */
    {.asked = "XPENDING", .answer = TRIES(2)},
    {.asked = "XREVRANGE", .answer = "*0\r\n"},
    {.asked = "XADD", .answer = "$3\r\n9-0\r\n"},
    {.asked = "XCLAIM", .answer = "*0\r\n"},
    {.asked = "XINFO", .answer = "*0\r\n"},
    {.asked = "", .answer = ":1\r\n"},
};

static const struct stand_in_row *row_for(const char *line)
{
    for (size_t i = 0; i < self.n; i++) {
        if (self.used[i] || !strstr(line, self.rows[i].asked))
            continue;
        self.used[i] = !self.rows[i].always;
        return &self.rows[i];
    }
    const struct stand_in_row *row = usual;
    while (!strstr(line, row->asked))
        row++;
    return row;
}

/* Who asked may be gone. */
static void answer(int fd, const redisReply *command)
{
    char line[LINE_BYTES];
    join(command, line);
    const struct stand_in_row *row = row_for(line);
    wait_ms(row->wait_ms);
    note(line);
    if (row->answer)
        (void)!send(fd, row->answer, strlen(row->answer), MSG_NOSIGNAL);
}

/* ---- served ---- */

/* False: nothing came, and it is over. */
static bool is_there(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    while (!__atomic_load_n(&self.ends, __ATOMIC_ACQUIRE))
        if (poll(&one, 1, LOOK_MS) > 0)
            return true;
    return false;
}

static void serve_one(int fd)
{
    char bytes[4096];
    void *command;
    redisReader *reader = redisReaderCreate();
    assert_non_null(reader);
    for (ssize_t n; is_there(fd) && (n = read(fd, bytes, sizeof bytes)) > 0;) {
        assert_int_equal(redisReaderFeed(reader, bytes, (size_t)n), REDIS_OK);
        while (redisReaderGetReply(reader, &command) == REDIS_OK && command) {
            answer(fd, command);
            freeReplyObject(command);
        }
    }
    redisReaderFree(reader);
}

static void *serve(void *arg)
{
    while (is_there(self.fd)) {
        int fd = accept4(self.fd, NULL, NULL, SOCK_CLOEXEC);
        assert_true(fd >= 0);
        serve_one(fd);
        close(fd);
    }
    return arg;
}

void stand_in_begin(const struct stand_in_row *rows, size_t n)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    assert_true(n <= ROWS_MAX);
    self.rows = rows;
    self.n = n;
    memset(self.used, 0, sizeof self.used);
    self.logged = 0;
    self.log[0] = '\0';
    self.ends = false;
    self.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(self.fd >= 0 && !bind(self.fd, (struct sockaddr *)&at, size) &&
                !listen(self.fd, 8) && !getsockname(self.fd, (struct sockaddr *)&at, &size));
    snprintf(stand_in_at, sizeof stand_in_at, "127.0.0.1:%d", ntohs(at.sin_port));
    self.thread = later(serve, NULL);
}

void stand_in_end(void)
{
    __atomic_store_n(&self.ends, true, __ATOMIC_RELEASE);
    pthread_join(self.thread, NULL);
    close(self.fd);
}
