/* A function of a task only names what blocks: its address goes to a thread of the pool. */
#include <stdio.h>
#include <stdlib.h>

#include <weir.h>

struct command {
    char text[200];
    int (*run)(const char *text);
};

static bool run_command(struct command *command, int *code, weir_error *error)
{
    *code = command->run(command->text);
    if (*code < 0)
        return weir_error_set(error, WEIR_E_USER, "there is no shell"), false;
    return true;
}
WEIR_BLOCKING_FN(run_command_fn, run_command, struct command, int)

static weir_stream *run_later(struct command command, void *arg)
{
    (void)arg;
    if (!command.run)
        command.run = system;
    return weir_spawn_blocking(&run_command_fn, &command);
}
WEIR_THEN_FN(run_later_fn, run_later, struct command, int)

weir_stream *run_commands(weir_stream *commands)
{
    return weir_par_map(commands, &run_later_fn, NULL, 4, NULL);
}
