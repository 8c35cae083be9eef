/* doctor: what this machine and this build can do, tried and not guessed. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/utsname.h>

#include "help.h"
#include "weir.h"

static void try_driver(const char *name)
{
    weir_rt_options options = {.driver = name};
    weir_error error;
    weir_rt *rt = weir_rt_new(&options, &error);

    printf("%-16s %s\n", name, rt ? "works" : error.message);
    weir_rt_drop(rt);
}

int help_doctor(void)
{
    static const char *const levels[WEIR_CPU_LEVELS] = {"baseline", "AVX2", "AVX-512"};
    struct utsname about;
    struct rlimit files;
    weir_error error;

    printf("%-16s %s\n", "version", WEIR_VERSION);
    if (uname(&about) == 0)
        printf("%-16s %s %s, %s\n", "kernel", about.sysname, about.release, about.machine);
    printf("%-16s %s\n", "processor", levels[weir_cpu_level()]);
    try_driver("uring");
    try_driver("epoll");
    weir_rt *rt = weir_rt_new(NULL, &error);
    printf("%-16s %s\n", "driver used", rt ? weir_rt_driver(rt) : error.message);
    weir_rt_drop(rt);
#ifdef WEIR_HAVE_ISAL
    printf("%-16s %s\n", "ISA-L", "built in: fast gzip and gunzip");
#else
    printf("%-16s %s\n", "ISA-L", "not built in: gzip and gunzip run on zlib");
#endif
    if (getrlimit(RLIMIT_NOFILE, &files) == 0)
        printf("%-16s %llu\n", "open files", (unsigned long long)files.rlim_cur);
    return rt ? 0 : 1;
}
