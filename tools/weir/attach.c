/* Finding programs that can be looked at, and connecting to one. A directory that others may write
 * to is not trusted, nor is who answers as another user. */
#include "attach.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "report.h"
#include "print.h"
#include "pipeline/text.h"

enum { FOUND_MAX = 64, PATH_BYTES = 512, DIRECTORIES = 3, COMMAND_BYTES = 256 + 1, LEVELS_MAX = 3 };

static const char cure[] =
    "start the program with WEIR_INSPECT=1 in its environment, or let it call "
    "weir_inspect_listen()";

/* ---- directories ---- */

/* Where this user's may be; "": there is none. */
static void directory(int i, uid_t uid, char out[PATH_BYTES])
{
    const char *given = getenv("XDG_RUNTIME_DIR");

    out[0] = 0;
    if (i == 0 && given && *given == '/' && strlen(given) < PATH_BYTES / 2)
        snprintf(out, PATH_BYTES, "%s/weir", given);
    if (i == 1)
        snprintf(out, PATH_BYTES, "/run/user/%u/weir", (unsigned)uid);
    if (i == 2)
        snprintf(out, PATH_BYTES, "/tmp/weir-%u", (unsigned)uid);
}

/* It is this user's alone. */
static bool is_private(const char *path, uid_t uid)
{
    struct stat about;

    return *path && lstat(path, &about) == 0 && S_ISDIR(about.st_mode) && about.st_uid == uid &&
           (about.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/* ---- connecting ---- */

static bool is_user(int fd, uid_t uid)
{
    struct ucred peer;
    socklen_t n = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &n) == 0 && peer.uid == uid;
}

/* Minus one: errno says why. */
static int connect_to(const char *path, uid_t uid)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -1;
    bool there = connect(fd, (struct sockaddr *)&address, sizeof address) == 0;
    if (there && is_user(fd, uid))
        return fd;
    int why = there ? EACCES : errno;
    close(fd);
    errno = why;
    return -1;
}

/* The socket of a process; minus one: errno says why, ENOENT where it has none. */
static int connect_pid(pid_t pid, uid_t uid)
{
    int why = ENOENT;

    for (int i = 0; i < DIRECTORIES; i++) {
        char path[PATH_BYTES];
        directory(i, uid, path);
        if (!is_private(path, uid))
            continue;
        snprintf(path + strlen(path), sizeof path - strlen(path), "/%d.sock", (int)pid);
        int fd = connect_to(path, uid);
        if (fd >= 0)
            return fd;
        why = errno != ENOENT ? errno : why;
    }
    errno = why;
    return -1;
}

/* ---- processes ---- */

/* "process 4711 (import)" */
static void name_process(pid_t pid, char out[ATTACH_NAME_BYTES])
{
    char path[64], comm[32] = "";

    snprintf(path, sizeof path, "/proc/%d/comm", (int)pid);
    FILE *file = fopen(path, "re");
    if (file) {
        if (!fgets(comm, sizeof comm, file))
            comm[0] = 0;
        fclose(file);
    }
    comm[strcspn(comm, "\n")] = 0;
    snprintf(out, ATTACH_NAME_BYTES, *comm ? "process %d (%s)" : "process %d", (int)pid, comm);
}

static bool user_of(pid_t pid, uid_t *uid)
{
    char path[64];
    struct stat about;

    snprintf(path, sizeof path, "/proc/%d", (int)pid);
    if (stat(path, &about))
        return false;
    *uid = about.st_uid;
    return true;
}

/* 0: it is no process id. */
static pid_t read_pid(const char *text)
{
    char *end;
    long pid = isdigit((unsigned char)*text) ? strtol(text, &end, 10) : 0;

    return pid > 0 && pid <= INT32_MAX && *end == 0 ? (pid_t)pid : 0;
}

/* "4711.sock"; 0: it is another name. */
static pid_t pid_of_socket(const char *name)
{
    char *end;
    long pid = isdigit((unsigned char)*name) ? strtol(name, &end, 10) : 0;

    return pid > 0 && pid <= INT32_MAX && !strcmp(end, ".sock") ? (pid_t)pid : 0;
}

static bool answers(pid_t pid)
{
    int fd = connect_pid(pid, geteuid());

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

/* Those of this user that answer, at most FOUND_MAX; each is let go again. */
static size_t find_all(pid_t *found)
{
    size_t n = 0;

    for (int i = 0; i < DIRECTORIES; i++) {
        char path[PATH_BYTES];
        directory(i, geteuid(), path);
        DIR *entries = is_private(path, geteuid()) ? opendir(path) : NULL;
        if (!entries)
            continue;
        for (struct dirent *entry; n < FOUND_MAX && (entry = readdir(entries));) {
            pid_t pid = pid_of_socket(entry->d_name);
            if (pid && pid != getpid() && answers(pid))
                found[n++] = pid;
        }
        closedir(entries);
    }
    return n;
}

/* ---- which one ---- */

static int by_number(const void *a, const void *b)
{
    pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;
    return (x > y) - (x < y);
}

/* Two directories may be the same one. */
static size_t sort_unique(pid_t *found, size_t n)
{
    size_t kept = 0;

    qsort(found, n, sizeof *found, by_number);
    for (size_t i = 0; i < n; i++)
        if (!kept || found[kept - 1] != found[i])
            found[kept++] = found[i];
    return kept;
}

/* 0: it complained. */
static pid_t only_one(int *status)
{
    pid_t found[FOUND_MAX];
    char name[ATTACH_NAME_BYTES];
    size_t n = sort_unique(found, find_all(found));

    if (n == 1)
        return found[0];
    *status = n ? 2 : 1;
    if (!n) {
        report_plain(cure, "no program of this user can be looked at");
        return 0;
    }
    report_plain(NULL, "%zu programs can be looked at: which one of them?", n);
    for (size_t i = 0; i < n; i++) {
        name_process(found[i], name);
        fputs("  ", stderr);
        text_print(stderr, name);
        fputc('\n', stderr);
    }
    return 0;
}

static void complain(uid_t uid, const char *name, int why)
{
    if (uid != geteuid() && geteuid() != 0)
        report_plain("look at it as that user", "%s is of another user (%u)", name, (unsigned)uid);
    else if (why == ENOENT)
        report_plain(cure, "%s cannot be looked at", name);
    else if (why == ECONNREFUSED)
        report_plain("it may be about to end", "%s has a socket, and does not answer there", name);
    else
        report_plain(NULL, "%s: cannot connect: %s", name, weir_pl_text_reason(why));
}

/* The processes that it has begun, at most FOUND_MAX. */
static size_t children_of(pid_t pid, pid_t *out)
{
    char path[80];
    size_t n = 0;
    int child;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)pid);
    FILE *file = fopen(path, "re");
    if (!file)
        return 0;
    while (n < FOUND_MAX && fscanf(file, "%d", &child) == 1)
        out[n++] = child;
    fclose(file);
    return n;
}

static int try_below(pid_t pid, unsigned levels)
{
    pid_t children[FOUND_MAX];
    uid_t uid;
    int fd = user_of(pid, &uid) ? connect_pid(pid, uid) : -1;
    size_t n = fd < 0 && levels ? children_of(pid, children) : 0;

    for (size_t i = 0; i < n && fd < 0; i++)
        fd = try_below(children[i], levels - 1);
    return fd;
}

int attach_try(pid_t pid)
{
    return try_below(pid, LEVELS_MAX);
}

int attach(const char *word, char name[ATTACH_NAME_BYTES], int *status)
{
    pid_t pid = word ? read_pid(word) : only_one(status);
    uid_t uid;

    if (pid == 0 && word) {
        *status = 2;
        report_plain("a number, as 'weir top' without one lists them", "'%s' is no process id",
                     word);
    }
    if (pid == 0)
        return -1;
    *status = 1;
    if (!user_of(pid, &uid)) {
        report_plain("'weir top' without a number finds those that can be looked at",
                     "there is no process %d", (int)pid);
        return -1;
    }
    name_process(pid, name);
    int fd = connect_pid(pid, uid);
    if (fd < 0)
        complain(uid, name, errno);
    return fd;
}

bool attach_say(int fd, const char *command)
{
    char line[COMMAND_BYTES];
    int n = snprintf(line, sizeof line, "%s\n", command);

    return n < COMMAND_BYTES && send(fd, line, (size_t)n, MSG_NOSIGNAL) == n;
}
