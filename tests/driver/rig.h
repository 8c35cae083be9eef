/* What the tests of drivers, tasks and files share: a temporary directory, files with known bytes,
 * runtimes on each driver. */
#ifndef WEIR_TESTS_RIG_H
#define WEIR_TESTS_RIG_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>

#include "weir.h"

/* Those that work here: a kernel, or a sandbox, may refuse the ring. */
static const char *rig_drivers[3];
static size_t rig_drivers_n;

static inline void rig_find_drivers(void)
{
    static const char *const names[] = {"uring", "epoll", "sim"};
    rig_drivers_n = 0;
    for (size_t i = 0; i < 3; i++) {
        weir_error error;
        weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = names[i]}, &error);
        if (rt)
            rig_drivers[rig_drivers_n++] = names[i];
        else
            print_message("SKIP %s: %s\n", names[i], error.message);
        weir_rt_drop(rt);
    }
}

static char rig_dir[32];

static inline int rig_setup(void **state)
{
    (void)state;
    rig_find_drivers();
    strcpy(rig_dir, "/tmp/weir-test-XXXXXX");
    return mkdtemp(rig_dir) ? 0 : -1;
}

/* Names in the directory that hold `part`. */
static inline unsigned rig_entries(const char *part)
{
    unsigned n = 0;
    DIR *dir = opendir(rig_dir);
    for (struct dirent *entry; dir && (entry = readdir(dir));)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            n += strstr(entry->d_name, part) != NULL;
    if (dir)
        closedir(dir);
    return n;
}

static inline const char *rig_path(const char *name)
{
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, 512, "%s/%s", rig_dir, name);
    return path;
}

static inline void rig_clear(void)
{
    char command[256];
    snprintf(command, sizeof command, "rm -rf %s/* %s/.??*", rig_dir, rig_dir);
    assert_int_equal(system(command), 0);
}

static inline int rig_teardown(void **state)
{
    (void)state;
    rig_clear();
    return rmdir(rig_dir);
}

static inline unsigned char rig_byte(size_t at)
{
    uint64_t x = (at + 1) * 0x9e3779b97f4a7c15u;
    return (unsigned char)(x >> 56);
}

static inline unsigned char *rig_bytes(size_t n)
{
    unsigned char *bytes = malloc(n + 1);
    for (size_t i = 0; i < n; i++)
        bytes[i] = rig_byte(i);
    return bytes;
}

static inline void rig_write(const char *path, const void *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static inline void rig_make(const char *path, size_t n)
{
    unsigned char *bytes = rig_bytes(n);
    rig_write(path, bytes, n);
    free(bytes);
}

/* -1: there is none. */
static inline long rig_read(const char *path, unsigned char **out)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return -1;
    fseek(file, 0, SEEK_END);
    long n = ftell(file);
    rewind(file);
    *out = malloc((size_t)n + 1);
    assert_int_equal(fread(*out, 1, (size_t)n, file), n);
    (*out)[n] = 0;
    fclose(file);
    return n;
}

static inline bool rig_is(const char *path, const void *bytes, size_t n)
{
    unsigned char *got = NULL;
    long there = rig_read(path, &got);
    bool same = there == (long)n && memcmp(got, bytes, n) == 0;
    free(got);
    return same;
}

static inline weir_rt *rig_rt(const char *driver)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .seed = 1}, &error);
    if (!rt)
        print_message("%s\n", error.message);
    return rt;
}

static inline unsigned rig_open_fds(void)
{
    unsigned n = 0;
    DIR *dir = opendir("/proc/self/fd");
    while (dir && readdir(dir))
        n++;
    if (dir)
        closedir(dir);
    return n;
}

/* Until it is so, for ten seconds at most: whoever goes on then fails by what he asserts. */
static inline void rig_until(bool (*is_so)(void))
{
    for (int ms = 0; ms < 10000 && !is_so(); ms++)
        usleep(1000);
}

/* The kernel was asked to look at a file or a directory. */
static inline bool rig_is_watching(void)
{
    char path[64], text[200];
    bool found = false;
    for (int fd = 0; fd < 256 && !found; fd++) {
        snprintf(path, sizeof path, "/proc/self/fdinfo/%d", fd);
        FILE *file = fopen(path, "r");
        while (file && !found && fgets(text, sizeof text, file))
            found = strncmp(text, "inotify wd:", 11) == 0;
        if (file)
            fclose(file);
    }
    return found;
}

#endif
