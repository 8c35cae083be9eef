/* How many cores: what the kernel's files say, and what counting threads get. */

#include "inspect/machine.h"

#include <sys/stat.h>

#include "../driver/rig.h"
#include "task/runtimes.h"

static char folder[64];

static const char *path_of(const char *name, char out[256])
{
    snprintf(out, 256, "%s/%s", folder, name);
    return out;
}

static void put(const char *name, const char *text)
{
    char path[256];
    path_of(name, path);
    for (char *at = path + 1; (at = strchr(at, '/')); *at++ = '/') {
        *at = 0;
        mkdir(path, 0700);
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static int setup(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/weir-machine-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char command[100];
    snprintf(command, sizeof command, "rm -r %s", folder);
    return system(command);
}

static struct weir_machine machine_of(void)
{
    static char cgroup[256], v2[256], v1[256], pressure[256];
    const struct weir_machine_paths paths = {path_of("cgroup", cgroup), path_of("v2", v2),
                                             path_of("v1", v1), path_of("pressure", pressure)};
    struct weir_machine machine = {.calibrated = 0};
    weir_machine_read(&weir_sys_posix, &paths, &machine);
    return machine;
}

static void nothing_is_there(void **state)
{
    (void)state;
    struct weir_machine machine = machine_of();
    assert_true(machine.cores >= 1 && machine.quota == 0 && machine.pressure < 0);
    assert_true(weir_machine_usable(&machine) == machine.cores);
    assert_string_equal(weir_machine_from(&machine), "affinity");
    assert_true(weir_machine_is_known(&machine));
}

static void the_second_version(void **state)
{
    (void)state;
    put("cgroup", "0::/a/b\n");
    put("v2/a/b/cpu.max", "max 100000\n");
    assert_true(machine_of().quota == 0);
    put("v2/a/b/cpu.max", "50000 100000\n");
    struct weir_machine machine = machine_of();
    assert_true(machine.quota == 0.5 && weir_machine_usable(&machine) == 0.5);
    assert_string_equal(weir_machine_from(&machine), "cgroup");
    put("v2/a/cpu.max", "25000 100000\n");
    assert_true(machine_of().quota == 0.25);
    put("v2/cpu.max", "10000 100000\n");
    assert_true(machine_of().quota == 0.1);
    put("cgroup", "0::/\n");
    assert_true(machine_of().quota == 0.1);
}

static void the_first_version(void **state)
{
    (void)state;
    put("cgroup", "9:cpuset:/x\n4:cpu,cpuacct:/docker/1\n1:name=systemd:/x\n");
    put("v1/docker/1/cpu.cfs_quota_us", "-1\n");
    put("v1/docker/1/cpu.cfs_period_us", "100000\n");
    assert_true(machine_of().quota == 0);
    put("v1/docker/1/cpu.cfs_quota_us", "75000\n");
    assert_true(machine_of().quota == 0.75);
    put("cgroup", "4:cpuacct,cpu:/docker/1");
    assert_true(machine_of().quota == 0.75);
    put("cgroup", "4:cpuacct:/docker/1\nnonsense\n:\n");
    assert_true(machine_of().quota == 0);
}

static void pressure(void **state)
{
    (void)state;
    put("cgroup", "");
    put("pressure", "some avg10=12.90 avg60=39.00 avg300=1.00 total=12\nfull avg10=99.00 \n");
    struct weir_machine machine = machine_of();
    assert_true(machine.pressure > 12.89 && machine.pressure < 12.91);
    assert_true(weir_machine_is_known(&machine));
    put("pressure", "some avg10=20.01 avg60=0.00 avg300=0.00 total=0\n");
    machine = machine_of();
    assert_false(weir_machine_is_known(&machine));
    put("pressure", "full avg10=99.00\n");
    assert_true(machine_of().pressure < 0);
    put("pressure", "some avg10=x\n");
    assert_true(machine_of().pressure < 0);
}

static void what_is_calibrated_counts(void **state)
{
    (void)state;
    struct weir_model model = {.n = 0};
    struct weir_machine machine = {.cores = 4, .pressure = 3, .calibrated = 3.8, .spread = 0.03};
    assert_true(weir_machine_usable(&machine) == 3.8);
    assert_string_equal(weir_machine_from(&machine), "calibration");
    assert_true(weir_machine_is_known(&machine));
    weir_model_set_machine(&model, &machine);
    assert_true(model.usable == 3.8 && model.spread == 0.03 && model.cpu_is_known);
    machine.calibrated = 2.1;
    assert_false(weir_machine_is_known(&machine));
    weir_model_set_machine(&model, &machine);
    assert_true(model.usable == 2.1 && !model.cpu_is_known);
    machine.quota = 2;
    assert_true(weir_machine_usable(&machine) == 2 && weir_machine_is_known(&machine));
    assert_string_equal(weir_machine_from(&machine), "cgroup");
}

/* What comes of it is the machine's business. It is bounded, and of the right order. */
static void it_counts(void **state)
{
    (void)state;
    const weir_sys *sys = &weir_sys_posix;
    struct weir_machine machine = {.cores = 0};
    weir_machine_read(sys, &weir_machine_paths, &machine);
    uint64_t begin_ns = sys->now_ns(sys);
    assert_true(weir_machine_calibrate(sys, &machine));
    uint64_t took_ns = sys->now_ns(sys) - begin_ns;
    assert_true(machine.calibrated > 0 && machine.calibrated <= machine.cores);
    assert_true(machine.spread >= 0 && machine.spread <= 1);
    assert_true(took_ns >= WEIR_MACHINE_CALIBRATION_NS / 2);
    assert_true(machine.spawn_ns > 0 && machine.spawn_ns < 1000000);
    print_message("a task costs %.0f ns; %.2f of %u cores, spread %.2f, pressure %.1f, in %lu ms\n",
                  machine.spawn_ns, machine.calibrated, machine.cores, machine.spread,
                  machine.pressure, took_ns / 1000000);
}

/* One that was not told how many has one, and for parallel stages as many as there are cores. */
static void workers_of_a_runtime(void **state)
{
    (void)state;
    struct weir_model model = {.n = 0};
    const struct weir_machine machine = {.cores = 4};
    weir_rt *grows = weir_rt_new(NULL, NULL);
    weir_rt *two = weir_rt_new(&WEIR_RT_OPTIONS(.workers = 2), NULL);
    weir_rt *sim = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim"), NULL);
    weir_model_set_workers(&model, grows, &machine);
    assert_true(model.workers == 1 && model.par_workers == 4);
    weir_model_set_workers(&model, two, &machine);
    assert_true(model.workers == weir_rt_workers(two) && model.par_workers == 0);
    weir_model_set_workers(&model, sim, &machine);
    assert_true(model.workers == 1 && model.par_workers == 0);
    weir_rt_drop(grows);
    weir_rt_drop(two);
    weir_rt_drop(sim);
}

/* Two readings are a round: those of the first ones are interrupted, the others take 1 ms without
 * tasks and 2 ms with them, in turn. */
static unsigned readings;
static uint64_t busy_now_ns(const weir_sys *sys)
{
    enum { INTERRUPTED = 14, LONG_MS = 9 };
    static uint64_t now_ms;
    unsigned round = readings / 2, ends = readings++ % 2;
    (void)sys;
    now_ms += !ends ? 0 : round < INTERRUPTED ? LONG_MS : 1 + round % 2;
    return now_ms * 1000000;
}

static void a_busy_machine_is_measured(void **state)
{
    (void)state;
    struct weir_machine machine = {.cores = 1};
    weir_sys sys = weir_sys_posix;
    sys.now_ns = busy_now_ns;
    weir_machine_measure_spawn(&sys, &machine);
    assert_true(machine.spawn_ns == 1000);
}

static unsigned runtimes_told;
static void be_told(weir_rt *rt)
{
    (void)rt;
    runtimes_told++;
}

/* What it costs is measured on a runtime that is in no list. */
static void nobody_is_told(void **state)
{
    (void)state;
    struct weir_machine machine = {.cores = 1};
    weir_rt_on_open(be_told, be_told);
    weir_machine_measure_spawn(&weir_sys_posix, &machine);
    assert_int_equal(runtimes_told, 0);
    assert_true(machine.spawn_ns > 0);
    weir_rt_drop(weir_rt_new(NULL, NULL));
    assert_int_equal(runtimes_told, 2);
    weir_rt_on_open(NULL, NULL);
}

int inspect_machine(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_there),
        cmocka_unit_test(the_second_version),
        cmocka_unit_test(the_first_version),
        cmocka_unit_test(pressure),
        cmocka_unit_test(what_is_calibrated_counts),
        cmocka_unit_test(workers_of_a_runtime),
        cmocka_unit_test(it_counts),
        cmocka_unit_test(a_busy_machine_is_measured),
        cmocka_unit_test(nobody_is_told),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
