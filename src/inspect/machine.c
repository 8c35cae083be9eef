/* Cores: affinity, control groups, pressure. */

#include "inspect/machine.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "task/worker.h"

const struct weir_machine_paths weir_machine_paths = {"/proc/self/cgroup", "/sys/fs/cgroup",
                                                      "/sys/fs/cgroup/cpu", "/proc/pressure/cpu"};

enum { MACHINE_TEXT_BYTES = 4096, PATH_BYTES = 1024 };

/* ---- texts of the kernel ---- */

/* The beginning of it, as a string. False: there is no such file. */
static bool machine_read_text(const weir_sys *sys, const char *path, char out[MACHINE_TEXT_BYTES])
{
    int fd = sys->open(sys, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
    size_t n = 0;
    if (fd < 0)
        return false;
    for (int64_t got = 1; got > 0 && n<MACHINE_TEXT_BYTES - 1; n += got> 0 ? (size_t)got : 0)
        got = sys->read(sys, fd, out + n, MACHINE_TEXT_BYTES - 1 - n);
    out[n] = 0;
    sys->close(sys, fd);
    return n;
}

/* "12.90"; the locale says nothing in this. Negative: it is no number. */
static double number_at(const char *text)
{
    double value = 0, unit = 1;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++)
        value = 10 * value + (*at - '0');
    if (at == text)
        return -1;
    if (*at == '.')
        for (at++; *at >= '0' && *at <= '9'; at++)
            value += (unit /= 10) * (*at - '0');
    return value;
}

static double machine_number_in(const weir_sys *sys, const char *folder, const char *group,
                                size_t group_n, const char *name)
{
    char path[PATH_BYTES], text[MACHINE_TEXT_BYTES];
    int n = snprintf(path, sizeof path, "%s%.*s/%s", folder, (int)group_n, group, name);
    bool there = n > 0 && (size_t)n < sizeof path && machine_read_text(sys, path, text);
    return there ? number_at(text) : -1;
}

/* ---- control groups ---- */

static double quota_v2(const weir_sys *sys, const struct weir_machine_paths *paths,
                       const char *group, size_t n)
{
    char path[PATH_BYTES], text[MACHINE_TEXT_BYTES];
    int length = snprintf(path, sizeof path, "%s%.*s/cpu.max", paths->v2, (int)n, group);
    if (length <= 0 || (size_t)length >= sizeof path || !machine_read_text(sys, path, text))
        return 0;
    const char *period = strchr(text, ' ');
    double us = number_at(text), of_us = period ? number_at(period + 1) : -1;
    return us > 0 && of_us > 0 ? us / of_us : 0; /* "max" is no number */
}

static double quota_v1(const weir_sys *sys, const struct weir_machine_paths *paths,
                       const char *group, size_t n)
{
    double us = machine_number_in(sys, paths->v1, group, n, "cpu.cfs_quota_us");
    double of_us = machine_number_in(sys, paths->v1, group, n, "cpu.cfs_period_us");
    return us > 0 && of_us > 0 ? us / of_us : 0;
}

typedef double weir_quota_of(const weir_sys *sys, const struct weir_machine_paths *paths,
                             const char *group, size_t n);

/* Its own, and those above it: the smallest holds. */
static void machine_look_up(const weir_sys *sys, const struct weir_machine_paths *paths,
                            weir_quota_of *quota_of, const char *group, size_t n, double *quota)
{
    while (n && group[n - 1] == '/')
        n--;
    for (bool more = true; more;) {
        double one = quota_of(sys, paths, group, n);
        if (one > 0 && (*quota <= 0 || one < *quota))
            *quota = one;
        more = n;
        while (n && group[n - 1] != '/')
            n--;
        n -= n != 0;
    }
}

static bool lists(const char *names, size_t n, const char *name)
{
    size_t length = strlen(name);
    for (size_t at = 0; at + length <= n; at++)
        if ((!at || names[at - 1] == ',') && memcmp(names + at, name, length) == 0 &&
            (at + length == n || names[at + length] == ','))
            return true;
    return false;
}

/* "0::/user.slice", or "4:cpu,cpuacct:/docker/..." */
static void read_group(const weir_sys *sys, const struct weir_machine_paths *paths,
                       const char *line, size_t n, double *quota)
{
    const char *names = memchr(line, ':', n);
    const char *path = names ? memchr(names + 1, ':', n - (size_t)(names + 1 - line)) : NULL;
    if (!path)
        return;
    size_t names_n = (size_t)(path - names - 1), path_n = n - (size_t)(path + 1 - line);
    if (!names_n)
        machine_look_up(sys, paths, quota_v2, path + 1, path_n, quota);
    else if (lists(names + 1, names_n, "cpu"))
        machine_look_up(sys, paths, quota_v1, path + 1, path_n, quota);
}

static double read_quota(const weir_sys *sys, const struct weir_machine_paths *paths)
{
    char text[MACHINE_TEXT_BYTES];
    double quota = 0;
    if (!machine_read_text(sys, paths->cgroup, text))
        return 0;
    for (const char *line = text; *line;) {
        size_t n = strcspn(line, "\n");
        read_group(sys, paths, line, n, &quota);
        line += n + (line[n] != 0);
    }
    return quota;
}

/* ---- all of it ---- */

static unsigned count_cores(void)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    int n = sched_getaffinity(0, sizeof set, &set) ? 1 : CPU_COUNT(&set);
    return n > 0 ? (unsigned)n : 1;
}

static double read_pressure(const weir_sys *sys, const struct weir_machine_paths *paths)
{
    static const char some[] = "some avg10=";
    char text[MACHINE_TEXT_BYTES];
    const char *at = machine_read_text(sys, paths->pressure, text) ? strstr(text, some) : NULL;
    return at ? number_at(at + strlen(some)) : -1;
}

void weir_machine_read(const weir_sys *sys, const struct weir_machine_paths *paths,
                       struct weir_machine *machine)
{
    machine->cores = count_cores();
    machine->quota = read_quota(sys, paths);
    machine->pressure = read_pressure(sys, paths);
}

static double allowed(const struct weir_machine *machine)
{
    bool limited = machine->quota > 0 && machine->quota < machine->cores;
    return limited ? machine->quota : machine->cores;
}

double weir_machine_usable(const struct weir_machine *machine)
{
    double most = allowed(machine);
    return machine->calibrated > 0 && machine->calibrated < most ? machine->calibrated : most;
}

const char *weir_machine_from(const struct weir_machine *machine)
{
    double usable = weir_machine_usable(machine);
    if (machine->calibrated > 0 && (usable < allowed(machine) || usable == machine->cores))
        return "calibration";
    return usable < machine->cores ? "cgroup" : "affinity";
}

/* A quota is exact, and a calibration may be too short to come to it. */
bool weir_machine_is_known(const struct weir_machine *machine)
{
    bool pressed = machine->pressure > WEIR_MACHINE_PRESSURE_MAX;
    bool less = machine->calibrated > 0 && machine->calibrated < 0.85 * allowed(machine);
    return !pressed && !less;
}

void weir_model_set_machine(struct weir_model *model, const struct weir_machine *machine)
{
    model->usable = weir_machine_usable(machine);
    model->spread = machine->spread;
    model->spawn_ns = machine->spawn_ns;
    model->cpu_is_known = weir_machine_is_known(machine);
}

void weir_model_set_workers(struct weir_model *model, const weir_rt *rt,
                            const struct weir_machine *machine)
{
    bool grows = !rt->options.workers && !rt->worker.drawn;
    model->workers = grows ? 1 : weir_rt_workers(rt);
    model->par_workers = grows ? machine->cores : 0;
}
