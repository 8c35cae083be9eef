/* In place of the lint, where the build found no headers of libclang. */
#include "../weir/report.h"
#include "command.h"

int lint_command(int n, char *const *words)
{
    (void)n, (void)words;
    report_plain("install libclang-14-dev or later, and build weir again (-Dlint=enabled)",
                 "this build has no lint: it was made without libclang");
    return 2;
}

const char *lint_about(void)
{
    return "not built in: there was no libclang-dev";
}
